from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bot.ingest.records import decode_change
from tests.ingest.test_changes import BARE, ENVELOPE
from tests.web.fakes import NOW, SENDER

if TYPE_CHECKING:
    from tests.web.fakes import Web

PATH = "/api/v1/events"
STRUCTURED = {"Content-Type": "application/cloudevents+json"}
BINARY = {f"ce-{name}": value for name, value in ENVELOPE.items()}


@pytest.mark.parametrize(
    ("body", "headers", "source"),
    [
        (BARE, {}, "api"),
        (BARE, BINARY, "/ci"),
        ({**ENVELOPE, "data": BARE}, STRUCTURED, "/ci"),
    ],
)
async def test_each_form_becomes_a_record(
    web: Web, body: dict[str, Any], headers: dict[str, str], source: str
) -> None:
    answer = await web.client.post(PATH, json=body, headers=SENDER | headers)
    assert (answer.status, (await answer.json())["accepted"]) == (202, 1)
    (record,) = web.publisher.records
    assert (record.topic, record.key) == ("tocsin.changes.v1", "checkout")
    change = decode_change(record.value, record.headers, 0)
    assert (change.change_id, change.source, change.received_at) == ("deploy-42", source, NOW)


async def test_a_sender_does_not_say_when_it_was_received(web: Web) -> None:
    """Or a statement of 2030 would stand over every correction."""
    for told in ("2030-01-01T00:00:00Z", "9999-12-31T23:59:59Z"):
        answer = await web.client.post(PATH, json={**BARE, "received_at": told}, headers=SENDER)
        assert answer.status == 202
    assert {decode_change(one.value, (), 0).received_at for one in web.publisher.records} == {NOW}


async def test_a_field_that_is_wrong_is_named(web: Web) -> None:
    answer = await web.client.post(PATH, json={**BARE, "type": "party"}, headers=SENDER)
    problem = await answer.json()
    assert (answer.status, problem["errors"][0]["path"]) == (400, "type")
    assert "deploy" in problem["errors"][0]["problem"]


async def test_attributes_are_percent_decoded_and_storable(web: Web) -> None:
    headers = SENDER | BINARY | {"ce-source": "/b%C3%BCro%00%FF"}
    answer = await web.client.post(PATH, json=BARE, headers=headers)
    assert answer.status == 202
    source = decode_change(web.publisher.records[0].value, (), 0).source
    assert source == "/büro\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}"


async def test_the_broker_the_token_and_the_type_are_asked_for(web: Web) -> None:
    assert (await web.client.post(PATH, json=BARE)).status == 401
    assert (await web.client.post(PATH, data={"a": "b"}, headers=SENDER)).status == 415
    web.publisher.reachable = False
    assert (await web.client.post(PATH, json=BARE, headers=SENDER)).status == 503
