from __future__ import annotations

import json
from typing import Any

import pytest

from bot.domain.errors import InvalidInputError
from bot.ingest.silences import parse_silences

SOURCE = "http://am:9093"


def silence(**changed: Any) -> dict[str, Any]:
    """As Alertmanager 0.25 tells of one."""
    return {
        "id": "2b4c",
        "status": {"state": "active"},
        "updatedAt": "2026-11-21T03:00:00.000Z",
        "comment": "new\ncards",
        "createdBy": "ada",
        "startsAt": "2026-11-21T03:00:00.000Z",
        "endsAt": "2026-11-21T04:00:00.000Z",
        "matchers": [
            {"name": "service", "value": "checkout", "isRegex": False, "isEqual": True},
            {"name": "team", "value": "co.*", "isRegex": True, "isEqual": False},
        ],
        **changed,
    }


def parsed(*entries: Any) -> tuple[list[Any], list[str]]:
    quiets, problems = parse_silences(json.dumps(entries).encode(), SOURCE)
    return quiets, problems


def test_a_silence_is_read_with_all_that_people_want_to_know() -> None:
    (quiet,), problems = parsed(silence())
    assert problems == []
    assert (quiet.id, quiet.by, quiet.comment, quiet.source) == (f"{SOURCE}#2b4c", "ada", "new cards", SOURCE)
    assert str(quiet) == 'service="checkout", team!~"co.*"'
    assert (quiet.starts_at.hour, quiet.ends_at.hour) == (3, 4)
    assert quiet.holds({"service": "checkout", "team": "web"}, quiet.starts_at)
    assert not quiet.holds({"service": "checkout", "team": "core"}, quiet.starts_at)


def test_one_that_is_over_is_left_out_and_one_to_come_is_not() -> None:
    quiets, _ = parsed(silence(status={"state": "expired"}), silence(status={"state": "pending"}))
    assert len(quiets) == 1


def test_an_old_alertmanager_knows_no_negation() -> None:
    (quiet,), _ = parsed(silence(matchers=[{"name": "a", "value": "b", "isRegex": False}], createdBy=""))
    assert (str(quiet), quiet.by) == ('a="b"', "Alertmanager")


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        (silence(matchers=[]), "matchers: List should have at least 1 item after validation, not 0"),
        (silence(endsAt="never"), "endsAt: Input should be a valid datetime"),
        (silence(matchers=[{"name": "a", "value": "(", "isRegex": True}]), "match: missing )"),
    ],
)
def test_what_cannot_be_read_is_told_and_the_others_hold(entry: dict[str, Any], problem: str) -> None:
    quiets, (told,) = parsed(entry, silence())
    assert len(quiets) == 1
    assert told.startswith(problem)


@pytest.mark.parametrize("body", [b"", b"{}", b"<html>"])
def test_another_answer_is_no_list(body: bytes) -> None:
    with pytest.raises(InvalidInputError, match="no list of silences"):
        parse_silences(body, SOURCE)
