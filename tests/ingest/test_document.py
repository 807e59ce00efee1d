from __future__ import annotations

from typing import Any

import pytest

from bot.domain.errors import InvalidInputError
from bot.ingest.document import REPLACEMENT, read_json, require_object


def test_texts_are_storable_wherever_they_stand() -> None:
    body = b'{"a\\u0000": ["\\u0000", {"b": "x\\u0000"}, 1]}'
    assert read_json(body) == {f"a{REPLACEMENT}": [REPLACEMENT, {"b": f"x{REPLACEMENT}"}, 1]}


@pytest.mark.parametrize(
    ("value", "said"),
    [(None, "null"), (True, "a boolean"), (1.5, "a number"), ("x", "a text"), ([], "an array")],
)
def test_what_is_no_object_is_called_by_its_type(value: Any, said: str) -> None:
    with pytest.raises(InvalidInputError, match=f"must be an object, not {said}"):
        require_object(value)
