"""What is attached to messages and channels: `pins.*`, `bookmarks.*`, `reactions.*`."""

from bot.localslack import channels, messages
from bot.localslack.api.call import Call, Json
from bot.localslack.api.table import MethodTable
from bot.localslack.errors import SlackError, missing
from bot.localslack.model import Channel, Message
from bot.localslack.present import bookmark_json, message_json

METHODS = MethodTable()
_ITEM = "channel_not_found message_not_found no_item_specified"


@METHODS.method(
    "pins.add",
    tier=2,
    scopes=("pins:write",),
    required=("channel",),
    errors=f"{_ITEM} already_pinned too_many_pins not_pinnable not_in_channel",
)
def pin(call: Call) -> Json:
    """Pin a message."""
    channel, message = _item(call, member=True)
    messages.pin(call.workspace, call.bot, channel, message)
    return {}


@METHODS.method(
    "pins.remove", tier=2, scopes=("pins:write",), required=("channel",), errors=f"{_ITEM} no_pin"
)
def unpin(call: Call) -> Json:
    """Unpin a message."""
    channel, message = _item(call)
    messages.unpin(call.workspace, call.bot, channel, message)
    return {}


@METHODS.method(
    "pins.list",
    tier=2,
    scopes=("pins:read",),
    required=("channel",),
    errors="channel_not_found",
    takes_json=False,
)
def pins(call: Call) -> Json:
    """List the pinned messages, the latest first."""
    channel = call.channel()
    items = []
    for entry in reversed(channel.pins):
        message = message_json(call.workspace, call.workspace.messages[channel.id][entry.ts])
        body = {"type": "message", "channel": channel.id, "created": entry.created, "created_by": entry.user}
        items.append({**body, "message": {**message, "pinned_to": [channel.id]}})
    return {"items": items}


@METHODS.method(
    "reactions.add",
    tier=3,
    scopes=("reactions:write",),
    required=("channel", "name", "timestamp"),
    errors=f"{_ITEM} already_reacted too_many_emoji invalid_name is_archived",
)
def react(call: Call) -> Json:
    """Add the bot's reaction."""
    channel, message = _item(call)
    if channel.is_archived:
        raise SlackError("is_archived")
    messages.react(call.workspace, call.bot, message, call.text("name"))
    return {}


@METHODS.method(
    "reactions.remove",
    tier=2,
    scopes=("reactions:write",),
    required=("name",),
    errors=f"{_ITEM} no_reaction invalid_name",
)
def unreact(call: Call) -> Json:
    """Take the bot's reaction back."""
    _, message = _item(call)
    messages.unreact(call.workspace, call.bot, message, call.text("name"))
    return {}


@METHODS.method("reactions.get", tier=3, scopes=("reactions:read",), errors=_ITEM, takes_json=False)
def reactions(call: Call) -> Json:
    """Return a message with its reactions."""
    channel, message = _item(call)
    return {"type": "message", "channel": channel.id, "message": message_json(call.workspace, message)}


@METHODS.method(
    "bookmarks.add",
    tier=2,
    scopes=("bookmarks:write",),
    required=("title", "type"),
    errors="channel_not_found invalid_link invalid_bookmark_type too_many_bookmarks",
)
def add_bookmark(call: Call) -> Json:
    """Put a link into a channel's header."""
    channel = _bookmarked(call)
    if call.text("type") != "link":
        raise SlackError("invalid_bookmark_type")
    bookmark = channels.add_bookmark(
        call.workspace,
        call.bot,
        channel,
        title=call.text("title"),
        link=call.text("link"),
        emoji=call.text("emoji"),
    )
    return {"bookmark": bookmark_json(bookmark, channel)}


@METHODS.method("bookmarks.list", tier=3, scopes=("bookmarks:read",), errors="channel_not_found")
def bookmarks(call: Call) -> Json:
    """List a channel's bookmarks."""
    channel = _bookmarked(call)
    return {"bookmarks": [bookmark_json(bookmark, channel) for bookmark in channel.bookmarks]}


@METHODS.method(
    "bookmarks.edit", tier=2, scopes=("bookmarks:write",), errors="channel_not_found not_found invalid_link"
)
def edit_bookmark(call: Call) -> Json:
    """Change a bookmark."""
    channel = _bookmarked(call)
    changes: dict[str, str] = {
        name: call.text(name) for name in ("title", "link", "emoji") if name in call.args
    }
    bookmark = channels.edit_bookmark(call.workspace, channel, call.text("bookmark_id"), changes)
    return {"bookmark": bookmark_json(bookmark, channel)}


@METHODS.method("bookmarks.remove", tier=2, scopes=("bookmarks:write",), errors="channel_not_found not_found")
def remove_bookmark(call: Call) -> Json:
    """Take a bookmark out."""
    channels.remove_bookmark(call.workspace, _bookmarked(call), call.text("bookmark_id"))
    return {}


def _bookmarked(call: Call) -> Channel:
    if not call.text("channel_id"):
        raise missing("channel_id")
    return call.channel("channel_id")


def _item(call: Call, *, member: bool = False) -> tuple[Channel, Message]:
    if not call.text("timestamp"):
        raise SlackError("no_item_specified")
    channel = call.channel()
    if member and call.bot not in channel.members:
        raise SlackError("not_in_channel")
    return channel, call.message(channel, "timestamp")
