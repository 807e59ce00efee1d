"""The app's manifest, and whether a token was granted what it asks for. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from bot.slack.listeners.command import COMMAND
from bot.slack.listeners.events import EVENTS

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

SCOPES_OF: Final[Mapping[str, tuple[str, ...]]] = {
    "auth.test": (),
    "chat.postEphemeral": ("chat:write",),
    "chat.postMessage": ("chat:write",),
    "chat.update": ("chat:write",),
    "conversations.create": ("channels:manage",),
    "conversations.history": ("channels:history",),
    "conversations.info": ("channels:read",),
    "conversations.invite": ("channels:manage",),
    "conversations.list": ("channels:read",),
    "conversations.replies": ("channels:history",),
    "conversations.setTopic": ("channels:manage",),
    "usergroups.list": ("usergroups:read",),
    "usergroups.users.list": ("usergroups:read",),
    "users.info": ("users:read",),
    # Slack grants the e-mail scope only together with the plain one.
    "users.conversations": ("channels:read",),
    "users.lookupByEmail": ("users:read.email", "users:read"),
    "views.open": (),
    "views.publish": (),
}
"""Every Web API method that we call, and the bot scopes that it needs."""

SCOPES: Final = tuple(
    sorted({scope for scopes in SCOPES_OF.values() for scope in scopes} | {"commands", "app_mentions:read"})
)


def manifest(name: str = "Tocsin", request_url: str | None = None) -> dict[str, Any]:
    """The manifest to paste into Slack.

    With `request_url` (`https://.../slack/events`) for HTTP, without for Socket Mode, which needs an app
    token with `connections:write` besides.
    """
    address = {"url": request_url} if request_url else {}
    interactivity = {"is_enabled": True} | ({"request_url": request_url} if request_url else {})
    events: dict[str, Any] = {"bot_events": sorted(EVENTS)}
    return {
        "_metadata": {"major_version": 1},
        "display_information": {
            "name": name[:35],
            "description": "Opens a channel for an incident and explains it.",
            "background_color": "#7a1f1f",
        },
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": True,
            },
            "bot_user": {"display_name": name[:80].lower(), "always_online": True},
            "slash_commands": [
                {
                    "command": COMMAND,
                    "description": "Declare, see and resolve incidents",
                    "usage_hint": "declare | list | status | ack | resolve | blame | why | help",
                    "should_escape": False,
                    **address,
                }
            ],
        },
        "oauth_config": {"scopes": {"bot": list(SCOPES)}},
        "settings": {
            "event_subscriptions": events | ({"request_url": request_url} if request_url else {}),
            "interactivity": interactivity,
            "org_deploy_enabled": False,
            "socket_mode_enabled": request_url is None,
            "token_rotation_enabled": False,
        },
    }


def missing_scopes(granted: Collection[str]) -> list[str]:
    """The scopes of the manifest that a token (`WebApi.granted_scopes`) does not have.

    An install from a manifest may grant only some until the app is installed again.
    """
    return sorted(set(SCOPES) - set(granted))
