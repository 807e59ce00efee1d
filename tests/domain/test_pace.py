from __future__ import annotations

import pytest

from bot.domain.change import Change, ChangeKind
from bot.domain.pace import WINDOW, PaceMeter
from tests.domain.world import at

DAY = 24 * 60


def heard(*minutes: float, environment: str = "production") -> PaceMeter:
    """A meter that heard of deploys at these minutes."""
    meter = PaceMeter()
    for minute in minutes:
        moment = at(minute)
        meter.add(Change(str(minute), "ci", ChangeKind.DEPLOY, "web", environment, moment, moment))
    return meter


def test_changes_are_counted_by_environment_and_kind_since_the_first() -> None:
    pace = heard(0, 60, 90).pace(at(120))
    assert pace is not None
    assert pace.counts == {("production", ChangeKind.DEPLOY): 3}
    assert pace.seconds == pytest.approx(7_200)


def test_before_the_first_change_nothing_is_known() -> None:
    assert PaceMeter().pace(at(0)) is None
    assert heard(10).pace(at(5)) is None


def test_what_is_older_than_a_week_is_forgotten() -> None:
    meter = heard(0, 8 * DAY)
    pace = meter.pace(at(8 * DAY + 60))
    assert pace is not None
    assert pace.counts == {("production", ChangeKind.DEPLOY): 1}
    assert pace.seconds == WINDOW


def test_what_is_made_later_does_not_count_yet() -> None:
    pace = heard(0, 5 * 60).pace(at(90))
    assert pace is not None
    assert sum(pace.counts.values()) == 1
