from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from yarl import URL

from tests.web.fakes import API, SENDER

if TYPE_CHECKING:
    from tests.web.fakes import Web


@pytest.mark.parametrize(
    ("address", "field"),
    [
        ("/api/v1/incidents?service=%00", "service"),
        ("/api/v1/explanations?alertname=A%00", "alertname"),
        ("/api/v1/explanations?a%00=A", "a\N{REPLACEMENT CHARACTER}"),
        ("/api/v1/change-failure-rate?environment=%00", "environment"),
        ("/why-not?alert=%00", "alert"),
    ],
)
async def test_a_parameter_that_nothing_could_be_is_named(web: Web, address: str, field: str) -> None:
    answer = await web.client.get(URL(address, encoded=True), headers=API)
    problem = await answer.json()
    assert (answer.status, [one["path"] for one in problem["errors"]]) == (400, [field])


@pytest.mark.parametrize(
    ("method", "address"),
    [
        ("DELETE", "/api/v1/silences/%00?by=ada"),
        ("DELETE", "/api/v1/incidents/INC-12/verdicts/%00"),
        ("GET", "/api/v1/incidents/%00"),
        ("POST", "/api/v1/webhooks/%00"),
    ],
)
async def test_nothing_is_at_an_address_that_nothing_could_have(web: Web, method: str, address: str) -> None:
    headers = SENDER if "webhooks" in address else API
    answer = await web.client.request(method, URL(address, encoded=True), headers=headers)
    assert answer.status == 404


async def test_who_is_not_let_in_is_not_told(web: Web) -> None:
    assert (await web.client.get(URL("/api/v1/incidents?service=%00", encoded=True))).status == 401
