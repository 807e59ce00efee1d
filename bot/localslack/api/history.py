"""Reading what was said: `conversations.history` and `.replies`."""

from collections.abc import Callable, Sequence

from bot.localslack.api.call import Call, Json
from bot.localslack.api.paging import page
from bot.localslack.api.table import HISTORY, MethodTable
from bot.localslack.errors import SlackError
from bot.localslack.ids import microseconds
from bot.localslack.model import Message
from bot.localslack.present import message_json

METHODS = MethodTable()
_RANGE = "channel_not_found invalid_cursor invalid_limit invalid_ts_latest invalid_ts_oldest"


@METHODS.method(
    "conversations.history", tier=3, scopes=HISTORY, required=("channel",), errors=f"{_RANGE} not_in_channel"
)
def history(call: Call) -> Json:
    """Return the channel's messages, newest first, without replies that stayed in their thread."""
    channel = call.channel()
    if channel.kind != "public" and call.bot not in channel.members:
        raise SlackError("not_in_channel")
    within = _range(call)
    top = [m for m in call.workspace.timeline(channel.id) if m.thread_ts in {None, m.ts} or m.broadcast]
    found = [m for m in reversed(top) if within(m)]
    part, more = page(call, found)
    return {
        **_messages(call, part),
        "has_more": bool(more["response_metadata"]["next_cursor"]),
        "pin_count": len(channel.pins),
        **more,
    }


@METHODS.method(
    "conversations.replies",
    tier=3,
    scopes=HISTORY,
    required=("channel", "ts"),
    errors=f"{_RANGE} thread_not_found",
    takes_json=False,
)
def replies(call: Call) -> Json:
    """Return a thread, oldest first, its parent included."""
    channel = call.channel()
    every = call.workspace.timeline(channel.id)
    asked = next((m for m in every if m.ts == call.text("ts")), None)
    if asked is None:
        raise SlackError("thread_not_found")
    root = asked.thread_ts or asked.ts
    within = _range(call)
    thread = [m for m in every if m.ts == root or (m.thread_ts == root and within(m))]
    part, more = page(call, thread)
    return {**_messages(call, part), "has_more": bool(more["response_metadata"]["next_cursor"]), **more}


def _messages(call: Call, messages: Sequence[Message]) -> Json:
    metadata = call.flag("include_all_metadata")
    return {"messages": [message_json(call.workspace, message, metadata=metadata) for message in messages]}


def _range(call: Call) -> Callable[[Message], bool]:
    oldest = _bound(call, "oldest", 0)
    latest = _bound(call, "latest", 2**63)
    inclusive = call.flag("inclusive")

    def within(message: Message) -> bool:
        ts = microseconds(message.ts)
        return oldest < ts < latest or (inclusive and ts in {oldest, latest})

    return within


def _bound(call: Call, name: str, default: int) -> int:
    value = call.text(name)
    try:
        return microseconds(value) if value else default
    except ValueError:
        raise SlackError(f"invalid_ts_{name}") from None
