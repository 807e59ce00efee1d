"""Posting, changing and decorating messages, and what others hear of it."""

import re
from dataclasses import dataclass, replace
from typing import Any

from bot.localslack.errors import SlackError
from bot.localslack.model import Channel, Message, Pin
from bot.localslack.present import message_json
from bot.localslack.workspace import Workspace

MAX_TEXT = 40_000
MAX_UPDATED_TEXT = 4_000
MAX_PINS = 100
MAX_REACTIONS = 23
_EMOJI = re.compile(r"[a-z0-9_+'-]+(::skin-tone-[2-6])?")
_SUFFIX = {"public": "channels", "private": "groups", "im": "im", "mpim": "mpim"}
_CHANNEL_TYPE = {"public": "channel", "private": "group", "im": "im", "mpim": "mpim"}


@dataclass(frozen=True, slots=True)
class Draft:
    """What someone wants to post, already validated."""

    text: str = ""
    blocks: tuple[dict[str, Any], ...] = ()
    attachments: tuple[dict[str, Any], ...] = ()
    metadata: dict[str, Any] | None = None
    thread_ts: str | None = None
    broadcast: bool = False
    username: str | None = None
    icon_emoji: str | None = None
    files: tuple[str, ...] = ()


def post(
    workspace: Workspace, author: str, channel: Channel, draft: Draft, *, only_for: str | None = None
) -> Message:
    """Post a message that everyone in the channel sees, or with `only_for` that one user sees."""
    if channel.is_archived:
        raise SlackError("is_archived")
    message = Message(
        channel=channel.id,
        ts=workspace.timestamps.next(),
        user=author,
        text=draft.text[:MAX_TEXT],
        blocks=draft.blocks,
        attachments=draft.attachments,
        metadata=draft.metadata or None,
        thread_ts=_root(workspace, channel, draft.thread_ts),
        broadcast=draft.broadcast,
        bot_id=workspace.users[author].bot_id or None,
        username=draft.username,
        icon_emoji=draft.icon_emoji,
        files=draft.files,
        only_for=only_for,
    )
    workspace.put(message)
    if message.thread_ts:  # its parent now shows one reply more
        workspace.put(workspace.messages[channel.id][message.thread_ts])
    if only_for is None:
        _mark_own(workspace, author, channel.id, message.ts)
        _announce(workspace, channel, message)
    return message


def post_notice(workspace: Workspace, channel: Channel, user: str, subtype: str, text: str) -> Message:
    """Post one of Slack's own lines, such as "has joined the channel"."""
    message = Message(channel.id, workspace.timestamps.next(), user, text, subtype=subtype)
    workspace.put(message)
    _mark_own(workspace, user, channel.id, message.ts)
    _emit_message(workspace, channel, message_json(workspace, message))
    return message


def update(workspace: Workspace, editor: str, channel: Channel, message: Message, draft: Draft) -> Message:
    """Put a draft in a message's place; text, blocks and metadata come from the draft."""
    edited = {"user": editor, "ts": f"{workspace.now()}.000000"}
    changed = replace(
        message,
        text=draft.text,
        blocks=draft.blocks,
        attachments=draft.attachments,
        metadata=message.metadata if draft.metadata is None else draft.metadata or None,
        broadcast=message.broadcast or draft.broadcast,
        edited=edited,
    )
    workspace.put(changed)
    if message.only_for is None:
        body = {
            "message": message_json(workspace, changed),
            "previous_message": message_json(workspace, message),
        }
        _emit_message(workspace, channel, {"subtype": "message_changed", **body, "hidden": True})
    return changed


def delete(workspace: Workspace, channel: Channel, message: Message) -> None:
    """Take a message away, its pin included."""
    workspace.put(replace(message, deleted=True, text="", blocks=(), attachments=(), metadata=None))
    channel = workspace.channels[channel.id]
    if any(pin.ts == message.ts for pin in channel.pins):
        workspace.put(replace(channel, pins=tuple(pin for pin in channel.pins if pin.ts != message.ts)))
    if message.only_for is None:
        body = {
            "deleted_ts": message.ts,
            "previous_message": message_json(workspace, message),
            "hidden": True,
        }
        _emit_message(workspace, channel, {"subtype": "message_deleted", **body})


def react(workspace: Workspace, actor: str, message: Message, name: str) -> None:
    """Add the actor's reaction."""
    name = _emoji_name(name)
    users = message.reactions.get(name, ())
    if actor in users:
        raise SlackError("already_reacted")
    if name not in message.reactions and len(message.reactions) >= MAX_REACTIONS:
        raise SlackError("too_many_emoji")
    workspace.put(replace(message, reactions={**message.reactions, name: (*users, actor)}))
    _emit_reaction(workspace, "reaction_added", actor, message, name)


def unreact(workspace: Workspace, actor: str, message: Message, name: str) -> None:
    """Take the actor's reaction back."""
    name = _emoji_name(name)
    users = message.reactions.get(name, ())
    if actor not in users:
        raise SlackError("no_reaction")
    left = tuple(user for user in users if user != actor)
    reactions = {key: value for key, value in message.reactions.items() if key != name}
    workspace.put(replace(message, reactions={**reactions, name: left} if left else reactions))
    _emit_reaction(workspace, "reaction_removed", actor, message, name)


def pin(workspace: Workspace, actor: str, channel: Channel, message: Message) -> None:
    """Pin a message to its channel."""
    if message.only_for:
        raise SlackError("not_pinnable")
    if any(pin.ts == message.ts for pin in channel.pins):
        raise SlackError("already_pinned")
    if len(channel.pins) >= MAX_PINS:
        raise SlackError("too_many_pins")
    workspace.put(replace(channel, pins=(*channel.pins, Pin(message.ts, actor, workspace.now()))))
    workspace.emit("pin_added", {"user": actor, "channel_id": channel.id}, channel)


def unpin(workspace: Workspace, actor: str, channel: Channel, message: Message) -> None:
    """Take a pin out."""
    left = tuple(pin for pin in channel.pins if pin.ts != message.ts)
    if len(left) == len(channel.pins):
        raise SlackError("no_pin")
    workspace.put(replace(channel, pins=left))
    workspace.emit("pin_removed", {"user": actor, "channel_id": channel.id}, channel)


def _root(workspace: Workspace, channel: Channel, thread_ts: str | None) -> str | None:
    """Return the thread's first message: a reply to a reply belongs to the same thread."""
    if thread_ts is None:
        return None
    parent = workspace.messages.get(channel.id, {}).get(thread_ts)
    if parent is None or parent.deleted:
        raise SlackError("cannot_reply_to_message")
    return parent.thread_ts or thread_ts


def _mark_own(workspace: Workspace, author: str, channel_id: str, ts: str) -> None:
    channel = workspace.channels[channel_id]
    if author in channel.members:
        workspace.put(replace(channel, last_read={**channel.last_read, author: ts}))


def _announce(workspace: Workspace, channel: Channel, message: Message) -> None:
    body = message_json(workspace, message)
    _emit_message(workspace, channel, body)
    if f"<@{workspace.app.bot_user_id}" in message.text and not message.bot_id:
        mention = {**body, "type": "app_mention", "channel": channel.id, "event_ts": message.ts}
        workspace.emit("app_mention", mention, channel)


def _emit_message(workspace: Workspace, channel: Channel, body: dict[str, Any]) -> None:
    stamp = body.get("ts") or workspace.timestamps.next()
    extra = {
        "channel": channel.id,
        "channel_type": _CHANNEL_TYPE[channel.kind],
        "event_ts": stamp,
        "ts": stamp,
    }
    workspace.emit(f"message.{_SUFFIX[channel.kind]}", {**body, **extra, "type": "message"}, channel)


def _emit_reaction(workspace: Workspace, event: str, actor: str, message: Message, name: str) -> None:
    item = {"type": "message", "channel": message.channel, "ts": message.ts}
    body = {"user": actor, "reaction": name, "item": item, "item_user": message.user}
    workspace.emit(
        event, {**body, "event_ts": workspace.timestamps.next()}, workspace.channels[message.channel]
    )


def _emoji_name(name: str) -> str:
    name = name.strip(":")
    if not _EMOJI.fullmatch(name):
        raise SlackError("invalid_name")
    return name
