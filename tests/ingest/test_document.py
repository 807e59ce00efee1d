from __future__ import annotations

from typing import Any

import pytest

from bot.domain.errors import InvalidInputError
from bot.ingest.document import MAX_DEPTH, REPLACEMENT, read_json, require_object


def test_texts_are_storable_wherever_they_stand() -> None:
    body = b'{"a\\u0000": ["\\u0000", {"b": "x\\u0000"}, 1]}'
    assert read_json(body) == {f"a{REPLACEMENT}": [REPLACEMENT, {"b": f"x{REPLACEMENT}"}, 1]}


@pytest.mark.parametrize("inside", [b'"\\u0000"', b"1", b'"\\ud800"'])
@pytest.mark.parametrize("levels", [MAX_DEPTH + 2, 490, 900, 5000])
def test_what_is_nested_too_deeply_is_refused_whatever_it_holds(levels: int, inside: bytes) -> None:
    lists = b"[" * levels + inside + b"]" * levels
    objects = b'{"a":' * levels + inside + b"}" * levels
    for body in (lists, objects):
        with pytest.raises(InvalidInputError, match="nested too deeply"):
            read_json(body)


@pytest.mark.parametrize("inside", [b'"\\u0000"', b"1", b'"\\ud800"'])
def test_what_is_nested_as_deeply_as_may_be_is_read(inside: bytes) -> None:
    document = read_json(b"[" * MAX_DEPTH + inside + b"]" * MAX_DEPTH)
    for _ in range(MAX_DEPTH):
        [document] = document
    assert document in {1, REPLACEMENT}


@pytest.mark.parametrize(
    ("value", "said"),
    [(None, "null"), (True, "a boolean"), (1.5, "a number"), ("x", "a text"), ([], "an array")],
)
def test_what_is_no_object_is_called_by_its_type(value: Any, said: str) -> None:
    with pytest.raises(InvalidInputError, match=f"must be an object, not {said}"):
        require_object(value)
