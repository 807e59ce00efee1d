from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.errors import InvalidInputError
from bot.domain.incident import State
from bot.domain.suspects import LaterTrouble
from bot.web.deps import Limits
from bot.web.incidents import read_filter
from tests.web.fakes import API, a_view, an_incident, deps

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.web.deps import WebDeps
    from tests.web.fakes import Web

PATH = "/api/v1/incidents"


async def test_an_incident_has_the_fields_of_the_contract(web: Web) -> None:
    answer = await web.client.get(f"{PATH}/INC-12", headers=API)
    told = await answer.json()
    assert (told["id"], told["state"], told["severity"]) == ("INC-12", "triggered", "critical")
    assert told["opened_at"] == "2026-11-21T11:48:00Z"
    assert told["resolved_at"] is None
    assert told["reason"]["name"] == "first_of_group"
    assert told["channel"] == {"id": "C1", "name": "inc-12-high-error-rate-checkout"}
    assert {"fingerprint", "status", "labels", "starts_at", "ends_at"} <= told["alerts"][0].keys()
    suspect = told["suspects"][0]
    assert (suspect["change_id"], suspect["type"], suspect["probability"]) == ("deploy-42", "deploy", 0.71)
    assert suspect["reasons"][0] == {
        "name": "delay",
        "value": 2.1,
        "text": "made 3 min before the first alert",
    }
    assert told["no_change_probability"] == 0.28
    assert {"time", "kind", "text", "source"} == told["timeline"][0].keys()
    assert told["runs"][0]["steps"][0]["state"] == "succeeded"
    assert (await web.client.get(f"{PATH}/0190-12", headers=API)).status == 200


async def test_later_trouble_is_told_with_the_suspect_for_what_came_before(web: Web) -> None:
    assert (await (await web.client.get(f"{PATH}/INC-12", headers=API)).json())["later_trouble"] is None
    view = web.cases.views[0]
    assert view.ranking is not None
    for former in (view.ranking.suspects[1], None):
        apart = LaterTrouble(view.incident.opened_at, ("cart",), 0.9, former)
        web.cases.views[0] = replace(view, ranking=replace(view.ranking, later=apart))
        told = (await (await web.client.get(f"{PATH}/INC-12", headers=API)).json())["later_trouble"]
        assert (told["since"], told["services"]) == ("2026-11-21T11:48:00Z", ["cart"])
        assert told["probability"] == 0.9
        assert (told["former"] and told["former"]["change_id"]) == (former and "flag-7")
        page = " ".join((await (await web.client.get("/incidents/INC-12", headers=API)).text()).split())
        assert "New trouble since 11:48:00 UTC (90 %): cart." in page
        assert ("began before" in page) == (former is not None)


async def test_a_declared_incident_has_nothing_more_to_tell(web: Web) -> None:
    body = {"title": " Checkout is slow ", "severity": "warning", "services": ["checkout"], "by": "ada"}
    answer = await web.client.post(PATH, json=body, headers=API)
    told = await answer.json()
    assert (answer.status, answer.headers["Location"]) == (201, f"{PATH}/INC-99")
    assert (told["title"], told["severity"], told["environment"]) == (
        "Checkout is slow",
        "warning",
        "unknown",
    )
    assert (told["channel"], told["no_change_probability"], told["suspects"]) == (None, None, [])
    assert (web.cases.people[0].name, web.cases.people[0].via) == ("ada", "api")


async def test_a_declaration_names_every_field_that_is_wrong(web: Web) -> None:
    answer = await web.client.post(PATH, json={"severity": "huge", "services": [1], "x": 1}, headers=API)
    problem = await answer.json()
    assert answer.status == 422
    assert [one["path"] for one in problem["errors"]] == ["title", "severity", "services.0", "x"]


async def test_a_body_that_is_no_object_is_a_400(web: Web) -> None:
    assert (await web.client.post(PATH, data=b"[]", headers=API)).status == 400
    assert (await web.client.post(PATH, data={"a": "b"}, headers=API)).status == 415


async def test_the_acts_change_the_state(web: Web) -> None:
    for act, state in (("acknowledge", "acknowledged"), ("resolve", "resolved"), ("reopen", "triggered")):
        answer = await web.client.post(f"{PATH}/INC-12/{act}", headers=API)
        assert (answer.status, (await answer.json())["state"]) == (200, state)
    assert web.cases.people[0].name == "API"


async def test_an_act_that_is_not_possible_is_a_409_that_says_what_is(web: Web) -> None:
    answer = await web.client.post(f"{PATH}/INC-12/reopen", headers=API)
    assert answer.status == 409
    assert "acknowledge" in (await answer.json())["detail"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", f"{PATH}/INC-404", 404),
        ("POST", f"{PATH}/INC-404/resolve", 404),
        ("POST", f"{PATH}/INC-12/explode", 404),
        ("DELETE", f"{PATH}/INC-12", 405),
        ("GET", "/api/v1/nothing", 404),
    ],
)
async def test_what_is_not_there(web: Web, method: str, path: str, status: int) -> None:
    answer = await web.client.request(method, path, headers=API)
    assert (answer.status, (await answer.json())["status"]) == (status, status)


async def test_pages_follow_one_another(serve: Callable[[WebDeps], Awaitable[Web]]) -> None:
    web = await serve(deps(*(a_view(an_incident(number)) for number in range(5))))
    seen, cursor = [], ""
    for _ in range(3):
        answer = await web.client.get(f"{PATH}?limit=2&state=triggered{cursor}", headers=API)
        page = await answer.json()
        seen += [item["id"] for item in page["items"]]
        cursor = f"&cursor={page['next']}"
    assert (seen, page["next"]) == ([f"INC-{number}" for number in range(5)], None)
    assert "Link" not in answer.headers
    first = await web.client.get(f"{PATH}?limit=2&state=triggered", headers=API)
    assert first.headers["Link"] == f'<{PATH}?limit=2&state=triggered&cursor=2>; rel="next"'


async def test_a_database_that_is_away_is_a_503(web: Web) -> None:
    web.cases.away = True
    answer = await web.client.get(PATH, headers=API)
    assert (answer.status, answer.headers["Retry-After"]) == (503, "5")


def test_a_query_becomes_a_filter() -> None:
    query = {"state": "resolved", "service": "checkout", "since": "2026-11-21T10:00:00 02:00", "cursor": "c"}
    wanted = read_filter(query, Limits())
    assert (wanted.state, wanted.service, wanted.after, wanted.limit) == (State.RESOLVED, "checkout", "c", 50)
    assert wanted.since == datetime(2026, 11, 21, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ({"state": "open"}, "state"),
        ({"since": "today"}, "since"),
        ({"limit": "0"}, "limit"),
        ({"limit": "201"}, "limit"),
    ],
)
async def test_a_bad_query_is_a_400_that_names_the_parameter(
    web: Web, query: dict[str, str], path: str
) -> None:
    answer = await web.client.get(PATH, params=query, headers=API)
    assert (answer.status, (await answer.json())["errors"][0]["path"]) == (400, path)


@given(st.dictionaries(st.sampled_from(["state", "since", "limit", "cursor", "service"]), st.text()))
def test_any_query_is_read_or_refused(query: dict[str, Any]) -> None:
    try:
        wanted = read_filter(query, Limits())
    except InvalidInputError:
        return
    assert 1 <= wanted.limit <= 200
