"""Who is who, who may call what, and in which form: users, groups, tokens, scopes, arguments, tiers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.localslack.server import start
from tests.localslack.harness import ADA, Hand, error_of, settings

if TYPE_CHECKING:
    from bot.localslack.server import RunningLocalSlack

TOKEN = {"Authorization": "Bearer xoxb-local-bot-token"}


async def test_users(client: AsyncWebClient) -> None:
    users = (await client.users_list(limit=3))["members"]
    assert [user["name"] for user in users] == ["slackbot", "tocsin", "ada"]
    assert (await client.users_info(user=ADA))["user"]["profile"]["email"] == "ada@example.com"
    assert (await client.users_lookupByEmail(email="Ada@Example.com"))["user"]["id"] == ADA
    assert await error_of(client.users_lookupByEmail(email="nobody@example.com")) == "users_not_found"
    assert await error_of(client.users_info(user="U404")) == "user_not_found"
    assert await error_of(client.users_conversations(user="U404")) == "user_not_found"


async def test_usergroups(client: AsyncWebClient) -> None:
    (group,) = (await client.usergroups_list())["usergroups"]
    assert (group["handle"], group["user_count"]) == ("oncall", 2)
    assert "users" not in group
    assert (await client.usergroups_list(include_users=True))["usergroups"][0]["users"][0] == ADA
    assert (await client.usergroups_users_list(usergroup="S0ONCALL01"))["users"][0] == ADA
    assert await error_of(client.usergroups_users_list(usergroup="S404")) == "no_such_subteam"


async def test_who_the_app_is(client: AsyncWebClient) -> None:
    answer = await client.auth_test()
    assert (answer["user_id"], answer["team_id"]) == ("U0LOCALBOT", "T0LOCAL001")
    assert "chat:write" in answer.headers["x-oauth-scopes"]
    assert (await client.team_info())["team"]["name"] == "Local workspace"
    assert (await client.bots_info(bot="B0LOCALBOT"))["bot"]["app_id"] == "A0LOCALAPP"
    assert await error_of(client.team_info(team="T404")) == "team_not_found"
    assert await error_of(client.bots_info(bot="B404")) == "bot_not_found"
    assert (await client.api_test(foo="bar"))["args"] == {"foo": "bar"}
    assert await error_of(client.api_test(error="my_error")) == "my_error"


async def test_tokens(slack: RunningLocalSlack) -> None:
    def of(token: str | None) -> AsyncWebClient:
        return AsyncWebClient(token=token, base_url=slack.api_url)

    assert await error_of(of(None).auth_test()) == "not_authed"
    assert await error_of(of("xoxb-other").auth_test()) == "invalid_auth"
    assert await error_of(of("xapp-local-app-token").auth_test()) == "not_allowed_token_type"
    wrong = of("x").apps_connections_open(app_token="xoxb-local-bot-token")
    assert await error_of(wrong) == "not_allowed_token_type"
    assert "secret" not in repr(slack.slack.workspace.app)


async def test_scopes_are_named_when_missing() -> None:
    running = await start(settings(app={"scopes": ("channels:read",)}))
    client = AsyncWebClient(token="xoxb-local-bot-token", base_url=running.api_url)
    with pytest.raises(SlackApiError) as caught:
        await client.chat_postMessage(channel="general", text="x")
    assert caught.value.response["needed"] == "chat:write"
    assert caught.value.response["provided"] == "channels:read"
    assert (await client.conversations_list())["ok"]
    assert await error_of(client.conversations_list(types="private_channel")) == "missing_scope"
    assert await error_of(client.conversations_create(name="x")) == "missing_scope"
    assert (await client.conversations_info(channel="C0GENERAL01"))["ok"]
    assert (await client.auth_test())["ok"]
    await running.stop()


async def call(slack: RunningLocalSlack, method: str, verb: str = "POST", **how: Any) -> dict[str, Any]:
    url = f"{slack.api_url}{method}"
    async with aiohttp.ClientSession() as session, session.request(verb, url, **how) as response:
        return dict(await response.json())


async def test_arguments_come_in_every_form(slack: RunningLocalSlack, hand: Hand) -> None:
    args = {"channel": "general", "text": "hi"}
    token = {"token": "xoxb-local-bot-token"}
    form = aiohttp.FormData()
    for name, value in {**args, **token}.items():
        form.add_field(name, value, content_type="text/plain")
    forms: list[dict[str, Any]] = [
        {"verb": "GET", "params": {**args, **token}},
        {"params": args, "headers": TOKEN},
        {"data": {**args, **token}},
        {"json": args, "headers": TOKEN},
        {"json": {**args, **token}},
        {"data": form},
    ]
    for how in forms:
        assert (await call(slack, "chat.postMessage", **how))["ok"], how
    assert len(await hand.messages("general")) == len(forms)
    calls = (await hand.get("calls", method="chat.postMessage"))["calls"]
    assert [entry["arguments"] for entry in calls] == [args] * len(forms)
    assert "xoxb" not in str(calls)
    assert calls[3]["content_type"] == "application/json"


async def test_arguments_that_cannot_be_read(slack: RunningLocalSlack) -> None:
    json_body: dict[str, Any] = {"headers": {**TOKEN, "Content-Type": "application/json"}}
    assert (await call(slack, "auth.test", data="{", **json_body))["error"] == "invalid_json"
    assert (await call(slack, "auth.test", data="[1]", **json_body))["error"] == "json_not_object"
    ignored = await call(slack, "users.info", json={"user": ADA}, headers=TOKEN)
    assert ignored["error"] == "invalid_arguments"
    assert ignored["response_metadata"]["messages"] == ["[ERROR] missing required field: user"]
    unknown = await call(slack, "nonsense.method")
    assert (unknown["ok"], unknown["error"]) == (False, "unknown_method")


async def test_tiers_answer_429_with_a_time_to_wait() -> None:
    running = await start(settings(rate_limits=True))
    client = AsyncWebClient(token="xoxb-local-bot-token", base_url=running.api_url, retry_handlers=[])
    for _ in range(5):
        await client.chat_postMessage(channel="general", text="x")
    with pytest.raises(SlackApiError) as caught:
        await client.chat_postMessage(channel="general", text="x")
    assert caught.value.response.status_code == 429
    assert caught.value.response["error"] == "ratelimited"
    assert int(caught.value.response.headers["Retry-After"]) == 1
    await client.chat_postMessage(channel="incidents", text="another channel has its own")
    for _ in range(20):
        await client.users_list()
    assert await error_of(client.users_list()) == "ratelimited"
    async with Hand.of(running) as hand:
        await hand.post("switches", rate_limits=False)
    await client.users_list()
    await running.stop()
