"""The records as Slack's JSON objects."""

from typing import Any

from bot.localslack.model import Bookmark, Channel, File, Message, Note, User, Usergroup, View
from bot.localslack.workspace import Workspace

Json = dict[str, Any]


def user_json(workspace: Workspace, user: User) -> Json:
    """Return a user object."""
    profile = {
        "real_name": user.real_name,
        "real_name_normalized": user.real_name,
        "display_name": user.name,
        "display_name_normalized": user.name,
        "team": workspace.settings.team_id,
        **({"email": user.email} if user.email else {}),
        **({"bot_id": user.bot_id, "api_app_id": workspace.app.app_id} if user.bot_id else {}),
    }
    return {
        "id": user.id,
        "team_id": workspace.settings.team_id,
        "name": user.name,
        "deleted": user.deleted,
        "color": user.color,
        "real_name": user.real_name,
        "tz": user.tz,
        "tz_label": user.tz,
        "tz_offset": 0,
        "profile": profile,
        "is_admin": user.is_admin,
        "is_owner": False,
        "is_primary_owner": False,
        "is_restricted": False,
        "is_ultra_restricted": False,
        "is_bot": user.is_bot,
        "is_app_user": False,
        "updated": 0,
    }


def usergroup_json(workspace: Workspace, group: Usergroup) -> Json:
    """Return a user group object, members included."""
    return {
        "id": group.id,
        "team_id": workspace.settings.team_id,
        "is_usergroup": True,
        "name": group.name,
        "handle": group.handle,
        "description": "",
        "is_external": False,
        "date_delete": 0,
        "users": list(group.users),
        "user_count": len(group.users),
        "prefs": {"channels": [], "groups": []},
    }


def note_json(note: Note) -> Json:
    """Return a topic or purpose."""
    return {"value": note.value, "creator": note.creator, "last_set": note.last_set}


def channel_json(workspace: Workspace, channel: Channel, viewer: str) -> Json:
    """Return a conversation object as the viewer sees it."""
    common = {
        "id": channel.id,
        "created": channel.created,
        "creator": channel.creator,
        "is_archived": channel.is_archived,
        "is_im": channel.kind == "im",
        "is_mpim": channel.kind == "mpim",
        "is_org_shared": False,
        "context_team_id": workspace.settings.team_id,
        "updated": channel.created * 1000,
    }
    if channel.kind == "im":
        other = next((member for member in channel.members if member != viewer), viewer)
        return {**common, "user": other, "is_user_deleted": False, "priority": 0}
    return {
        **common,
        "name": channel.name,
        "name_normalized": channel.name,
        "is_channel": channel.kind == "public",
        "is_group": channel.kind == "private",
        "is_private": channel.kind != "public",
        "is_general": channel.is_general,
        "is_member": viewer in channel.members,
        "is_shared": False,
        "is_ext_shared": False,
        "pending_shared": [],
        "is_pending_ext_shared": False,
        "unlinked": 0,
        "topic": note_json(channel.topic),
        "purpose": note_json(channel.purpose),
        "previous_names": list(channel.previous_names),
        "num_members": len(channel.members),
    }


def message_json(workspace: Workspace, message: Message, *, metadata: bool = False) -> Json:
    """Return a message object; `metadata` adds what the app attached to it."""
    body: Json = {"type": "message", "user": message.user, "ts": message.ts, "text": message.text}
    optional = {
        "subtype": message.subtype or ("thread_broadcast" if message.broadcast else None),
        "blocks": list(message.blocks),
        "attachments": list(message.attachments),
        "thread_ts": message.thread_ts,
        "edited": message.edited,
        "username": message.username,
        "bot_id": message.bot_id,
        "app_id": workspace.app.app_id if message.bot_id else None,
        "files": [file_json(workspace.files[f]) for f in message.files if f in workspace.files],
        "reactions": [_reaction(name, users) for name, users in message.reactions.items()],
        "metadata": message.metadata if metadata else None,
    }
    body.update({key: value for key, value in optional.items() if value})
    body["team"] = workspace.settings.team_id
    return body | _thread(workspace, message)


def view_json(workspace: Workspace, view: View) -> Json:
    """Return a view object: what the app sent, with the ids and the state that Slack adds."""
    return {
        "id": view.id,
        "team_id": workspace.settings.team_id,
        "type": view.kind,
        "blocks": view.payload.get("blocks", []),
        "private_metadata": view.payload.get("private_metadata", ""),
        "callback_id": view.payload.get("callback_id", ""),
        "title": view.payload.get("title"),
        "submit": view.payload.get("submit"),
        "close": view.payload.get("close"),
        "state": {"values": view.values},
        "hash": view.hash,
        "clear_on_close": bool(view.payload.get("clear_on_close", False)),
        "notify_on_close": bool(view.payload.get("notify_on_close", False)),
        "root_view_id": view.root_id,
        "previous_view_id": view.previous_id,
        "external_id": view.external_id,
        "app_id": workspace.app.app_id,
        "app_installed_team_id": workspace.settings.team_id,
        "bot_id": workspace.app.bot_id,
    }


def bookmark_json(bookmark: Bookmark, channel: Channel) -> Json:
    """Return a bookmark object."""
    return {
        "id": bookmark.id,
        "channel_id": channel.id,
        "title": bookmark.title,
        "link": bookmark.link,
        "emoji": bookmark.emoji,
        "icon_url": None,
        "type": "link",
        "entity_id": None,
        "date_created": bookmark.created,
        "date_updated": bookmark.updated,
        "rank": "g",
        "last_updated_by_user_id": bookmark.user,
        "shortcut_id": None,
        "app_id": None,
    }


def file_json(file: File) -> Json:
    """Return a file object, without its content."""
    return {
        "id": file.id,
        "name": file.name,
        "title": file.title,
        "size": file.size,
        "user": file.user,
        "created": file.created,
        "timestamp": file.created,
        "channels": list(file.channels),
        "filetype": file.name.rpartition(".")[2] or "text",
        "mimetype": "application/octet-stream",
        "url_private": f"/files/{file.id}/{file.name}",
        "is_public": True,
    }


def _reaction(name: str, users: tuple[str, ...]) -> Json:
    return {"name": name, "users": list(users), "count": len(users)}


def _thread(workspace: Workspace, message: Message) -> Json:
    if message.thread_ts:
        return {}
    replies = [m for m in workspace.timeline(message.channel) if m.thread_ts == message.ts]
    if not replies:
        return {}
    return {
        "thread_ts": message.ts,
        "reply_count": len(replies),
        "reply_users": sorted({reply.user for reply in replies}),
        "reply_users_count": len({reply.user for reply in replies}),
        "latest_reply": replies[-1].ts,
    }
