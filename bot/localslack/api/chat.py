"""Posting, updating and deleting messages: `chat.*`."""

from bot.localslack import messages
from bot.localslack.api.call import Call, Json
from bot.localslack.api.table import MethodTable
from bot.localslack.blockkit.payloads import check_attachments, check_message_blocks, check_metadata
from bot.localslack.errors import SlackError
from bot.localslack.limits import POST_PER_CHANNEL, POST_PER_WORKSPACE
from bot.localslack.messages import MAX_UPDATED_TEXT, Draft
from bot.localslack.model import Channel, Message
from bot.localslack.present import message_json

METHODS = MethodTable()
_WRITE = ("chat:write",)
_CONTENT = (
    "no_text invalid_blocks invalid_blocks_format msg_blocks_too_long invalid_attachments "
    "too_many_attachments markdown_text_conflict"
)
_METADATA = "invalid_metadata_format invalid_metadata_schema metadata_too_large"


@METHODS.method(
    "chat.postMessage",
    tier=5,
    scopes=_WRITE,
    required=("channel",),
    errors=f"{_CONTENT} {_METADATA} channel_not_found not_in_channel is_archived cannot_reply_to_message",
)
def post_message(call: Call) -> Json:
    """Post to a channel, by id or name, or to a user."""
    channel = _destination(call)
    call.limit(f"chat.postMessage {channel.id}", POST_PER_CHANNEL)
    call.limit("chat.postMessage", POST_PER_WORKSPACE)
    message = messages.post(call.workspace, call.bot, channel, draft(call))
    return {"channel": channel.id, "ts": message.ts, "message": _present(call, message)}


@METHODS.method(
    "chat.postEphemeral",
    tier=4,
    scopes=_WRITE,
    required=("channel", "user"),
    errors=f"{_CONTENT} msg_too_long channel_not_found not_in_channel is_archived user_not_in_channel "
    "cannot_reply_to_message",
)
def post_ephemeral(call: Call) -> Json:
    """Post a message that one member of the channel sees."""
    channel = _destination(call)
    if call.text("user") not in channel.members:
        raise SlackError("user_not_in_channel")
    if len(call.text("text")) > MAX_UPDATED_TEXT:
        raise SlackError("msg_too_long")
    message = messages.post(call.workspace, call.bot, channel, draft(call), only_for=call.text("user"))
    return {"message_ts": message.ts}


@METHODS.method(
    "chat.update",
    tier=3,
    scopes=_WRITE,
    required=("channel", "ts"),
    errors=f"{_CONTENT} {_METADATA} msg_too_long channel_not_found message_not_found cant_update_message "
    "is_archived",
)
def update(call: Call) -> Json:
    """Replace a message of the bot's own."""
    channel = call.channel()
    message = _own(call, channel, "cant_update_message")
    if channel.is_archived:
        raise SlackError("is_archived")
    if len(call.text("text")) > MAX_UPDATED_TEXT:
        raise SlackError("msg_too_long")
    changed = messages.update(call.workspace, call.bot, channel, message, _kept(call, draft(call), message))
    return {"channel": channel.id, "ts": changed.ts, "text": changed.text, "message": _present(call, changed)}


@METHODS.method(
    "chat.delete",
    tier=3,
    scopes=_WRITE,
    required=("channel", "ts"),
    errors="channel_not_found message_not_found cant_delete_message",
)
def delete(call: Call) -> Json:
    """Delete a message of the bot's own."""
    channel = call.channel()
    message = _own(call, channel, "cant_delete_message")
    messages.delete(call.workspace, channel, message)
    return {"channel": channel.id, "ts": message.ts}


@METHODS.method(
    "chat.getPermalink",
    tier=5,
    required=("channel", "message_ts"),
    errors="channel_not_found message_not_found",
    takes_json=False,
)
def permalink(call: Call) -> Json:
    """Return the address at which a person sees the message."""
    channel = call.channel()
    message = call.message(channel, "message_ts")
    public = (call.workspace.settings.public_url or call.base_url).rstrip("/")
    return {
        "channel": channel.id,
        "permalink": f"{public}/archives/{channel.id}/p{message.ts.replace('.', '')}",
    }


def draft(call: Call) -> Draft:
    """Return the validated content of a call: text, blocks or attachments, at least one of them."""
    text = call.text("text")
    blocks = check_message_blocks(call.json("blocks", "invalid_blocks_format"))
    if markdown := call.text("markdown_text"):
        if text or blocks:
            raise SlackError("markdown_text_conflict")
        blocks = check_message_blocks([{"type": "markdown", "text": markdown}])
        text = markdown
    attachments = check_attachments(call.json("attachments", "invalid_attachments"))
    if not (text.strip() or blocks or attachments):
        raise SlackError("no_text")
    return Draft(
        text=text,
        blocks=blocks,
        attachments=attachments,
        metadata=check_metadata(call.json("metadata", "invalid_metadata_format")),
        thread_ts=call.text("thread_ts") or None,
        broadcast=call.flag("reply_broadcast"),
        username=_customised(call, "username"),
        icon_emoji=_customised(call, "icon_emoji"),
    )


def _kept(call: Call, new: Draft, old: Message) -> Draft:
    """Keep the attachments where an update does not mention them; text and blocks are what it says."""
    attachments = new.attachments if call.args.get("attachments") is not None else old.attachments
    return Draft(new.text, new.blocks, attachments, new.metadata, broadcast=new.broadcast)


def _destination(call: Call) -> Channel:
    """Return where to post: the bot must be a member, or may post to public channels by its scope."""
    asked = call.text("channel")
    named = call.workspace.channel_named(asked.removeprefix("#"))
    if asked in call.workspace.users:
        channel = call.workspace.direct([call.bot, asked])
    else:
        channel = call.workspace.channel(named.id if named else asked, call.bot)
    may_post = channel.kind == "public" and "chat:write.public" in call.workspace.app.scopes
    if call.bot not in channel.members and not may_post:
        raise SlackError("not_in_channel")
    if channel.is_archived:
        raise SlackError("is_archived")
    return channel


def _own(call: Call, channel: Channel, refusal: str) -> Message:
    message = call.message(channel, "ts")
    if message.user != call.bot or message.subtype or message.only_for:
        raise SlackError(refusal)
    return message


def _customised(call: Call, name: str) -> str | None:
    value = call.text(name)
    provided = call.workspace.app.scopes
    if value and "chat:write.customize" not in provided:
        raise SlackError("missing_scope", needed="chat:write.customize", provided=",".join(provided))
    return value or None


def _present(call: Call, message: Message) -> Json:
    return message_json(call.workspace, message, metadata=True)
