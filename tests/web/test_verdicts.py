from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from bot.app.ports import Person
from bot.domain.errors import InvalidInputError
from bot.web.openapi import describe
from bot.web.verdicts import read_judgement, read_period
from tests.web.fakes import API, NOW, a_view

if TYPE_CHECKING:
    from tests.web.fakes import Web

PATH = "/api/v1/incidents/INC-12/verdicts"
ADA = Person("api:ada", "ada", via="api")
PAGE = API | {"Accept": "text/html"}


async def said(web: Web, body: dict[str, Any]) -> dict[str, Any]:
    answer = await web.client.post(PATH, json=body, headers=API)
    told: dict[str, Any] = await answer.json()
    assert answer.status == 200, told
    return told


async def test_a_verdict_is_in_the_incident_from_then_on(web: Web) -> None:
    told = await said(web, {"verdict": "caused", "change_id": "deploy-42", "by": "ada"})
    assert told["verdicts"] == [
        {
            "id": "v1",
            "verdict": "caused",
            "change_id": "deploy-42",
            "source": "argo",
            "service": "checkout",
            "by": "ada",
            "via": "api",
            "at": "2026-11-21T12:00:00Z",
            "counts": True,
            "withdrawn_at": None,
            "withdrawn_by": None,
        }
    ]
    told = await said(web, {"verdict": "no_change"})
    assert [(one["counts"], one["by"], one["change_id"]) for one in told["verdicts"]] == [
        (False, "ada", "deploy-42"),
        (True, "API", None),
    ]
    schema = {"$ref": "#/components/schemas/IncidentModel", "components": describe()["components"]}
    jsonschema.Draft202012Validator(schema).validate(told)


async def test_a_verdict_is_taken_back(web: Web) -> None:
    await said(web, {"verdict": "did_not", "change_id": "deploy-42", "source": "argo"})
    answer = await web.client.delete(f"{PATH}/v1?by=eve", headers=API)
    (verdict,) = (await answer.json())["verdicts"]
    assert (verdict["counts"], verdict["withdrawn_by"]) == (False, "eve")
    assert (await web.client.delete(f"{PATH}/v9", headers=API)).status == 404


@pytest.mark.parametrize(
    ("body", "status", "path"),
    [
        ({"verdict": "perhaps"}, 422, "verdict"),
        ({"verdict": "caused", "change_id": "x" * 1001}, 422, "change_id"),
        ({"verdict": "caused", "wrong": 1}, 422, "wrong"),
        ({"verdict": "caused"}, 400, "change_id"),
    ],
)
async def test_what_cannot_be_said_names_the_field(
    web: Web, body: dict[str, Any], status: int, path: str
) -> None:
    answer = await web.client.post(PATH, json=body, headers=API)
    assert (answer.status, (await answer.json())["errors"][0]["path"]) == (status, path)


async def test_a_change_that_is_not_known_is_a_404(web: Web) -> None:
    answer = await web.client.post(PATH, json={"verdict": "caused", "change_id": "none"}, headers=API)
    assert answer.status == 404


async def test_rates_say_what_they_mean(web: Web) -> None:
    answer = await web.client.get("/api/v1/change-failure-rate", headers=API)
    told = await answer.json()
    assert told["services"] == [{"service": "checkout", "changes": 8, "failed": 2, "rate": 0.25}]
    assert told["total"]["service"] == "*"
    assert (told["incidents"], told["judged"]) == (5, 3)
    assert "divided by all changes" in told["definition"]
    assert web.verdicts.asked == [(NOW - timedelta(days=30), NOW, None)]
    query = "?since=2026-01-01T00:00:00Z&until=2026-02-01T00:00:00Z&environment=production"
    await web.client.get(f"/api/v1/change-failure-rate{query}", headers=API)
    january = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC), "production"
    assert web.verdicts.asked[-1] == january
    assert (await web.client.get("/api/v1/change-failure-rate?since=x", headers=API)).status == 400
    assert (await web.client.get("/api/v1/change-failure-rate")).status == 401


def test_a_period_ends_now_and_lasts_thirty_days() -> None:
    assert read_period({"until": "2026-03-31T00:00:00Z"}, NOW)[0] == datetime(2026, 3, 1, tzinfo=UTC)
    with pytest.raises(InvalidInputError, match="one of caused, did_not, no_change"):
        read_judgement("maybe")


async def test_the_page_has_a_button_for_each_answer(web: Web) -> None:
    page = await (await web.client.get("/incidents/INC-12", headers=PAGE)).text()
    assert page.count(">Caused it</button>") == 3, "two suspects and any other change"
    assert page.count(">Did not cause it</button>") == 2
    assert ">No change caused this</button>" in page


async def test_a_button_of_the_page_says_it_and_comes_back(web: Web) -> None:
    form = {"verdict": "caused", "change_id": " deploy-42 ", "source": "argo"}
    answer = await web.client.post(
        "/incidents/INC-12/verdicts", data=form, headers=PAGE, allow_redirects=False
    )
    assert (answer.status, answer.headers["Location"]) == (303, "/incidents/INC-12")
    page = await (await web.client.get("/incidents/INC-12", headers=PAGE)).text()
    assert "<b>Caused by the deploy of checkout</b> (deploy-42), says the console" in page
    assert "Caused it</button>" not in page
    assert 'action="/incidents/INC-12/verdicts/v1/withdraw"' in page
    answer = await web.client.post(
        "/incidents/INC-12/verdicts/v1/withdraw", headers=PAGE, allow_redirects=False
    )
    assert answer.status == 303
    assert web.cases.views[0].verdicts[0].withdrawn_by == "the console"


async def test_the_page_says_what_is_ruled_out_and_that_no_change_did_it(web: Web) -> None:
    await web.verdicts.judge("INC-12", read_judgement("did_not"), ADA, "deploy-42")
    page = await (await web.client.get("/incidents/INC-12", headers=PAGE)).text()
    assert page.count(">Did not cause it</button>") == 1
    assert ">Take it back</button>" in page
    web.cases.views[0] = replace(a_view(), verdicts=())
    await web.verdicts.judge("INC-12", read_judgement("no_change"), ADA)
    page = await (await web.client.get("/incidents/INC-12", headers=PAGE)).text()
    assert "<b>No change caused this</b>, says ada" in page
    wrong = await web.client.post("/incidents/INC-12/verdicts", data={"verdict": "x"}, headers=PAGE)
    assert wrong.status == 400
