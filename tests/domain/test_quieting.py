"""Silences and maintenance windows: what they keep quiet, why, and until when."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.domain.quieting import Quiet, QuietKind, QuietSet, Window
from bot.ingest.patterns import parse_matcher
from tests.domain.world import at

if TYPE_CHECKING:
    from datetime import datetime

PAYMENTS = {"alertname": "HighErrors", "service": "payments"}


def quiet(*matchers: str, name: str = "s1", start: float = 0, end: float = 60, **more: str) -> Quiet:
    parsed = tuple(map(parse_matcher, matchers))
    return Quiet(name, QuietKind.SILENCE, parsed, at(start), at(end), more.pop("by", "@ada"), **more)


@dataclass(frozen=True)
class Between:
    start: datetime
    end: datetime

    def active(self, moment: datetime) -> bool:
        return self.start <= moment < self.end

    def turn(self, moment: datetime) -> datetime:
        return self.start if moment < self.start else self.end


@pytest.mark.parametrize(
    ("matchers", "minute", "holds"),
    [
        (("service=payments",), 0, True),
        (("service=payments",), 59.9, True),
        (("service=payments",), 60, False),
        (("service=payments",), -0.1, False),
        (("service=payments", "alertname=Latency"), 5, False),
        (('service=~"pay.*"',), 5, True),
        (("team!=core",), 5, True),
    ],
)
def test_all_matchers_hold_from_the_start_until_before_the_end(
    matchers: tuple[str, ...], minute: float, *, holds: bool
) -> None:
    one = quiet(*matchers)
    assert one.holds(PAYMENTS, at(minute)) is holds
    assert (QuietSet([one]).of(PAYMENTS, at(minute)) == one) is holds


def test_of_several_the_one_that_ends_last_counts() -> None:
    short = quiet("service=payments", name="short", end=10)
    long = quiet("alertname=HighErrors", name="long", end=90)
    other = quiet("service=search", name="other", end=900)
    several = QuietSet([short, long, other])
    assert several.of(PAYMENTS, at(5)) == long
    assert several.of(PAYMENTS, at(100)) is None
    assert several.of({"service": "cart"}, at(5)) is None
    assert {several, QuietSet([short, long, other])} == {several}
    assert several != QuietSet([short])


def test_the_reason_says_who_until_when_and_what_for() -> None:
    one = quiet('service="payments"', comment="new cards\u202e\nat last")
    assert one.reason.name == "silenced"
    assert one.reason.text == "Silenced by @ada until 2026-11-21 04:00 UTC: new cards at last"
    assert quiet("a=b").reason.text == "Silenced by @ada until 2026-11-21 04:00 UTC."
    assert one.cause == "silence:s1"
    assert str(quiet("a=b", "c!=d")) == 'a="b", c!="d"'


def test_of_a_window_that_lasts_longer_than_one_looks_ahead_the_end_is_not_known() -> None:
    for days, least in ((7, ""), (8, "at least "), (9, "at least ")):
        end = at(0) + timedelta(days=days)
        window = Window("move", (), Between(at(-10), end))
        found = window.quiet(PAYMENTS, at(0.5))
        assert found is not None
        assert found.reason.text == f"Maintenance, announced by move until {least}{end:%Y-%m-%d %H:%M} UTC."
        silence = replace(found, source="tocsin")
        assert "at least" not in silence.reason.text


def test_a_window_is_open_until_its_schedule_closes_it() -> None:
    window = Window("nightly", (parse_matcher("service=payments"),), Between(at(10), at(25)), "backup")
    assert window.quiet(PAYMENTS, at(9)) is None
    assert window.quiet({"service": "cart"}, at(12)) is None
    found = window.quiet(PAYMENTS, at(12.5))
    assert found is not None
    assert (found.ends_at, found.cause) == (at(25), "maintenance:nightly")
    assert found.reason.text == "Maintenance, announced by nightly until 2026-11-21 03:25 UTC: backup"
