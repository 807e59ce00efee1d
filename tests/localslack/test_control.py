"""The control API: what a person sees and does, who may use it, and the journal."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import aiohttp
import pytest
from aiohttp.test_utils import TestClient, TestServer

from bot.localslack.server import create_app
from tests.localslack.harness import ADA, GRACE, Hand, until

if TYPE_CHECKING:
    from slack_sdk.web.async_client import AsyncWebClient

    from bot.localslack.server import RunningLocalSlack
    from bot.localslack.workspace import Workspace


async def test_the_state_is_what_the_user_sees(hand: Hand, client: AsyncWebClient) -> None:
    state = await hand.get("state")
    assert (state["you"], state["team"]["name"]) == (ADA, "Local workspace")
    assert state["app"]["commands"][0]["command"] == "/incident"
    await hand.post("channels", user="grace", name="secret", private=True)
    await client.chat_postMessage(channel="general", text="unread")
    mine = {c["name"]: c for c in (await hand.get("state", user="ada"))["channels"]}
    assert "secret" not in mine
    assert mine["general"]["unread"] == 1
    theirs = {c["name"]: c for c in (await hand.get("state", user=GRACE))["channels"]}
    assert theirs["secret"]["members"] == [GRACE]
    assert (await hand.get("state", user="nobody"))["error"] == "user_not_found"


async def test_what_was_read_counts_no_more(hand: Hand, client: AsyncWebClient) -> None:
    ts = (await client.chat_postMessage(channel="general", text="unread"))["ts"]
    await hand.post("read", channel="general", ts=ts)
    assert (await hand.get("state"))["channels"][0]["unread"] == 0


async def test_people_write_edit_and_delete(hand: Hand) -> None:
    ts = (await hand.post("messages", channel="#general", text="hello"))["ts"]
    await hand.post("messages", user="grace", channel="general", text="reply", thread_ts=ts)
    place = {"channel": "general", "ts": ts}
    await hand.post("messages/edit", **place, text="hello there")
    assert (await hand.post("messages/edit", user="grace", **place, text="x"))[
        "error"
    ] == "cant_update_message"
    thread = (await hand.get("channels/general/messages", thread_ts=ts))["messages"]
    assert [m["text"] for m in thread] == ["hello there", "reply"]
    await hand.post("messages/delete", **place)
    assert [m["text"] for m in await hand.messages("general")] == ["reply"]
    assert (await hand.post("messages", channel="general", text=" "))["error"] == "no_text"
    await hand.post("channels", user="grace", name="open")
    assert (await hand.post("messages", channel="open", text="x"))["error"] == "not_in_channel"


async def test_people_come_and_go(hand: Hand) -> None:
    await hand.post("channels", name="room")
    await hand.post("channels/room/invite", users=["grace", "linus"])
    await hand.post("channels/room/kick", users=["linus"])
    await hand.post("channels/room/join", user="alan")
    await hand.post("channels/room/leave", user="alan")
    room = (await hand.post("channels/room/topic", text="Talk"))["channel"]
    assert (room["members"], room["topic"]["value"]) == ([ADA, GRACE], "Talk")
    assert (await hand.post("channels/room/archive"))["channel"]["is_archived"]
    async with hand.session.post(f"{hand.url}local/channels/room/explode", json={}) as response:
        assert response.status == 404
    direct = (await hand.post("direct", users=["grace"]))["channel"]
    assert direct["user"] == GRACE


async def test_a_body_that_cannot_be_read_names_the_field(hand: Hand) -> None:
    async with hand.session.post(
        f"{hand.url}local/messages", json={"channel": "general", "txt": "x"}
    ) as response:
        assert response.status == 400
        problems = {p["field"] for p in (await response.json())["problems"]}
    assert problems == {"text", "txt"}


@pytest.mark.parametrize(
    "headers", [{"Host": "evil.example"}, {"Origin": "https://evil.example"}, {"Origin": "null"}]
)
async def test_other_sites_are_kept_out(hand: Hand, headers: dict[str, str]) -> None:
    async with hand.session.get(f"{hand.url}local/state", headers=headers) as response:
        assert response.status == 403
    own = {"Origin": hand.url.rstrip("/")}
    async with hand.session.get(f"{hand.url}local/state", headers=own) as response:
        assert response.status == 200


async def test_the_journal_can_be_read_from_a_point_on(hand: Hand, client: AsyncWebClient) -> None:
    await client.auth_test()
    (first,) = (await hand.get("calls"))["calls"]
    await client.users_list()
    (second,) = (await hand.get("calls", since=str(first["seq"])))["calls"]
    assert (second["method"], second["ok"], second["status"]) == ("users.list", True, 200)
    assert (await hand.get("calls", since="x"))["error"] == "invalid_since"
    await hand.delete("calls")
    assert (await hand.get("calls"))["calls"] == []


async def test_a_workspace_can_be_served_by_another_server(workspace: Workspace) -> None:
    server = TestServer(create_app(workspace))
    async with TestClient(server) as browser, browser.get("/local/state") as response:
        assert (await response.json())["you"] == ADA


async def test_reset_goes_back_to_the_start(hand: Hand, client: AsyncWebClient) -> None:
    await client.conversations_create(name="inc")
    await hand.post("faults", method="*", kind="cut")
    await hand.post("reset")
    assert [c["name"] for c in (await hand.get("state"))["channels"]] == ["general", "incidents"]
    assert (await hand.get("faults"))["faults"] == []


async def test_the_stream_tells_what_concerns_the_viewer(
    slack: RunningLocalSlack, hand: Hand, client: AsyncWebClient
) -> None:
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{hand.url}local/stream?user=grace") as stream,
    ):
        lines: list[dict[str, str]] = []
        await stream.content.readuntil(b"\n\n")
        await client.chat_postEphemeral(channel="general", user=ADA, text="not for grace")
        await hand.post("channels", name="secret", private=True)
        await hand.post("messages", channel="general", text="for all")
        await until(lambda: slack.slack.workspace.timeline("C0GENERAL01") != [])
        while not any(line["kind"] == "message" for line in lines):
            raw = (await stream.content.readuntil(b"\n\n")).decode()
            lines.append(json.loads(raw.removeprefix("data: ")))
        assert lines[-1]["value"]["text"] == "for all"  # type: ignore[index]  # the value is an object
        assert {line["kind"] for line in lines} <= {"message", "channel"}
