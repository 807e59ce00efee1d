"""The live feed of a page: server-sent events, one a record that changed and that its user may see."""

import asyncio
import json
from typing import Any

from aiohttp import web

from bot.localslack import present
from bot.localslack.model import Channel, Entity, File, Message, User, Usergroup, View
from bot.localslack.workspace import Workspace, visible

_KEEP_ALIVE = 15.0
_BEHIND = 1_000
Json = dict[str, Any]


def seen(workspace: Workspace, entity: Entity, viewer: str) -> Json | None:
    """Return a changed record as the viewer's page learns of it, or None if it is not for the viewer."""
    match entity:
        case User():
            return {"kind": "user", "value": present.user_json(workspace, entity)}
        case Usergroup():
            return {"kind": "usergroup", "value": present.usergroup_json(workspace, entity)}
        case Channel() if visible(entity, viewer):
            return {"kind": "channel", "value": channel_state(workspace, entity, viewer)}
        case Message() if _concerns(workspace, entity, viewer):
            return {"kind": "message", "value": message_state(workspace, entity)}
        case View(user=user) if user == viewer:
            value = present.view_json(workspace, entity) | {"is_open": entity.is_open}
            return {"kind": "view", "value": value}
        case File() | Channel() | Message() | View():
            return None


def channel_state(workspace: Workspace, channel: Channel, viewer: str) -> Json:
    """Return a channel as the page needs it: with members, unread count, pins and bookmarks."""
    read = channel.last_read.get(viewer, "0")
    unread = [m for m in workspace.timeline(channel.id, viewer) if m.ts > read and m.user != viewer]
    unread = [m for m in unread if m.thread_ts in {None, m.ts} and not m.subtype]
    return {
        **present.channel_json(workspace, channel, viewer),
        "kind": channel.kind,
        "name": channel.name,
        "members": list(channel.members),
        "unread": len(unread) if viewer in channel.members else 0,
        "pins": [pin.ts for pin in channel.pins],
        "bookmarks": [present.bookmark_json(bookmark, channel) for bookmark in channel.bookmarks],
        "topic": present.note_json(channel.topic),
    }


def message_state(workspace: Workspace, message: Message) -> Json:
    """Return a message as the page needs it: with its channel, its audience and whether it is gone."""
    return {
        **present.message_json(workspace, message, metadata=True),
        "channel": message.channel,
        "only_for": message.only_for,
        "deleted": message.deleted,
        "broadcast": message.broadcast,
        "icon_emoji": message.icon_emoji,
    }


async def serve(
    request: web.Request, workspace: Workspace, viewer: str, closing: asyncio.Event
) -> web.StreamResponse:
    """Send changes until the page goes away; a page that falls far behind is cut off and starts again."""
    queue: asyncio.Queue[Json] = asyncio.Queue(_BEHIND)
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
    await response.prepare(request)
    await response.write(b"retry: 500\n\n")

    def hear(entity: Entity) -> None:
        change = seen(workspace, entity, viewer)
        if change is not None and not queue.full():
            queue.put_nowait(change)
        if change is not None and isinstance(entity, Message):
            hear(workspace.channels[entity.channel])  # its unread count

    stop = workspace.watch(hear)
    try:
        while not closing.is_set() and not queue.full():
            await response.write(await _next(queue, closing))
    except ConnectionError:
        return response
    finally:
        stop()
    return response


async def _next(queue: asyncio.Queue[Json], closing: asyncio.Event) -> bytes:
    """Return what to send next: a change, or a comment that keeps the connection open."""
    getter = asyncio.ensure_future(queue.get())
    closer = asyncio.ensure_future(closing.wait())
    done, _ = await asyncio.wait({getter, closer}, timeout=_KEEP_ALIVE, return_when=asyncio.FIRST_COMPLETED)
    closer.cancel()
    if getter not in done:
        getter.cancel()
        return b": still here\n\n"
    return b"data: " + json.dumps(getter.result()).encode() + b"\n\n"


def _concerns(workspace: Workspace, message: Message, viewer: str) -> bool:
    channel = workspace.channels.get(message.channel)
    return channel is not None and visible(channel, viewer) and message.only_for in {None, viewer}
