from __future__ import annotations

from bot.domain.catalog import Service
from bot.domain.conditions import VARIABLES, variables_of
from bot.domain.incident import Severity
from tests.domain.world import alert, at


def test_every_documented_variable_has_a_value() -> None:
    event = alert("checkout", 3, started=1, annotations={"summary": "Errors"}, team="pay")
    service = Service("checkout", title="Checkout", owner="shop")
    found = variables_of(event, {"team": "pay"}, Severity.ERROR, service)
    assert set(found) == set(VARIABLES)
    assert (found["name"], found["service"], found["environment"]) == ("HighErrors", "checkout", "production")
    assert (found["severity"], found["status"], found["source"]) == ("error", "firing", "am")
    assert (found["starts_at"], found["received_at"]) == (at(1), at(3))
    assert (found["labels"], found["annotations"]) == ({"team": "pay"}, {"summary": "Errors"})
    assert (found["summary"], found["owner"], found["title"]) == ("Errors", "shop", "Checkout")


def test_a_service_that_the_catalogue_does_not_know_has_no_owner() -> None:
    found = variables_of(alert(), {}, Severity.ERROR, None)
    assert (found["owner"], found["title"]) == ("", "")
