from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.domain.change import Change, ChangeKind, Wave
from bot.domain.explainable import Told, alerting_services, could_explain, told
from bot.domain.incident import Incident, State
from tests.domain.world import catalog
from tests.support.facts import change, incident, later

if TYPE_CHECKING:
    from datetime import datetime

CALLS = catalog("web > checkout > payments")
DAY = timedelta(days=1)
SKEW = timedelta(minutes=2)


def explains(one: Change, services: set[str] | None, of: Incident, **more: Any) -> bool:
    known = None if services is None else frozenset(services)
    return could_explain(Told(one, known, more.get("since", one.time)), of, DAY, SKEW)


def test_a_change_shows_where_it_was_made_and_in_what_calls_that() -> None:
    assert alerting_services(change(service="checkout"), CALLS) == frozenset(
        {
            *("checkout", "web"),
            *("unknown", "global", "*", "all"),
        }
    )


@pytest.mark.parametrize("service", ["unknown", "global", "*", "all"])
def test_a_change_without_a_known_place_may_show_anywhere(service: str) -> None:
    assert alerting_services(change(service=service), CALLS) is None


def test_it_could_explain_an_open_incident_of_its_services_in_time() -> None:
    assert explains(change(), {"checkout"}, incident())
    assert explains(change(), None, incident())
    assert explains(change(), {"search"}, incident(services=()))
    assert explains(change(environment="unknown"), None, incident())
    assert explains(change(), None, incident(environment="unknown"))


def test_and_no_other() -> None:
    assert not explains(change(), None, incident(state=State.RESOLVED))
    assert not explains(change(), {"search"}, incident())
    assert not explains(change(environment="staging"), None, incident())
    assert not explains(change(at=-86_401), None, incident())


def test_what_came_after_the_onset_beyond_what_clocks_differ_by_explains_nothing() -> None:
    assert explains(change(at=120), None, incident())
    assert not explains(change(at=121), None, incident())


def test_what_came_before_the_latest_alert_may_have_caused_that() -> None:
    lasting = incident(last_alert_at=later(3_600))
    assert explains(change(at=3_600), None, lasting)
    assert not explains(change(at=3_601), None, lasting)
    assert not explains(change(), None, lasting, since=later(3_601))
    assert explains(change(at=4_000, kind=ChangeKind.ROLLBACK), None, lasting)


def told_since(one: Change, moment: datetime) -> Told:
    return Told(one, alerting_services(one, CALLS), moment)


def test_a_change_is_told_since_it_was_made() -> None:
    waved = change(waves=(Wave(later(-300), 0.05), Wave(later(600), 1.0)))
    assert told(waved, None, CALLS) == [told_since(waved, later(-300))]


def test_a_further_wave_is_told_since_it_began() -> None:
    known = change(waves=(Wave(later(-300), 0.05),))
    more = change(waves=(Wave(later(-300), 0.05), Wave(later(0), 0.3), Wave(later(300), 1.0)))
    alone = change(waves=(Wave(later(0), 0.3),), received_at=later(1))
    assert told(more, known, CALLS) == [told_since(more, later(0))]
    assert told(alone, known, CALLS) == [told_since(alone, later(0))]


def test_a_wave_of_which_more_is_known_is_told_anew() -> None:
    known = change(waves=(Wave(later(-300)),))
    more = change(waves=(Wave(later(-300), 0.05),))
    assert told(more, known, CALLS) == [told_since(more, later(-300))]


@pytest.mark.parametrize(
    "right",
    [
        change(summary="switches the payment provider"),
        change(service="search"),
        change(service="*"),
        change(environment="staging"),
        change(at=-90_000),
    ],
)
def test_a_correction_is_told_as_it_is_and_as_it_was_known(right: Change) -> None:
    """An incident that blames it loses a suspect."""
    wrong = change(service="payments")
    assert told(right, wrong, CALLS) == [told_since(right, right.time), told_since(wrong, later(-300))]


def test_that_it_ended_or_the_same_again_is_no_news() -> None:
    ended = replace(change(), ended_at=later(600), received_at=later(601))
    assert told(ended, change(), CALLS) == []
    assert told(change(), ended, CALLS) == []
