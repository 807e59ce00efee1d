"""`tocsin silence`, against a server that writes down what it is asked."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from click.testing import Result

    from tests.cli.listener import Seen

    Tocsin = Callable[..., Result]

PAGE = "/api/v1/silences"


def silence(name: str, **more: str) -> dict[str, Any]:
    return {
        "id": name,
        "kind": "silence",
        "matchers": ['service="checkout"', 'alertname=~"High.*"'],
        "starts_at": "2026-11-21T10:00:00Z",
        "ends_at": "2026-11-21T12:00:00Z",
        "by": "grace",
        "reason": "moving racks",
        "source": "tocsin",
        **more,
    }


ONE = "1b4c7c3a-4f1c22ab"
OTHER = "77f0a9d2-000022ab"
LINE = (
    '4f1c22ab until 2026-11-21 12:00Z  silence of service="checkout", alertname=~"High.*" '
    "by grace: moving racks"
)


def page(*names: str) -> tuple[int, str]:
    return 200, json.dumps({"items": [silence(name) for name in names]})


def test_a_silence_is_asked_for(tocsin: Tocsin, server: Seen) -> None:
    server.answers = [(201, json.dumps(silence(ONE)))]
    matchers = ("service=checkout", 'alertname=~"High.*"')
    words = ("--for", "2h", "--reason", "moving racks", "--by", "grace", "--incident", "INC-1")
    result = tocsin("silence", "--url", server.url, "add", *matchers, *words, TOCSIN_API_TOKEN="api")
    assert (result.exit_code, result.stdout) == (0, f"{LINE}\n")
    method, path, headers, _ = server.requests[-1]
    assert (method, path, headers["authorization"]) == ("POST", PAGE, "Bearer api")
    assert server.body == {
        "matchers": list(matchers),
        "for": "2h",
        "reason": "moving racks",
        "by": "grace",
        "incident": "INC-1",
    }


@pytest.mark.parametrize(("user", "by"), [("ada", "ada"), (None, "tocsin silence")])
def test_whoever_asks_is_named(
    tocsin: Tocsin, server: Seen, monkeypatch: pytest.MonkeyPatch, user: str | None, by: str
) -> None:
    def whoever() -> str:
        if user is None:
            raise KeyError("no such user")
        return user

    monkeypatch.setattr("bot.cli.silences.getuser", whoever)
    server.answers = [(201, json.dumps(silence(ONE)))]
    tocsin("silence", "--url", server.url, "add", "a=b")
    assert (server.body["by"], server.body["for"], server.body["incident"]) == (by, "1h", None)


def test_what_is_quiet(tocsin: Tocsin, server: Seen) -> None:
    mirrored = silence("abc", source="http://am:9093", reason="")
    server.answers = [(200, json.dumps({"items": [silence(ONE), mirrored]}))]
    result = tocsin("silence", "--url", server.url, "list")
    assert (result.exit_code, result.stderr) == (0, "2 active\n")
    first, second = result.stdout.splitlines()
    assert first == LINE
    assert second.startswith("abc      until")
    assert second.endswith(" by grace [http://am:9093]")
    server.answers = [page(ONE)]
    result = tocsin("silence", "--url", server.url, "list", "-o", "json")
    assert (json.loads(result.stdout), result.stderr) == ([silence(ONE)], "")


@pytest.mark.parametrize(
    ("active", "written", "asked"),
    [
        ((ONE,), "4f1c22ab", ONE),
        ((ONE, OTHER), ONE, ONE),
        ((ONE, f"x{ONE}"), ONE, ONE),
        ((ONE,), "gone", "gone"),
        ((ONE,), "a/b", "a%2Fb"),
    ],
)
def test_one_is_ended_by_its_id_or_the_end_of_it(
    tocsin: Tocsin, server: Seen, active: tuple[str, ...], written: str, asked: str
) -> None:
    server.answers = [page(*active), (200, json.dumps(silence(ONE)))]
    result = tocsin("silence", "--url", server.url, "end", written, "--by", "ada b")
    assert (result.exit_code, result.stdout) == (0, f"{LINE}\n")
    assert [one[:2] for one in server.requests] == [("GET", PAGE), ("DELETE", f"{PAGE}/{asked}?by=ada%20b")]


def test_an_empty_id_ends_nothing(tocsin: Tocsin, server: Seen) -> None:
    """Every id ends with it."""
    result = tocsin("silence", "--url", server.url, "end", "")
    assert (result.exit_code, server.requests) == (2, [])


def test_the_end_of_several_ids_ends_none(tocsin: Tocsin, server: Seen) -> None:
    server.answers = [page(ONE, OTHER)]
    result = tocsin("silence", "--url", server.url, "end", "22ab")
    assert result.exit_code == 1
    assert "2 silences have ids that end with it; write more of 22ab" in result.stderr
    assert [one[0] for one in server.requests] == ["GET"]


def test_what_is_refused_is_1_and_says_why(tocsin: Tocsin, server: Seen) -> None:
    told = {
        "type": "about:blank",
        "title": "Unprocessable Content",
        "status": 422,
        "detail": "the body is not valid",
        "errors": [{"path": "matchers.0", "problem": "'x' is not a matcher"}, {"path": "", "problem": "odd"}],
    }
    server.answers = [(422, json.dumps(told)), (422, json.dumps({**told, "errors": []})), (502, "<html>")]
    said = [tocsin("silence", "--url", server.url, "add", "x") for _ in range(3)]
    assert [one.exit_code for one in said] == [1, 1, 1]
    where = f"tocsin: {server.url} answered"
    assert [one.stderr for one in said] == [
        f"{where} 422: matchers.0: 'x' is not a matcher\nodd\n",
        f"{where} 422: the body is not valid\n",
        f"{where} {HTTPStatus.BAD_GATEWAY}: <html>\n",
    ]
