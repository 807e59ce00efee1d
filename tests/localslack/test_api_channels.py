"""`conversations.*` through Slack's own client."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.localslack.harness import ADA, GRACE, LINUS, Hand, error_of

if TYPE_CHECKING:
    from slack_sdk.web.async_client import AsyncWebClient

    from bot.localslack.server import RunningLocalSlack

BOT = "U0LOCALBOT"


async def made(client: AsyncWebClient, name: str = "inc-1", **more: object) -> str:
    answer = await client.conversations_create(name=name, **more)  # type: ignore[arg-type]  # booleans by name
    return str(answer["channel"]["id"])


async def test_create_makes_the_bot_creator_and_member(
    client: AsyncWebClient, slack: RunningLocalSlack
) -> None:
    channel = (await client.conversations_info(channel=await made(client), include_num_members=True))[
        "channel"
    ]
    assert channel["name"] == "inc-1"
    assert channel["creator"] == BOT
    assert channel["created"] == slack.slack.workspace.now()
    assert channel["is_member"] is True
    assert channel["num_members"] == 1


async def test_a_name_is_taken_once_also_by_an_archived_channel(client: AsyncWebClient) -> None:
    channel = await made(client)
    assert await error_of(client.conversations_create(name="inc-1")) == "name_taken"
    await client.conversations_archive(channel=channel)
    assert await error_of(client.conversations_create(name="inc-1")) == "name_taken"
    assert await error_of(client.conversations_create(name="Inc")) == "invalid_name_specials"
    assert await error_of(client.conversations_create(name="")) == "invalid_name_required"
    assert await error_of(client.api_call("conversations.create")) == "invalid_arguments"


async def test_rename(client: AsyncWebClient, hand: Hand) -> None:
    channel = await made(client)
    renamed = (await client.conversations_rename(channel=channel, name="inc-2"))["channel"]
    assert (renamed["name"], renamed["previous_names"]) == ("inc-2", ["inc-1"])
    assert await error_of(client.conversations_rename(channel=channel, name="general")) == "name_taken"
    await hand.post("channels/general/invite", users=["tocsin"])
    assert await error_of(client.conversations_rename(channel="C0GENERAL01", name="x")) == "not_authorized"
    assert await error_of(client.conversations_rename(channel="C0INCIDEN02", name="x")) == "not_in_channel"


async def test_topic_and_purpose(client: AsyncWebClient) -> None:
    channel = await made(client)
    assert (await client.conversations_setTopic(channel=channel, topic="SEV-1"))["channel"]["topic"][
        "value"
    ] == "SEV-1"
    assert (await client.conversations_setPurpose(channel=channel, purpose="why"))["channel"]["purpose"][
        "value"
    ] == "why"
    assert await error_of(client.conversations_setTopic(channel=channel, topic="x" * 251)) == "too_long"
    assert await error_of(client.conversations_setTopic(channel="C0GENERAL01", topic="x")) == "not_in_channel"
    assert await error_of(client.conversations_setTopic(channel="C404", topic="x")) == "channel_not_found"
    direct = (await client.conversations_open(users=ADA))["channel"]["id"]
    assert (
        await error_of(client.conversations_setTopic(channel=direct, topic="x"))
        == "method_not_supported_for_channel_type"
    )
    await client.conversations_archive(channel=channel)
    assert await error_of(client.conversations_setTopic(channel=channel, topic="x")) == "is_archived"


async def test_archive_and_unarchive(client: AsyncWebClient, hand: Hand) -> None:
    channel = await made(client)
    assert await error_of(client.conversations_unarchive(channel=channel)) == "not_archived"
    await client.conversations_archive(channel=channel)
    assert await error_of(client.conversations_archive(channel=channel)) == "already_archived"
    assert await error_of(client.chat_postMessage(channel=channel, text="x")) == "is_archived"
    assert await error_of(client.conversations_unarchive(channel=channel)) == "not_in_channel"
    assert await error_of(client.conversations_archive(channel="C0GENERAL01")) == "cant_archive_general"
    assert await error_of(client.conversations_archive(channel="C0INCIDEN02")) == "not_in_channel"
    assert (await hand.post(f"channels/{channel}/unarchive"))["ok"]
    assert (await hand.post(f"channels/{channel}/unarchive"))["error"] == "not_archived"


async def test_invite(client: AsyncWebClient) -> None:
    channel = await made(client)
    await client.conversations_invite(channel=channel, users=[ADA, GRACE])
    assert (await client.conversations_members(channel=channel))["members"] == [BOT, ADA, GRACE]
    for users, error in (
        (ADA, "already_in_channel"),
        (BOT, "cant_invite_self"),
        ("U404", "user_not_found"),
        (",", "no_user"),
        (",".join(["U1"] * 101), "too_many_users"),
    ):
        assert await error_of(client.conversations_invite(channel=channel, users=users)) == error
    assert await error_of(client.conversations_invite(channel="C0INCIDEN02", users=ADA)) == "not_in_channel"
    forced = await client.conversations_invite(channel=channel, users=[ADA, LINUS], force=True)
    assert forced["channel"]["num_members"] == 4
    assert forced["errors"] == [{"ok": False, "error": "already_in_channel", "user": ADA}]
    direct = (await client.conversations_open(users=ADA))["channel"]["id"]
    refused = await error_of(client.conversations_invite(channel=direct, users=LINUS))
    assert refused == "method_not_supported_for_channel_type"


async def test_kick(client: AsyncWebClient) -> None:
    channel = await made(client)
    await client.conversations_invite(channel=channel, users=ADA)
    await client.conversations_kick(channel=channel, user=ADA)
    assert await error_of(client.conversations_kick(channel=channel, user=ADA)) == "not_in_channel"
    assert await error_of(client.conversations_kick(channel=channel, user=BOT)) == "cant_kick_self"
    assert (
        await error_of(client.conversations_kick(channel="C0GENERAL01", user=ADA)) == "cant_kick_from_general"
    )
    direct = (await client.conversations_open(users=ADA))["channel"]["id"]
    assert (
        await error_of(client.conversations_kick(channel=direct, user=ADA))
        == "method_not_supported_for_channel_type"
    )


async def test_join_and_leave(client: AsyncWebClient, hand: Hand) -> None:
    assert (await client.conversations_join(channel="C0INCIDEN02"))["channel"]["is_member"]
    assert (await client.conversations_join(channel="C0INCIDEN02"))["warning"] == "already_in_channel"
    await client.conversations_leave(channel="C0INCIDEN02")
    assert (await client.conversations_leave(channel="C0INCIDEN02"))["not_in_channel"]
    assert await error_of(client.conversations_leave(channel="C0GENERAL01")) == "cant_leave_general"
    private = (await hand.post("channels", name="secret", private=True))["channel"]["id"]
    assert await error_of(client.conversations_join(channel=private)) == "channel_not_found"
    await hand.post("channels/secret/invite", users=["tocsin"])
    assert (
        await error_of(client.conversations_join(channel=private)) == "method_not_supported_for_channel_type"
    )
    direct = (await client.conversations_open(users=ADA))["channel"]["id"]
    assert (
        await error_of(client.conversations_leave(channel=direct)) == "method_not_supported_for_channel_type"
    )


async def test_list_is_paged_and_filtered(client: AsyncWebClient) -> None:
    for number in range(3):
        await made(client, f"inc-{number}")
    closed = await made(client, "closed", is_private=True)
    await client.conversations_archive(channel=closed)
    names: list[str] = []
    cursor = ""
    while True:
        answer = await client.conversations_list(limit=2, cursor=cursor)
        names += [channel["name"] for channel in answer["channels"]]
        cursor = answer["response_metadata"]["next_cursor"]
        if not cursor:
            break
    assert names == ["general", "incidents", "inc-0", "inc-1", "inc-2"]
    private = await client.conversations_list(types="private_channel")
    assert [channel["is_private"] for channel in private["channels"]] == [True]
    assert not (await client.conversations_list(types="private_channel", exclude_archived=True))["channels"]
    mine = await client.users_conversations(types="public_channel,private_channel", exclude_archived=True)
    assert [channel["name"] for channel in mine["channels"]] == ["inc-0", "inc-1", "inc-2"]
    assert await error_of(client.conversations_list(types="rooms")) == "invalid_types"
    assert await error_of(client.conversations_list(cursor="x")) == "invalid_cursor"
    assert await error_of(client.conversations_list(cursor="bmV4dDotMQ==")) == "invalid_cursor"
    assert await error_of(client.conversations_list(limit=5000)) == "invalid_limit"
    assert await error_of(client.api_call("conversations.list", params={"limit": "x"})) == "invalid_limit"


async def test_direct_messages(client: AsyncWebClient) -> None:
    opened = (await client.conversations_open(users=ADA))["channel"]["id"]
    assert (await client.conversations_open(channel=opened, return_im=True))["channel"]["user"] == ADA
    group = (await client.conversations_open(users=[ADA, GRACE], return_im=True))["channel"]
    assert group["is_mpim"]
    assert (await client.conversations_list(types="im,mpim"))["channels"][0]["id"] == opened
    assert await error_of(client.conversations_open(users="")) == "users_list_not_supplied"
    assert await error_of(client.conversations_open(users="U404")) == "user_not_found"
    assert await error_of(client.conversations_open(users=["U1"] * 9)) == "too_many_users"


async def test_mark(client: AsyncWebClient) -> None:
    channel = await made(client)
    assert (await client.conversations_mark(channel=channel, ts="1.000000"))["ok"]
    assert await error_of(client.conversations_mark(channel="C0GENERAL01", ts="1.0")) == "not_in_channel"
