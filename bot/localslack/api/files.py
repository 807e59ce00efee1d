"""Uploading in two steps: `files.*`. The bytes go to `/upload/v1/<file id>` in between."""

from dataclasses import replace

from bot.localslack import messages
from bot.localslack.api.call import Call, Json
from bot.localslack.api.table import MethodTable
from bot.localslack.errors import SlackError, invalid
from bot.localslack.messages import Draft
from bot.localslack.model import Channel, File
from bot.localslack.present import file_json

METHODS = MethodTable()
MAX_BYTES = 16 * 1024 * 1024


@METHODS.method(
    "files.getUploadURLExternal",
    tier=4,
    scopes=("files:write",),
    required=("filename", "length"),
    errors="file_upload_size_restricted",
    takes_json=False,
)
def upload_url(call: Call) -> Json:
    """Return where to send a file's bytes."""
    size = call.number("length", 0)
    if not 0 < size <= MAX_BYTES:
        raise SlackError("file_upload_size_restricted")
    name = call.text("filename")
    file = File(call.workspace.ids("F"), name, name, size, call.bot, call.workspace.now())
    call.workspace.put(file)
    return {"upload_url": f"{call.base_url}/upload/v1/{file.id}", "file_id": file.id}


@METHODS.method(
    "files.completeUploadExternal",
    tier=4,
    scopes=("files:write",),
    required=("files",),
    errors="file_not_found channel_not_found not_in_channel cannot_reply_to_message is_archived",
)
def complete(call: Call) -> Json:
    """Make uploaded files visible, and share them in a channel if one is given."""
    asked = call.json("files", "invalid_arguments")
    if not isinstance(asked, list) or not all(isinstance(item, dict) for item in asked):
        raise invalid("invalid_arguments", ["must be an array of objects [json-pointer:/files]"])
    channels = [_shared_in(call, channel_id) for channel_id in _channel_ids(call)]
    files = [_uploaded(call, item) for item in asked]
    for file in files:
        call.workspace.put(replace(file, channels=tuple(channel.id for channel in channels)))
    for channel in channels:
        content = Draft(
            text=call.text("initial_comment"),
            thread_ts=call.text("thread_ts") or None,
            files=tuple(file.id for file in files),
        )
        messages.post(call.workspace, call.bot, channel, content)
    return {"files": [file_json(call.workspace.files[file.id]) for file in files]}


@METHODS.method(
    "files.info",
    tier=4,
    scopes=("files:read",),
    required=("file",),
    errors="file_not_found",
    takes_json=False,
)
def info(call: Call) -> Json:
    """Describe a file."""
    file = call.workspace.files.get(call.text("file"))
    if file is None or not file.complete:
        raise SlackError("file_not_found")
    return {"file": file_json(file), "comments": []}


def _channel_ids(call: Call) -> list[str]:
    return call.names("channel_id") or call.names("channels")


def _shared_in(call: Call, channel_id: str) -> Channel:
    channel = call.workspace.channel(channel_id, call.bot)
    if call.bot not in channel.members:
        raise SlackError("not_in_channel")
    return channel


def _uploaded(call: Call, item: Json) -> File:
    file = call.workspace.files.get(str(item.get("id")))
    if file is None or file.content is None:
        raise SlackError("file_not_found")
    done = replace(file, title=str(item.get("title") or file.title), complete=True)
    call.workspace.put(done)
    return done
