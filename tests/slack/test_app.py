from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.localslack.signing import sign
from bot.settings import from_environment
from bot.slack.app import create_bolt_app, http_handler

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.settings import Settings
    from bot.slack.listeners.desk import Desk
    from tests.slack.fake_deps import FakeUseCases
    from tests.slack.person import PersonInSlack

BODY = b"command=%2Fincident&text=ack+12&user_id=U1&user_name=ada&trigger_id=1.2.3&channel_id=C1"
FORM = "application/x-www-form-urlencoded"


async def client_of(settings: Settings, desk: Desk) -> TestClient[web.Request, web.Application]:
    app = web.Application()
    app.router.add_post("/slack/events", http_handler(create_bolt_app(settings, desk)))
    return TestClient(TestServer(app))


@pytest.fixture
async def client(settings: Settings, desk: Desk) -> AsyncIterator[TestClient[web.Request, web.Application]]:
    async with await client_of(settings, desk) as connected:
        yield connected


async def test_a_wrong_signature_is_refused(
    client: TestClient[web.Request, web.Application], use_cases: FakeUseCases
) -> None:
    headers = {
        "Content-Type": FORM,
        "X-Slack-Request-Timestamp": "1700000000",
        "X-Slack-Signature": sign("another secret", "1700000000", BODY),
    }
    response = await client.post("/slack/events", data=BODY, headers=headers)
    assert response.status == 401
    assert use_cases.asked == []


async def test_without_a_secret_nothing_is_accepted(desk: Desk, use_cases: FakeUseCases) -> None:
    now = str(int(time.time()))
    headers = {
        "Content-Type": FORM,
        "X-Slack-Request-Timestamp": now,
        "X-Slack-Signature": sign("", now, BODY),
    }
    async with await client_of(from_environment({"SLACK_BOT_TOKEN": "xoxb-x"}), desk) as client:
        response = await client.post("/slack/events", data=BODY, headers=headers)
        assert response.status == 401
    assert use_cases.asked == []


@pytest.mark.parametrize("body", [b"\xff\xfe", b"payload={", b"payload=[1]", b"{", b"payload=" + b"[" * 9000])
async def test_what_slack_never_sends_is_refused(
    client: TestClient[web.Request, web.Application], body: bytes
) -> None:
    response = await client.post("/slack/events", data=body, headers={"Content-Type": FORM})
    assert response.status == 400


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Slack-Request-Timestamp": "abc"},
        {"X-Slack-Request-Timestamp": "²"},
        {"X-Slack-Request-Timestamp": "9" * 400},
        {"X-Slack-Request-Timestamp": str(int(time.time())), "X-Slack-Signature": "v0=é"},
    ],
)
async def test_what_cannot_be_a_signature_is_refused(
    client: TestClient[web.Request, web.Application], headers: dict[str, str]
) -> None:
    response = await client.post("/slack/events", data=BODY, headers={"Content-Type": FORM} | headers)
    assert response.status == 401


async def test_a_charset_that_nobody_knows_is_refused(
    client: TestClient[web.Request, web.Application],
) -> None:
    headers = {"Content-Type": f"{FORM}; charset=klingon"}
    assert (await client.post("/slack/events", data=BODY, headers=headers)).status == 400


async def test_slacks_challenge_is_answered(person: PersonInSlack) -> None:
    assert await person.slack.outgoing.verify()


async def test_what_nobody_listens_for_is_not_found(person: PersonInSlack) -> None:
    payload = {
        "type": "block_actions",
        "user": {"id": "U1"},
        "actions": [{"action_id": "x", "block_id": "y"}],
    }
    reply = await person.slack.outgoing.deliver("interactive", payload)
    assert reply.status == 404


async def test_a_listener_that_fails_before_its_work_begins_answers_500(person: PersonInSlack) -> None:
    view = {"callback_id": "incident.declare", "type": "modal", "state": {"values": {"title": 3}}}
    payload = {"type": "view_submission", "user": {"id": "U1"}, "view": view}
    reply = await person.slack.outgoing.deliver("interactive", payload)
    assert reply.status == 500
