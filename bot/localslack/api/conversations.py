"""Channels as such: creating, describing, listing, naming, closing."""

from collections.abc import Sequence

from bot.localslack import channels
from bot.localslack.api.call import Call, Json
from bot.localslack.api.paging import page
from bot.localslack.api.table import MANAGE, READ, TOPIC, MethodTable
from bot.localslack.errors import SlackError
from bot.localslack.model import Channel
from bot.localslack.present import channel_json
from bot.localslack.workspace import visible

METHODS = MethodTable()
KINDS = {"public_channel": "public", "private_channel": "private", "im": "im", "mpim": "mpim"}
_NAMES = (
    "invalid_name_required invalid_name_maxlength invalid_name_specials invalid_name_punctuation name_taken"
)
_CLOSED = "channel_not_found not_in_channel is_archived method_not_supported_for_channel_type"


def listed(call: Call, found: Sequence[Channel]) -> Json:
    """Return a page of those channels that the bot may see and the call asks for."""
    kinds = [KINDS.get(name) for name in call.names("types") or ["public_channel"]]
    if None in kinds:
        raise SlackError("invalid_types")
    no_archived = call.flag("exclude_archived")
    shown = [
        c for c in found if c.kind in kinds and visible(c, call.bot) and not (no_archived and c.is_archived)
    ]
    part, more = page(call, shown)
    return {"channels": [channel_json(call.workspace, channel, call.bot) for channel in part], **more}


@METHODS.method("conversations.create", tier=2, scopes=MANAGE, required=("name",), errors=_NAMES)
def create(call: Call) -> Json:
    """Create a channel; the bot is its first member."""
    channel = channels.create(call.workspace, call.bot, call.text("name"), private=call.flag("is_private"))
    return _channel(call, channel)


@METHODS.method(
    "conversations.info",
    tier=3,
    scopes=READ,
    required=("channel",),
    errors="channel_not_found",
    takes_json=False,
)
def info(call: Call) -> Json:
    """Describe a channel."""
    answer = _channel(call, call.channel())
    if not call.flag("include_num_members"):
        answer["channel"].pop("num_members", None)
    return answer


@METHODS.method(
    "conversations.list",
    tier=2,
    scopes=READ,
    errors="invalid_cursor invalid_limit invalid_types",
    takes_json=False,
)
def list_channels(call: Call) -> Json:
    """List the workspace's channels."""
    return listed(call, list(call.workspace.channels.values()))


@METHODS.method(
    "conversations.rename",
    tier=2,
    scopes=MANAGE,
    required=("channel", "name"),
    errors=f"{_NAMES} {_CLOSED} not_authorized",
)
def rename(call: Call) -> Json:
    """Give a channel another name."""
    return _channel(call, channels.rename(call.workspace, call.bot, call.channel(), call.text("name")))


@METHODS.method(
    "conversations.setTopic",
    tier=2,
    scopes=TOPIC,
    required=("channel", "topic"),
    errors=f"{_CLOSED} too_long",
)
def set_topic(call: Call) -> Json:
    """Set the topic."""
    return _channel(call, channels.set_topic(call.workspace, call.bot, call.channel(), call.text("topic")))


@METHODS.method(
    "conversations.setPurpose",
    tier=2,
    scopes=TOPIC,
    required=("channel", "purpose"),
    errors=f"{_CLOSED} too_long",
)
def set_purpose(call: Call) -> Json:
    """Set the purpose."""
    return _channel(
        call, channels.set_purpose(call.workspace, call.bot, call.channel(), call.text("purpose"))
    )


@METHODS.method(
    "conversations.archive",
    tier=2,
    scopes=MANAGE,
    required=("channel",),
    errors="channel_not_found not_in_channel already_archived cant_archive_general "
    "method_not_supported_for_channel_type",
)
def archive(call: Call) -> Json:
    """Close a channel."""
    channels.archive(call.workspace, call.bot, call.channel())
    return {}


@METHODS.method(
    "conversations.unarchive",
    tier=2,
    scopes=MANAGE,
    required=("channel",),
    errors="channel_not_found not_archived not_in_channel",
)
def unarchive(call: Call) -> Json:
    """Refuse: a bot is no longer in an archived channel, and only a person's token can open it again."""
    if not call.channel().is_archived:
        raise SlackError("not_archived")
    raise SlackError("not_in_channel")


@METHODS.method(
    "conversations.mark",
    tier=3,
    scopes=MANAGE,
    required=("channel", "ts"),
    errors="channel_not_found not_in_channel",
)
def mark(call: Call) -> Json:
    """Move the bot's read mark."""
    channels.mark_read(call.workspace, call.bot, call.channel(), call.text("ts"))
    return {}


def _channel(call: Call, channel: Channel) -> Json:
    return {"channel": channel_json(call.workspace, channel, call.bot)}
