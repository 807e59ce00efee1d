from __future__ import annotations

import json
from dataclasses import replace

from bot.app.ports import IncidentPolicy
from bot.app.run_variables import console_page, run_variables
from bot.domain.catalog import Catalog, Service
from playbooks.template import parse_path
from playbooks.variables import CONTRACT, unknown
from tests.support.incident_views import incident, ranking, view

CATALOG = Catalog(
    [
        Service("checkout", "The checkout", "shop", links={"health": "http://h.test"}),
        Service("payments", links={"rollback": "http://d.test"}),
    ]
)
POLICY = IncidentPolicy(console_url="http://tocsin.test/", variables={"region": "eu"})


def test_everything_known_is_there_and_in_the_contract() -> None:
    variables = run_variables(view(), CATALOG, POLICY)
    assert variables["incident"]["url"] == "http://tocsin.test/incidents/INC-12"
    assert variables["service"]["links"] == {"health": "http://h.test"}
    assert variables["suspect"]["previous_version"] == "v41"
    assert variables["alert"]["name"] == "HighErrorRate"
    assert variables["settings"] == {"region": "eu"}
    for part, values in variables.items():
        for name in values:
            assert unknown(parse_path(f"{part}.{name}"), CONTRACT) == (False, "")
    json.dumps(variables)


def test_what_is_not_known_is_left_out() -> None:
    bare = view(incident=incident(services=()), alerts=(), ranking=None)
    assert set(run_variables(bare, CATALOG, IncidentPolicy())) == {"incident", "settings"}
    hidden = view(ranking=ranking(shown=False))
    assert "suspect" not in run_variables(hidden, Catalog(), POLICY)
    assert run_variables(hidden, Catalog(), POLICY)["service"] == {"name": "checkout", "links": {}}


def test_what_was_changed_is_the_service_of_the_suspect() -> None:
    def changed(service: str) -> object:
        first = ranking().suspects[0]
        blamed = replace(first, change=replace(first.change, service=service))
        return run_variables(view(ranking=ranking(suspects=(blamed,))), CATALOG, POLICY).get("changed")

    assert changed("payments") == {"name": "payments", "links": {"rollback": "http://d.test"}}
    assert changed("web") == {"name": "web", "links": {}}
    assert changed("unknown") is None
    assert changed("global") is None
    without = run_variables(view(ranking=None), CATALOG, POLICY)
    assert without["changed"] == without["service"], "without a suspect it is the one that alerts"
    nowhere = run_variables(view(incident=incident(services=("unknown",)), ranking=None), CATALOG, POLICY)
    assert "changed" not in nowhere


def test_no_console_no_page() -> None:
    assert console_page("", incident()) == ""
