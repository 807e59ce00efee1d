"""The payloads of interactions and commands, in Slack's shape."""

from typing import Any

from bot.localslack.model import Channel, Message, View
from bot.localslack.present import message_json, view_json
from bot.localslack.workspace import Workspace

Json = dict[str, Any]


def base(workspace: Workspace, kind: str, user_id: str) -> Json:
    """Return what every interaction carries."""
    settings, user = workspace.settings, workspace.users[user_id]
    person = {"id": user.id, "username": user.name, "name": user.name, "team_id": settings.team_id}
    return {
        "type": kind,
        "user": person,
        "team": {"id": settings.team_id, "domain": settings.team_domain},
        "api_app_id": settings.app.app_id,
        "token": settings.app.verification_token,
        "enterprise": None,
        "is_enterprise_install": False,
    }


def command(workspace: Workspace, user_id: str, channel: Channel, name: str, text: str) -> Json:
    """Return a slash command's form fields, without trigger and `response_url`."""
    settings = workspace.settings
    return {
        "token": settings.app.verification_token,
        "team_id": settings.team_id,
        "team_domain": settings.team_domain,
        "channel_id": channel.id,
        "channel_name": "directmessage" if channel.is_direct else channel.name,
        "user_id": user_id,
        "user_name": workspace.users[user_id].name,
        "command": name,
        "text": text,
        "api_app_id": settings.app.app_id,
        "is_enterprise_install": "false",
    }


def on_message(workspace: Workspace, channel: Channel, message: Message) -> Json:
    """Return where an action on a message took place."""
    container = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": channel.id,
        "is_ephemeral": message.only_for is not None,
    }
    if message.thread_ts:
        container["thread_ts"] = message.thread_ts
    return {
        "container": container,
        "channel": {"id": channel.id, "name": "directmessage" if channel.is_direct else channel.name},
        "message": message_json(workspace, message, metadata=True),
    }


def on_view(workspace: Workspace, view: View) -> Json:
    """Return where an action in a view took place."""
    return {"container": {"type": "view", "view_id": view.id}, "view": view_json(workspace, view)}
