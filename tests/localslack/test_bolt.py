"""Bolt for Python, as an app would run it, over HTTP and over Socket Mode: the same story both ways."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from aiohttp import web
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.localslack.listen import bind
from tests.localslack.harness import ADA, Hand, until
from tests.localslack.kit import actions, button, modal

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.localslack.server import RunningLocalSlack


def bolt(client: AsyncWebClient, heard: list[str]) -> AsyncApp:
    app = AsyncApp(client=client, signing_secret="local-signing-secret")

    @app.event("app_mention")
    async def mentioned(event: dict[str, Any], say: Any) -> None:
        heard.append("mention")
        await say("hello", thread_ts=event["ts"], blocks=[actions(button("ack"))])

    @app.event("message")
    async def message() -> None:
        heard.append("message")

    @app.event("member_joined_channel")
    async def joined() -> None:
        heard.append("joined")

    @app.command("/incident")
    async def command(ack: Any, body: dict[str, Any], client: AsyncWebClient) -> None:
        await ack("on it")
        await client.views_open(trigger_id=body["trigger_id"], view=modal())

    @app.action("ack")
    async def clicked(ack: Any, respond: Any) -> None:
        await ack()
        await respond("acknowledged", replace_original=True)

    @app.view("form")
    async def submitted(ack: Any, view: dict[str, Any]) -> None:
        value = view["state"]["values"]["title"]["v"]["value"]
        heard.append(value)
        if value == "bad":
            await ack(response_action="errors", errors={"title": "vague"})
        else:
            await ack()

    return app


@asynccontextmanager
async def over_http(app: AsyncApp, slack: RunningLocalSlack) -> AsyncIterator[None]:
    listener = bind("127.0.0.1", 0)
    runner = web.AppRunner(app.web_app("/slack/events"), access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.SockSite(runner, listener).start()
    slack.send_to(f"http://127.0.0.1:{listener.getsockname()[1]}/slack/events")
    try:
        yield
    finally:
        await runner.cleanup()


@asynccontextmanager
async def over_socket(app: AsyncApp, _slack: RunningLocalSlack) -> AsyncIterator[None]:
    handler = AsyncSocketModeHandler(app, "xapp-local-app-token")
    await handler.connect_async()  # type: ignore[no-untyped-call]  # Bolt leaves it unannotated
    try:
        yield
    finally:
        await handler.close_async()  # type: ignore[no-untyped-call]  # the same


@pytest.mark.parametrize("transport", [over_http, over_socket])
async def test_the_same_story(
    slack: RunningLocalSlack, hand: Hand, client: AsyncWebClient, transport: Any
) -> None:
    heard: list[str] = []
    async with transport(bolt(client, heard), slack):
        await hand.post("channels/general/invite", users=["tocsin"])
        ts = (await hand.post("messages", channel="general", text="<@U0LOCALBOT> hi"))["ts"]
        await until(lambda: len(slack.slack.workspace.timeline("C0GENERAL01")) == 3)
        reply = slack.slack.workspace.timeline("C0GENERAL01")[-1]
        assert (reply.text, reply.thread_ts) == ("hello", ts)

        assert (await hand.post("actions", channel="general", ts=reply.ts, action_id="ack"))["ok"]
        await until(lambda: slack.slack.workspace.messages["C0GENERAL01"][reply.ts].text == "acknowledged")

        assert (await hand.post("commands", channel="general", text="/incident"))["ok"]
        await until(lambda: bool(slack.slack.workspace.views))
        (view_id,) = slack.slack.workspace.views
        refused = await hand.post(f"views/{view_id}/submit", values={"title": "bad"})
        assert refused["errors"] == {"title": "vague"}
        assert (await hand.post(f"views/{view_id}/submit", values={"title": "good"}))["ok"]
        await until(lambda: {"mention", "joined", "bad", "good"} <= set(heard))
    transports = {d["transport"] for d in slack.slack.journal.deliveries()}
    assert transports == {"http" if transport is over_http else "socket"}


async def test_a_refresh_makes_the_app_connect_again(
    slack: RunningLocalSlack, hand: Hand, client: AsyncWebClient
) -> None:
    heard: list[str] = []
    async with over_socket(bolt(client, heard), slack):
        assert (await hand.post("refresh"))["sockets"] == 1
        await until(lambda: len(slack.slack.journal.calls("apps.connections.open")) == 2)
        await hand.post("channels/general/invite", users=["tocsin"])
        await until(lambda: "joined" in heard)


async def test_a_socket_that_does_not_acknowledge(slack: RunningLocalSlack, hand: Hand) -> None:
    app = AsyncWebClient(base_url=slack.api_url)
    url = (await app.apps_connections_open(app_token="xapp-local-app-token"))["url"]
    async with aiohttp.ClientSession() as session, session.ws_connect(url) as socket:
        hello = await socket.receive_json()
        assert (hello["type"], hello["num_connections"]) == ("hello", 1)
        answer = await hand.post("commands", channel="general", text="/incident")
        assert answer["error"] == "operation_timeout"
        envelope = await socket.receive_json()
        assert (envelope["type"], envelope["payload"]["user_id"]) == ("slash_commands", ADA)
        assert envelope["accepts_response_payload"] is True
        await socket.send_json({"envelope_id": envelope["envelope_id"], "payload": {"text": "too late"}})
        await socket.send_json(["nonsense"])
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(url)  # a ticket is good once


async def test_what_comes_between_two_connections_waits_for_the_new_one(
    slack: RunningLocalSlack, hand: Hand
) -> None:
    app = AsyncWebClient(base_url=slack.api_url)

    async def address() -> str:
        return str((await app.apps_connections_open(app_token="xapp-local-app-token"))["url"])

    async with aiohttp.ClientSession() as session:
        async with session.ws_connect(await address()) as socket:
            await socket.receive_json()
            assert (await hand.post("refresh"))["sockets"] == 1
        command = asyncio.create_task(hand.post("commands", channel="general", text="/incident"))
        async with session.ws_connect(await address()) as socket:
            await socket.receive_json()
            envelope = await socket.receive_json()
            await socket.send_json({"envelope_id": envelope["envelope_id"]})
            assert (await command)["ok"]
            await hand.post("refresh")
        # It was asked to come again, and does not: the first one is told after a while, the next one at once.
        for _ in range(2):
            answer = await hand.post("commands", channel="general", text="/incident")
            assert (answer["ok"], answer["error"]) == (False, "dispatch_failed")
