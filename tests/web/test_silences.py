"""Silences over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.web.fakes import API, SENDER

if TYPE_CHECKING:
    from tests.web.fakes import Web

PATH = "/api/v1/silences"


async def test_a_silence_is_made_listed_and_ended(web: Web) -> None:
    body = {
        "matchers": ['service="checkout"', 'name=~"a|b"'],
        "for": "2h",
        "reason": "new\ncards",
        "by": "ada",
    }
    answer = await web.client.post(PATH, json=body, headers=API)
    made = await answer.json()
    assert (answer.status, answer.headers["Location"]) == (201, f"{PATH}/s1")
    assert made == {
        "id": "s1",
        "kind": "silence",
        "matchers": ['service="checkout"', 'name=~"a|b"'],
        "starts_at": "2026-11-21T12:00:00Z",
        "ends_at": "2026-11-21T14:00:00Z",
        "by": "ada",
        "reason": "new cards",
        "source": "tocsin",
    }
    listed = await (await web.client.get(PATH, headers=API)).json()
    assert listed == {"items": [made]}
    ended = await (await web.client.delete(f"{PATH}/s1", params={"by": "grace"}, headers=API)).json()
    assert (ended["ends_at"], ended["reason"]) == (
        "2026-11-21T12:00:00Z",
        "new cards (ended early by grace)",
    )
    assert await (await web.client.get(PATH, headers=API)).json() == {"items": []}
    again = await web.client.delete(f"{PATH}/s1", headers=API)
    assert (await again.json())["reason"] == "new cards (ended early by grace)"


async def test_the_incident_that_is_to_be_told_must_be_there(web: Web) -> None:
    body = {"matchers": ["service=checkout"], "for": "2h", "incident": "INC-99"}
    answer = await web.client.post(PATH, json=body, headers=API)
    assert (answer.status, "INC-99" in await answer.text()) == (404, True)
    assert await (await web.client.get(PATH, headers=API)).json() == {"items": []}


@pytest.mark.parametrize(
    ("body", "status", "path"),
    [
        ({"matchers": [], "for": "2h"}, 422, "matchers"),
        ({"matchers": ["a=b"]}, 422, "for"),
        ({"matchers": ["a=b"], "for": "soon"}, 422, "for"),
        ({"matchers": ["a=b"], "for": "90d"}, 422, "for"),
        ({"matchers": ["a=b", "nonsense"], "for": "2h"}, 400, "matchers.1"),
        ({"matchers": ['a=~".*"'], "for": "2h"}, 400, "matchers"),
        ({"matchers": ['a=~"(a"'], "for": "2h"}, 400, "matchers.0"),
    ],
)
async def test_what_cannot_be_silenced_is_named(
    web: Web, body: dict[str, object], status: int, path: str
) -> None:
    answer = await web.client.post(PATH, json=body, headers=API)
    assert answer.status == status
    assert path in [one["path"] for one in (await answer.json())["errors"]]


async def test_one_that_is_not_there_is_a_404(web: Web) -> None:
    assert (await web.client.delete(f"{PATH}/nothing", headers=API)).status == 404


async def test_senders_may_not_silence(web: Web) -> None:
    assert (await web.client.get(PATH, headers=SENDER)).status == 401
