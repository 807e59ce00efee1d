from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.explainable import alerting_services, could_explain
from bot.domain.incident import State
from tests.domain.world import catalog
from tests.support.facts import change, incident, later

CALLS = catalog("web > checkout > payments")
DAY = timedelta(days=1)


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
    assert could_explain(change(), {"checkout"}, incident(), DAY)
    assert could_explain(change(), None, incident(), DAY)
    assert could_explain(change(), {"search"}, incident(services=()), DAY)
    assert could_explain(change(environment="unknown"), None, incident(), DAY)
    assert could_explain(change(), None, incident(environment="unknown"), DAY)
    assert could_explain(change(at=60), None, incident(last_alert_at=later(60)), DAY)


def test_and_no_other() -> None:
    assert not could_explain(change(), None, incident(state=State.RESOLVED), DAY)
    assert not could_explain(change(), {"search"}, incident(), DAY)
    assert not could_explain(change(environment="staging"), None, incident(), DAY)
    assert not could_explain(change(at=-86_401), None, incident(), DAY)
    assert not could_explain(change(at=1), None, incident(), DAY)
