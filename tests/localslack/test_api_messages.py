"""`chat.*`, history, threads, pins, reactions, bookmarks and files through Slack's own client."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import aiohttp

from tests.localslack.harness import ADA, GRACE, Hand, error_of
from tests.localslack.kit import section

if TYPE_CHECKING:
    from slack_sdk.web.async_client import AsyncWebClient

    from bot.localslack.server import RunningLocalSlack

GENERAL, INCIDENTS = "C0GENERAL01", "C0INCIDEN02"
CARD = {"event_type": "card", "event_payload": {"key": "INC-1"}}


async def posted(client: AsyncWebClient, text: str = "hello", **more: object) -> str:
    return str((await client.chat_postMessage(channel=GENERAL, text=text, **more))["ts"])  # type: ignore[arg-type]  # by name


async def test_post_keeps_text_blocks_and_metadata(client: AsyncWebClient) -> None:
    ts = await posted(client, blocks=[section("*hi*")], metadata=CARD)
    plain = (await client.conversations_history(channel=GENERAL))["messages"][0]
    assert "metadata" not in plain
    (message,) = (await client.conversations_history(channel=GENERAL, include_all_metadata=True))["messages"]
    assert (message["ts"], message["metadata"], message["bot_id"]) == (ts, CARD, "B0LOCALBOT")
    assert message["blocks"] == [{**section("*hi*"), "block_id": "b0"}]


async def test_where_one_may_post(client: AsyncWebClient, hand: Hand, slack: RunningLocalSlack) -> None:
    assert (await client.chat_postMessage(channel="#incidents", text="by name"))["channel"] == INCIDENTS
    assert (await client.chat_postMessage(channel=ADA, text="to a person"))["channel"].startswith("D")
    assert await error_of(client.chat_postMessage(channel="C404", text="x")) == "channel_not_found"
    secret = (await hand.post("channels", name="secret", private=True))["channel"]["id"]
    assert await error_of(client.chat_postMessage(channel=secret, text="x")) == "channel_not_found"
    app = slack.slack.workspace.app
    narrow = tuple(scope for scope in app.scopes if scope != "chat:write.public")
    slack.slack.workspace.app = app.model_copy(update={"scopes": narrow})
    assert await error_of(client.chat_postMessage(channel=GENERAL, text="x")) == "not_in_channel"


async def test_content_is_validated(client: AsyncWebClient) -> None:
    assert (
        await error_of(client.api_call("chat.postMessage", params={"channel": GENERAL, "text": " "}))
        == "no_text"
    )
    assert (
        await error_of(client.chat_postMessage(channel=GENERAL, text="x", blocks=[{"type": "x"}]))
        == "invalid_blocks"
    )
    assert (
        await error_of(client.chat_postMessage(channel=GENERAL, text="x", blocks="{"))
        == "invalid_blocks_format"
    )
    torn = {"channel": GENERAL, "attachments": "{"}
    assert await error_of(client.api_call("chat.postMessage", params=torn)) == "invalid_attachments"
    both = client.api_call("chat.postMessage", params={"channel": GENERAL, "text": "x", "markdown_text": "y"})
    assert await error_of(both) == "markdown_text_conflict"
    await client.api_call("chat.postMessage", params={"channel": GENERAL, "markdown_text": "# hi"})
    (message,) = (await client.conversations_history(channel=GENERAL))["messages"]
    assert message["blocks"][0]["type"] == "markdown"
    long = await client.chat_postMessage(channel=GENERAL, text="x" * 41_000)
    assert len(long["message"]["text"]) == 40_000


async def test_update(client: AsyncWebClient, hand: Hand) -> None:
    ts = await posted(client, blocks=[section()], metadata=CARD)
    changed = await client.chat_update(channel=GENERAL, ts=ts, text="new")
    assert (changed["text"], changed["message"]["metadata"]) == ("new", CARD)
    assert "blocks" not in changed["message"]
    emptied = await client.chat_update(channel=GENERAL, ts=ts, text="new", metadata={})
    assert "metadata" not in emptied["message"]
    assert await error_of(client.chat_update(channel=GENERAL, ts=ts, text="x" * 4001)) == "msg_too_long"
    assert await error_of(client.chat_update(channel=GENERAL, ts="1.0", text="x")) == "message_not_found"
    theirs = (await hand.post("messages", channel="general", text="mine"))["ts"]
    assert await error_of(client.chat_update(channel=GENERAL, ts=theirs, text="x")) == "cant_update_message"
    assert await error_of(client.chat_delete(channel=GENERAL, ts=theirs)) == "cant_delete_message"


async def test_an_archived_channel_is_not_updated(client: AsyncWebClient) -> None:
    channel = (await client.conversations_create(name="inc"))["channel"]["id"]
    ts = (await client.chat_postMessage(channel=channel, text="x"))["ts"]
    await client.conversations_archive(channel=channel)
    assert await error_of(client.chat_update(channel=channel, ts=ts, text="y")) == "is_archived"
    assert await error_of(client.reactions_add(channel=channel, timestamp=ts, name="eyes")) == "is_archived"


async def test_delete_takes_the_pin_along(client: AsyncWebClient) -> None:
    await client.conversations_join(channel=GENERAL)
    ts = await posted(client)
    await client.pins_add(channel=GENERAL, timestamp=ts)
    await client.chat_delete(channel=GENERAL, ts=ts)
    assert not (await client.pins_list(channel=GENERAL))["items"]
    assert await error_of(client.chat_delete(channel=GENERAL, ts=ts)) == "message_not_found"


async def test_ephemeral_messages_are_for_one(client: AsyncWebClient, hand: Hand) -> None:
    ts = (await client.chat_postEphemeral(channel=GENERAL, user=ADA, text="only you"))["message_ts"]
    assert not (await client.conversations_history(channel=GENERAL))["messages"]
    assert [m["ts"] for m in await hand.messages("general", "ada")] == [ts]
    assert await hand.messages("general", "grace") == []
    assert (
        await error_of(client.chat_postEphemeral(channel=GENERAL, user="U404", text="x"))
        == "user_not_in_channel"
    )
    long = client.chat_postEphemeral(channel=GENERAL, user=ADA, text="x" * 4001)
    assert await error_of(long) == "msg_too_long"
    await hand.post("messages/delete", channel="general", ts=ts)
    assert await hand.messages("general", "ada") == []


async def test_threads(client: AsyncWebClient) -> None:
    root = await posted(client, "root")
    reply = await posted(client, "reply", thread_ts=root)
    again = await posted(client, "reply to a reply", thread_ts=reply, reply_broadcast=True)
    thread = await client.conversations_replies(channel=GENERAL, ts=reply, limit=2)
    assert [m["ts"] for m in thread["messages"]] == [root, reply]
    assert thread["has_more"]
    assert thread["messages"][0]["reply_count"] == 2
    top = (await client.conversations_history(channel=GENERAL))["messages"]
    assert [m["ts"] for m in top] == [again, root]
    assert await error_of(client.conversations_replies(channel=GENERAL, ts="1.0")) == "thread_not_found"
    lost = client.chat_postMessage(channel=GENERAL, text="x", thread_ts="1.0")
    assert await error_of(lost) == "cannot_reply_to_message"


async def test_history_has_a_range(client: AsyncWebClient, hand: Hand) -> None:
    first, second, third = [await posted(client, str(n)) for n in range(3)]
    inner = await client.conversations_history(channel=GENERAL, oldest=first, latest=third)
    assert [m["ts"] for m in inner["messages"]] == [second]
    whole = await client.conversations_history(
        channel=GENERAL, oldest=first, latest=third, inclusive=True, limit=2
    )
    assert [m["ts"] for m in whole["messages"]] == [third, second]
    assert whole["has_more"]
    assert await error_of(client.conversations_history(channel=GENERAL, oldest="x")) == "invalid_ts_oldest"
    direct = (await hand.post("direct", user="ada", users=["grace"]))["channel"]["id"]
    assert await error_of(client.conversations_history(channel=direct)) == "channel_not_found"


async def test_permalinks_lead_to_the_page(client: AsyncWebClient, slack: RunningLocalSlack) -> None:
    ts = await posted(client)
    link = (await client.chat_getPermalink(channel=GENERAL, message_ts=ts))["permalink"]
    assert link == f"{slack.url}archives/{GENERAL}/p{ts.replace('.', '')}"
    async with aiohttp.ClientSession() as session, session.get(link) as page:
        assert page.status == 200
    assert await error_of(client.chat_getPermalink(channel=GENERAL, message_ts="1.0")) == "message_not_found"


async def test_who_posts_may_be_customised_with_the_scope(
    client: AsyncWebClient, slack: RunningLocalSlack
) -> None:
    ts = await posted(client, username="Pager", icon_emoji=":pager:")
    assert slack.slack.workspace.messages[GENERAL][ts].username == "Pager"
    app = slack.slack.workspace.app
    narrow = tuple(scope for scope in app.scopes if scope != "chat:write.customize")
    slack.slack.workspace.app = app.model_copy(update={"scopes": narrow})
    assert (
        await error_of(client.chat_postMessage(channel=GENERAL, text="x", username="Pager"))
        == "missing_scope"
    )


async def test_pins(client: AsyncWebClient, hand: Hand) -> None:
    ts = await posted(client)
    assert await error_of(client.pins_add(channel=GENERAL, timestamp=ts)) == "not_in_channel"
    await client.conversations_join(channel=GENERAL)
    await client.pins_add(channel=GENERAL, timestamp=ts)
    assert await error_of(client.pins_add(channel=GENERAL, timestamp=ts)) == "already_pinned"
    assert [item["message"]["ts"] for item in (await client.pins_list(channel=GENERAL))["items"]] == [ts]
    await client.pins_remove(channel=GENERAL, timestamp=ts)
    assert await error_of(client.pins_remove(channel=GENERAL, timestamp=ts)) == "no_pin"
    assert await error_of(client.api_call("pins.add", params={"channel": GENERAL})) == "no_item_specified"
    whisper = (await client.chat_postEphemeral(channel=GENERAL, user=ADA, text="x"))["message_ts"]
    assert (await hand.post("messages/pin", channel="general", ts=whisper))["error"] == "not_pinnable"
    for number in range(100):
        await client.pins_add(channel=GENERAL, timestamp=await posted(client, str(number)))
    assert await error_of(client.pins_add(channel=GENERAL, timestamp=ts)) == "too_many_pins"


async def test_reactions(client: AsyncWebClient, hand: Hand) -> None:
    ts = await posted(client)
    place: dict[str, Any] = {"channel": GENERAL, "timestamp": ts}
    await client.reactions_add(name="eyes", **place)
    await hand.post("reactions", channel="general", ts=ts, name=":eyes:")
    (reaction,) = (await client.reactions_get(**place))["message"]["reactions"]
    assert (reaction["name"], reaction["users"]) == ("eyes", ["U0LOCALBOT", ADA])
    assert await error_of(client.reactions_add(name="eyes", **place)) == "already_reacted"
    assert await error_of(client.reactions_add(name="No Emoji", **place)) == "invalid_name"
    await client.reactions_remove(name="eyes", **place)
    assert await error_of(client.reactions_remove(name="eyes", **place)) == "no_reaction"
    await hand.post("reactions", channel="general", ts=ts, name="eyes", remove=True)
    assert "reactions" not in (await client.reactions_get(**place))["message"]
    for number in range(23):
        await client.reactions_add(name=f"e{number}", **place)
    assert await error_of(client.reactions_add(name="more", **place)) == "too_many_emoji"


async def test_bookmarks(client: AsyncWebClient) -> None:
    add = {"channel_id": GENERAL, "title": "Runbook", "type": "link"}
    bookmark = (await client.bookmarks_add(**add, link="https://example.com", emoji=":book:"))["bookmark"]
    place = {"channel_id": GENERAL, "bookmark_id": bookmark["id"]}
    await client.bookmarks_edit(**place, title="Guide")
    assert [b["title"] for b in (await client.bookmarks_list(channel_id=GENERAL))["bookmarks"]] == ["Guide"]
    assert await error_of(client.bookmarks_add(**add, link="javascript:x")) == "invalid_link"
    assert (
        await error_of(client.bookmarks_add(**{**add, "type": "file"}, link="https://x"))
        == "invalid_bookmark_type"
    )
    assert await error_of(client.api_call("bookmarks.list")) == "invalid_arguments"
    await client.bookmarks_remove(**place)
    assert await error_of(client.bookmarks_remove(**place)) == "not_found"
    for _ in range(100):
        await client.bookmarks_add(**add, link="https://example.com")
    assert await error_of(client.bookmarks_add(**add, link="https://example.com")) == "too_many_bookmarks"


async def test_files_go_up_in_two_steps(client: AsyncWebClient, slack: RunningLocalSlack) -> None:
    channel = (await client.conversations_create(name="inc"))["channel"]["id"]
    uploaded = await client.files_upload_v2(
        channel=channel, filename="postmortem.md", content="# What happened", initial_comment="Draft"
    )
    file_id = uploaded["files"][0]["id"]
    assert (await client.files_info(file=file_id))["file"]["channels"] == [channel]
    (message, *_) = (await client.conversations_history(channel=channel))["messages"]
    assert (message["text"], message["files"][0]["name"]) == ("Draft", "postmortem.md")
    async with aiohttp.ClientSession() as session:
        async with session.get(f"{slack.url.rstrip('/')}{message['files'][0]['url_private']}") as response:
            assert await response.text() == "# What happened"
        async with session.post(f"{slack.url}upload/v1/{file_id}", data=b"again") as response:
            assert response.status == 404
        async with session.get(f"{slack.url}files/F404/x") as response:
            assert response.status == 404


async def test_files_that_cannot_be(client: AsyncWebClient, slack: RunningLocalSlack) -> None:
    large = client.files_getUploadURLExternal(filename="x", length=2**30)
    assert await error_of(large) == "file_upload_size_restricted"
    assert await error_of(client.files_info(file="F404")) == "file_not_found"
    lost = {"files": json.dumps([{"id": "F404"}])}
    assert await error_of(client.api_call("files.completeUploadExternal", params=lost)) == "file_not_found"
    assert (
        await error_of(client.api_call("files.completeUploadExternal", params={"files": "{"}))
        == "invalid_arguments"
    )
    assert (
        await error_of(client.api_call("files.completeUploadExternal", params={"files": "1"}))
        == "invalid_arguments"
    )
    target = await client.files_getUploadURLExternal(filename="x", length=3)
    async with aiohttp.ClientSession() as session:
        form = aiohttp.FormData()
        form.add_field("file", b"abc", filename="x")
        async with session.post(target["upload_url"], data=form) as response:
            assert await response.text() == "OK - 3"
    done = {"files": json.dumps([{"id": target["file_id"]}]), "channel_id": INCIDENTS}
    assert await error_of(client.api_call("files.completeUploadExternal", params=done)) == "not_in_channel"
    assert GRACE in slack.slack.workspace.users
