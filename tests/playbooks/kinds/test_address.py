from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playbooks.errors import PermanentStepError
from playbooks.kinds.address import pick, shown, web_address
from playbooks.toolbox import HttpResponse


@pytest.mark.parametrize("url", ["http://x", "https://x.test:8/a?b=c", "http://[::1]:9/"])
def test_addresses_of_the_web_are_accepted(url: str) -> None:
    assert web_address(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "x.test",
        "file:///etc/passwd",
        "http://",
        "http://x:99999",
        "http://[x",
        "http://x/ y",
        "http://x\n",
    ],
)
def test_others_are_refused(url: str) -> None:
    with pytest.raises(PermanentStepError, match="http://"):
        web_address(url)


@given(st.text())
def test_any_text_is_an_address_or_refused(url: str) -> None:
    with suppress(PermanentStepError):
        assert shown(web_address(url)).startswith("http")


def test_what_may_be_secret_is_not_shown() -> None:
    assert shown("https://me:pw@x.test/a?token=t#f") == "https://x.test/a"


@pytest.mark.parametrize(
    ("pointer", "value"),
    [
        ("", {"a": [1, {"b/c": 2, "~": 3}]}),
        ("/a/0", 1),
        ("/a/1/b~1c", 2),
        ("/a/1/~0", 3),
        ("/a/9", None),
        ("/a/x", None),
        ("/z", None),
        ("/a/0/q", None),
    ],
)
def test_a_pointer_picks_a_value(pointer: str, value: Any) -> None:
    assert pick(HttpResponse(200, '{"a": [1, {"b/c": 2, "~": 3}]}'), pointer) == value


@pytest.mark.parametrize("body", ["", "<html>", "[" * 100_000])
def test_an_answer_that_is_no_json_holds_nothing(body: str) -> None:
    assert pick(HttpResponse(200, body), "") is None
