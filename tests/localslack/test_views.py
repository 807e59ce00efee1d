"""Modals, home tabs, commands, clicks and answers, between a person, the workspace and an app."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from tests.localslack.harness import ADA, Clock, Hand, Receiver, error_of, receiver, until
from tests.localslack.kit import actions, button, modal, option, plain, section, text_input

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from slack_sdk.web.async_client import AsyncWebClient

    from bot.localslack.server import RunningLocalSlack

EXTERNAL = {"type": "external_select", "action_id": "find"}


@pytest.fixture
async def app(slack: RunningLocalSlack) -> AsyncIterator[Receiver]:
    async with receiver(slack) as app:
        yield app


async def trigger(app: Receiver, hand: Hand) -> str:
    await hand.post("commands", channel="general", text="/incident declare  now ")
    return str(app.of("/incident")[-1]["trigger_id"])


async def opened(app: Receiver, hand: Hand, client: AsyncWebClient, **more: Any) -> dict[str, Any]:
    view = await client.views_open(trigger_id=await trigger(app, hand), view=modal(**more))
    return dict(view["view"])


async def stack(hand: Hand) -> list[str]:
    return [view["id"] for view in (await hand.get("views"))["stack"]]


async def test_a_command_reaches_the_app_and_is_answered(app: Receiver, hand: Hand) -> None:
    app.answers["command"] = {"response_type": "in_channel", "text": "declared"}
    await trigger(app, hand)
    (command,) = app.of("/incident")
    assert (command["text"], command["user_id"], command["channel_name"]) == ("declare  now", ADA, "general")
    assert [m["text"] for m in await hand.messages("general", "grace")] == ["declared"]
    app.answers["command"] = "only you"
    await hand.post("commands", channel="general", text="/incident", thread_ts="1.0")
    assert [m["text"] for m in await hand.messages("general", "ada")] == ["declared", "only you"]
    assert len(await hand.messages("general", "grace")) == 1


async def test_a_command_that_fails_is_told_by_slackbot(app: Receiver, hand: Hand) -> None:
    app.status = 500
    assert (await hand.post("commands", channel="general", text="/incident"))["error"] == "dispatch_failed"
    app.status, app.delay = 200, 30
    assert (await hand.post("commands", channel="general", text="/incident"))["error"] == "operation_timeout"
    assert (await hand.post("commands", channel="general", text="/other"))["error"] == "unknown_command"
    texts = [m["text"] for m in await hand.messages("general")]
    assert texts[0] == '/incident failed with the error "dispatch_failed"'
    assert texts[1] == '/incident failed with the error "operation_timeout"'
    assert "not a valid command" in texts[2]


async def test_a_trigger_opens_one_modal_soon(
    app: Receiver, hand: Hand, client: AsyncWebClient, clock: Clock
) -> None:
    given = await trigger(app, hand)
    view = (await client.views_open(trigger_id=given, view=modal()))["view"]
    assert (view["root_view_id"], view["state"]) == (view["id"], {"values": {}})
    assert await error_of(client.views_open(trigger_id=given, view=modal())) == "exchanged_trigger_id"
    late = await trigger(app, hand)
    clock.now += 3.5
    assert await error_of(client.views_open(trigger_id=late, view=modal())) == "expired_trigger_id"
    assert await error_of(client.views_open(trigger_id="x", view=modal())) == "invalid_trigger_id"
    assert await error_of(client.api_call("views.open", json={"view": modal()})) == "invalid_arguments"
    assert await error_of(client.api_call("views.open", params={"view": "{"})) == "invalid_arguments"


async def test_modals_stack_three_high(app: Receiver, hand: Hand, client: AsyncWebClient) -> None:
    early = client.views_push(trigger_id=await trigger(app, hand), view=modal())
    assert await error_of(early) == "not_found"
    first = await opened(app, hand, client)
    second = (await client.views_push(trigger_id=await trigger(app, hand), view=modal()))["view"]
    await client.views_push(trigger_id=await trigger(app, hand), view=modal())
    assert (second["root_view_id"], second["previous_view_id"]) == (first["id"], first["id"])
    fourth = client.views_push(trigger_id=await trigger(app, hand), view=modal())
    assert await error_of(fourth) == "push_limit_reached"
    assert len(await stack(hand)) == 3
    await hand.post(f"views/{second['id']}/close", all=True)
    assert await stack(hand) == []


async def test_an_update_knows_what_it_replaces(app: Receiver, hand: Hand, client: AsyncWebClient) -> None:
    view = await opened(app, hand, client, external_id="form-1")
    updated = await client.views_update(
        external_id="form-1", view=modal(title=plain("New")), hash=view["hash"]
    )
    assert updated["view"]["title"]["text"] == "New"
    stale = client.views_update(view_id=view["id"], view=modal(), hash=view["hash"])
    assert await error_of(stale) == "hash_conflict"
    assert await error_of(client.views_update(view_id="V404", view=modal())) == "not_found"
    double = client.views_push(trigger_id=await trigger(app, hand), view=modal(external_id="form-1"))
    assert await error_of(double) == "duplicate_external_id"


async def test_a_submission_carries_what_was_entered(
    app: Receiver, hand: Hand, client: AsyncWebClient
) -> None:
    view = await opened(app, hand, client, private_metadata="INC-1")
    empty = await hand.post(f"views/{view['id']}/submit")
    assert empty["errors"] == {"title": "Please complete this required field."}
    assert app.of("view_submission") == []
    assert (await hand.post(f"views/{view['id']}/submit", values={"title": "Down"}))["ok"]
    (sent,) = app.of("view_submission")
    assert sent["view"]["state"]["values"]["title"]["v"]["value"] == "Down"
    assert sent["view"]["private_metadata"] == "INC-1"
    assert await stack(hand) == []


@pytest.mark.parametrize(
    ("response", "left", "errors"),
    [
        ({"response_action": "errors", "errors": {"title": "vague"}}, 2, {"title": "vague"}),
        ({"response_action": "update", "view": modal(title=plain("Done"))}, 2, None),
        ({"response_action": "push", "view": modal()}, 3, None),
        ({"response_action": "clear"}, 0, None),
        (None, 1, None),
    ],
)
async def test_the_app_answers_a_submission(
    app: Receiver, hand: Hand, client: AsyncWebClient, response: Any, left: int, errors: Any
) -> None:
    await opened(app, hand, client)
    top = (await client.views_push(trigger_id=await trigger(app, hand), view=modal()))["view"]
    app.answers["view_submission"] = response
    answer = await hand.post(f"views/{top['id']}/submit", values={"v": "x"})
    assert answer.get("errors") == errors
    assert len(await stack(hand)) == left


async def test_clear_on_close_and_an_app_that_is_silent(
    app: Receiver, hand: Hand, client: AsyncWebClient
) -> None:
    await opened(app, hand, client)
    top = await client.views_push(trigger_id=await trigger(app, hand), view=modal(clear_on_close=True))
    app.status = 500
    answer = await hand.post(f"views/{top['view']['id']}/submit", values={"v": "x"})
    assert (answer["error"], answer["message"]) == (
        "dispatch_failed",
        "We had some trouble connecting. Try again?",
    )
    app.status = 200
    assert (await hand.post(f"views/{top['view']['id']}/submit", values={"v": "x"}))["ok"]
    assert await stack(hand) == []


async def test_closing_is_told_on_request(app: Receiver, hand: Hand, client: AsyncWebClient) -> None:
    view = await opened(app, hand, client, notify_on_close=True)
    assert (await hand.post(f"views/{view['id']}/close", user="grace"))["error"] == "not_found"
    await hand.post(f"views/{view['id']}/close")
    (closed,) = app.of("view_closed")
    assert (closed["view"]["id"], closed["is_cleared"]) == (view["id"], False)


async def test_elements_in_a_modal_act_at_once(app: Receiver, hand: Hand, client: AsyncWebClient) -> None:
    pick = {"type": "static_select", "action_id": "sev", "options": [option("1"), option("2")]}
    blocks = [actions(pick, EXTERNAL, block_id="a"), {**text_input(), "optional": True}]
    view = await opened(app, hand, client, blocks=blocks)
    await hand.post("actions", view_id=view["id"], action_id="sev", value="2")
    (acted,) = app.of("block_actions")
    assert acted["container"] == {"type": "view", "view_id": view["id"]}
    assert acted["view"]["state"]["values"]["a"]["sev"]["selected_option"]["value"] == "2"
    app.answers["block_suggestion"] = {"options": [option("x")]}
    found = await hand.post("options", view_id=view["id"], action_id="find", value="abc")
    assert found["options"] == [option("x")]
    assert app.of("block_suggestion")[0]["value"] == "abc"
    foreign = await hand.post("actions", user="grace", view_id=view["id"], action_id="sev", value="2")
    assert foreign["error"] == "not_found"
    await hand.post(f"views/{view['id']}/submit")
    values = app.of("view_submission")[0]["view"]["state"]["values"]
    assert values["a"]["sev"]["selected_option"]["value"] == "2"


async def test_a_click_on_a_message(app: Receiver, hand: Hand, client: AsyncWebClient) -> None:
    blocks = [
        section(),
        actions(button(value="1"), button("two", value="2"), block_id="a"),
        actions(button(value="3")),
    ]
    attachments = [{"fallback": "x", "blocks": [actions(button("old"), EXTERNAL)]}]
    ts = (await client.chat_postMessage(channel="general", text="x", blocks=blocks, attachments=attachments))[
        "ts"
    ]
    place = {"channel": "general", "ts": ts}
    assert (await hand.post("actions", **place, action_id="go"))["ok"]
    await hand.post("actions", **place, action_id="go", value="3")
    await hand.post("actions", **place, label="Go", block_id="a")
    await hand.post("actions", **place, action_id="old")
    clicked = app.of("block_actions")
    assert [c["actions"][0].get("value") for c in clicked] == ["1", "3", "1", None]
    assert clicked[0]["container"] == {
        "type": "message",
        "message_ts": ts,
        "channel_id": "C0GENERAL01",
        "is_ephemeral": False,
    }
    assert clicked[0]["message"]["blocks"][0]["text"]["text"] == "text"
    assert (await hand.post("actions", **place, action_id="nowhere"))["error"] == "action_not_found"
    app.status = 500
    assert (await hand.post("actions", **place, action_id="go"))["error"] == "dispatch_failed"
    assert (await hand.post("options", **place, action_id="find"))["error"] == "dispatch_failed"


async def test_a_response_url_answers_five_times(
    app: Receiver, hand: Hand, client: AsyncWebClient, clock: Clock
) -> None:
    ts = (await client.chat_postMessage(channel="general", text="card", blocks=[actions(button())]))["ts"]
    await hand.post("actions", channel="general", ts=ts, action_id="go")
    url = app.of("block_actions")[0]["response_url"]
    async with aiohttp.ClientSession() as session:

        async def answer(body: Any, address: str = url) -> tuple[int, str]:
            async with session.post(address, json=body) as response:
                return response.status, await response.text()

        assert await answer({"text": "psst"}) == (200, "ok")
        await answer({"text": "all", "response_type": "in_channel"})
        await answer({"text": "new", "replace_original": True})
        assert [m["text"] for m in await hand.messages("general", "grace")] == ["new", "all"]
        assert (await answer({"blocks": [{"type": "x"}]}))[0] == 400
        assert (await answer({"delete_original": True}))[0] == 200
        assert await answer({"text": "x"}) == (404, "used_url")
        assert [m["text"] for m in await hand.messages("general", "ada")] == ["psst", "all"]
        await hand.post("commands", channel="general", text="/incident")
        fresh = app.of("/incident")[0]["response_url"]
        assert (await answer({}, fresh))[0] == 500
        async with session.post(fresh, data="{") as response:
            assert response.status == 400
        clock.now += 1_801
        assert await answer({"text": "x"}, fresh) == (404, "expired_url")
        assert (await answer({"text": "x"}, fresh + "x"))[0] == 404


async def test_the_home_tab(app: Receiver, hand: Hand, client: AsyncWebClient) -> None:
    home = {"type": "home", "blocks": [section("Welcome", accessory=button())]}
    await hand.post("home")
    await until(lambda: bool(app.of("app_home_opened")))
    assert "view" not in app.of("app_home_opened")[0]["event"]
    view = (await client.views_publish(user_id=ADA, view=home))["view"]
    again = (await client.views_publish(user_id=ADA, view=home, hash=view["hash"]))["view"]
    assert again["id"] == view["id"]
    assert await error_of(client.views_publish(user_id=ADA, view=home, hash=view["hash"])) == "hash_conflict"
    assert await error_of(client.views_publish(user_id="U404", view=home)) == "user_not_found"
    assert (await hand.get("views"))["home"]["blocks"][0]["text"]["text"] == "Welcome"
    await hand.post("home")
    await until(lambda: len(app.of("app_home_opened")) == 2)
    assert app.of("app_home_opened")[1]["event"]["view"]["id"] == view["id"]
    await hand.post("actions", view_id=view["id"], action_id="go")
    assert app.of("block_actions")[0]["view"]["type"] == "home"


async def test_shortcuts(app: Receiver, hand: Hand) -> None:
    ts = (await hand.post("messages", channel="general", text="look"))["ts"]
    await hand.post("shortcuts", callback_id="declare")
    await hand.post("shortcuts", callback_id="note", channel="general", ts=ts)
    assert app.of("shortcut")[0]["callback_id"] == "declare"
    assert app.of("message_action")[0]["message"]["text"] == "look"
    assert (await hand.post("shortcuts", callback_id="note"))["error"] == "message_not_found"
    assert (await hand.post("shortcuts", callback_id="other"))["error"] == "unknown_shortcut"
