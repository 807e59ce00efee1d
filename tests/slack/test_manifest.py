from __future__ import annotations

import json
import re
from pathlib import Path

from bot.slack.manifest import SCOPES, SCOPES_OF, manifest, missing_scopes

ROOM = Path(__file__).resolve().parents[2] / "bot" / "slack"
_CALL = re.compile(r'"((?:auth|chat|conversations|usergroups|users|views)\.[a-zA-Z.]+)"')


def test_every_method_that_the_room_calls_has_its_scopes_named() -> None:
    called = {
        name
        for path in ROOM.rglob("*.py")
        if path.name != "manifest.py"
        for name in _CALL.findall(path.read_text())
    }
    assert called == set(SCOPES_OF)


def test_the_scopes_cover_slacks_reference(shared: Path) -> None:
    for method in SCOPES_OF:
        reference = json.loads((shared / "slack-api" / "methods" / f"{method}.json").read_text())
        any_of = set(reference.get("scope", {}).get("bot", ()))
        assert not any_of or any_of & set(SCOPES), method


def test_over_http_every_address_is_the_same() -> None:
    made = manifest(request_url="https://x.example/slack/events")
    assert made["settings"]["socket_mode_enabled"] is False
    assert json.dumps(made).count("https://x.example/slack/events") == 3
    assert made["settings"]["event_subscriptions"]["bot_events"] == ["app_home_opened", "app_mention"]


def test_over_sockets_there_is_no_address() -> None:
    made = manifest("A name that is much too long for an app of Slack's")
    assert made["settings"]["socket_mode_enabled"] is True
    assert "url" not in json.dumps(made)
    assert len(made["display_information"]["name"]) == 35


def test_what_was_not_granted_is_named() -> None:
    assert missing_scopes(SCOPES) == []
    assert missing_scopes([]) == list(SCOPES)
