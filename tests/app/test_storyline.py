from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.app.storyline import alert_lines, latest, storyline
from bot.domain.decisions import TimelineEntry
from tests.store.test_board import occurrence
from tests.support.facts import NOW, alert_event, later

if TYPE_CHECKING:
    from bot.domain.alert import AlertEvent, Occurrence


def owned(event: AlertEvent, **more: Any) -> Occurrence:
    return occurrence(event, incident_id="i1", **more)


def lines(one: Occurrence) -> list[tuple[object, str, str]]:
    return [(entry.time, entry.kind, entry.text) for entry in alert_lines(one)]


def test_an_alert_tells_that_it_fired_and_that_it_ended() -> None:
    assert lines(owned(alert_event("f1", ended=60))) == [
        (NOW, "alert_firing", "Alertf1 on checkout fires."),
        (later(60), "alert_ended", "Alertf1 on checkout ended."),
    ]


def test_one_that_belongs_to_no_incident_tells_nothing() -> None:
    assert lines(occurrence(alert_event("f1"))) == []


def test_a_start_in_the_future_is_told_when_it_was_heard_of() -> None:
    assert lines(owned(alert_event("f1", service="unknown", at=900, received=5))) == [
        (later(5), "alert_firing", "Alertf1 fires.")
    ]


def test_the_story_is_by_time_and_what_was_stored_comes_first() -> None:
    note = TimelineEntry("i1", NOW, "opened", "Opened.", "rule default")
    story = storyline([note], [owned(alert_event("f2", at=-5)), owned(alert_event("f1", ended=60))], {})
    assert [entry.kind for entry in story] == ["alert_firing", "opened", "alert_firing", "alert_ended"]


def test_the_latest_occurrence_stands_for_the_alert() -> None:
    old, new, other = (owned(alert_event(name, at=at)) for name, at in (("f1", -60), ("f1", 0), ("f2", -30)))
    assert latest([new, old, other]) == (other, new)
