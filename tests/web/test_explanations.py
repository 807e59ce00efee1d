from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from bot.domain.errors import InvalidInputError
from bot.web.explanations import MOST, read_labels
from bot.web.openapi import describe
from tests.web.fakes import API, NOW

if TYPE_CHECKING:
    from tests.web.fakes import Web

PATH = "/api/v1/explanations"
ALERT = {"labels": {"alertname": "SlowRequests", "service": "checkout"}}


async def read(web: Web, path: str) -> dict[str, Any]:
    answer = await web.client.get(path, headers=API)
    told: dict[str, Any] = await answer.json()
    assert answer.status == 200, told
    return told


def check(model: str, told: dict[str, Any]) -> None:
    schema = {"$ref": f"#/components/schemas/{model}", "components": describe()["components"]}
    jsonschema.Draft202012Validator(schema).validate(told)


async def test_why_an_incident_opened(web: Web) -> None:
    told = await read(web, "/api/v1/incidents/INC-12/explanation")
    check("IncidentExplanation", told)
    assert (told["incident"], told["reason"]["name"], told["more"]) == ("INC-12", "first_of_group", True)
    opening = told["opening"]
    assert opening["decision"]["kind"] == "open"
    assert opening["decision"]["reason"] == told["reason"]
    assert (opening["rule"], opening["incident"], opening["opens"]) == ("default", "INC-12", False)
    assert opening["trials"] == [{"rule": "default", "matched": True, "parts": []}]
    assert opening["notes"] == [
        "The rules have changed since: rule old took it then, rule default would today."
    ]
    assert [one["decision"]["reason"]["name"] for one in told["joined"]] == ["same_group"]


async def test_a_declared_incident_has_only_its_reason(web: Web) -> None:
    web.cases.views[0].incident.alerts = 0
    told = await read(web, "/api/v1/incidents/INC-12/explanation")
    check("IncidentExplanation", told)
    assert (told["opening"], told["joined"], told["more"]) == (None, [], False)
    assert told["reason"]["text"]


async def test_an_incident_that_is_not_there(web: Web) -> None:
    assert (await web.client.get("/api/v1/incidents/INC-99/explanation", headers=API)).status == 404


async def test_what_became_of_an_alert(web: Web) -> None:
    told = await read(web, f"{PATH}?alertname=Quiet&service=checkout")
    check("Explanations", told)
    [one] = told["items"]
    assert one["decision"] == {
        "kind": "suppress",
        "reason": {"name": "silenced", "text": "Silenced by @ada."},
    }
    assert one["decided_at"] == "2026-11-21T12:00:00Z"
    assert await read(web, f"{PATH}?alertname=Loud") == {"items": []}


async def test_some_label_is_needed(web: Web) -> None:
    answer = await web.client.get(PATH, headers=API)
    assert answer.status == 400
    assert (await answer.json())["errors"][0]["path"] == "alertname"


async def test_what_would_become_of_an_alert(web: Web) -> None:
    answer = await web.client.post(PATH, json=ALERT, headers=API)
    told = await answer.json()
    check("Explanations", told)
    [one] = told["items"]
    assert (one["opens"], one["decided_at"], one["incident"]) == (True, None, None)
    assert one["alert"]["received_at"] == f"{NOW:%Y-%m-%dT%H:%M:%SZ}"
    assert "open a channel" in one["effects"]
    assert web.publisher.records == []


async def test_every_alert_of_a_webhook_is_explained_up_to_a_bound(web: Web) -> None:
    alert = {**ALERT, "status": "firing", "startsAt": "2026-11-21T11:00:00Z"}
    answer = await web.client.post(PATH, json={"alerts": [alert] * 2}, headers=API)
    assert len((await answer.json())["items"]) == 2
    answer = await web.client.post(PATH, json={"alerts": [alert] * (MOST + 1)}, headers=API)
    assert answer.status == 400
    assert (await answer.json())["errors"][0]["path"] == "alerts"


@pytest.mark.parametrize(("body", "status"), [("{}", 400), ("nonsense", 400), ("[]", 400)])
async def test_what_is_no_alert(web: Web, body: str, status: int) -> None:
    headers = {**API, "Content-Type": "application/json"}
    assert (await web.client.post(PATH, data=body, headers=headers)).status == status


async def test_only_json_is_read_and_only_for_who_may(web: Web) -> None:
    headers = {**API, "Content-Type": "text/html"}
    assert (await web.client.post(PATH, data=json.dumps(ALERT), headers=headers)).status == 415
    for path in (PATH, "/api/v1/incidents/INC-12/explanation"):
        assert (await web.client.get(path)).status == 401


@pytest.mark.parametrize("query", [{}, {f"l{n}": "v" for n in range(MOST + 1)}, {"a": "x" * 5000}])
def test_labels_are_bounded(query: dict[str, str]) -> None:
    with pytest.raises(InvalidInputError):
        read_labels(query)


class TestConsole:
    page = API | {"Accept": "text/html"}

    async def test_the_incident_leads_to_why(self, web: Web) -> None:
        shown = await (await web.client.get("/incidents/INC-12", headers=self.page)).text()
        assert 'href="/incidents/INC-12/why"' in shown

    async def test_why_is_a_tree(self, web: Web) -> None:
        shown = await (await web.client.get("/incidents/INC-12/why", headers=self.page)).text()
        assert "It opened an incident at 2026-11-21 12:00:00 UTC" in shown
        assert '<span class="held">✓</span> rule default' in shown
        assert "The rules have changed since" in shown
        assert "An incident of the same group is open." in shown
        assert "and more that are not told here" in shown

    async def test_a_declared_incident_says_so(self, web: Web) -> None:
        web.cases.views[0].incident.alerts = 0
        shown = await (await web.client.get("/incidents/INC-12/why", headers=self.page)).text()
        assert "No event of its opening is kept" in shown

    async def test_why_not_asks_for_labels_and_answers(self, web: Web) -> None:
        empty = await (await web.client.get("/why-not", headers=self.page)).text()
        assert "<form" in empty
        quiet = await (
            await web.client.get("/why-not?alert=Quiet+service%3Dcheckout", headers=self.page)
        ).text()
        assert "It made no incident at 2026-11-21 12:00:00 UTC: Silenced by @ada." in quiet
        loud = await (await web.client.get("/why-not?alert=%3Cb%3E", headers=self.page)).text()
        assert "No such alert fired in the last 24 hours" in loud
        assert "<b>" not in loud.partition("<form")[2].partition("</form>")[0]

    async def test_what_cannot_be_read_is_said_on_the_page(self, web: Web) -> None:
        shown = await (await web.client.get("/why-not?alert=A+B", headers=self.page)).text()
        assert "alertname stands there twice" in shown
