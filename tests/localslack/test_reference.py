"""Each method is declared as the method reference has it: arguments, JSON, tier, scopes, errors."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from bot.localslack.api.endpoint import METHODS
from bot.localslack.api.gate import EVERYWHERE
from bot.localslack.settings import ALL_SCOPES

if TYPE_CHECKING:
    from pathlib import Path

    from bot.localslack.api.table import Method

TIERS = {"t1": 1, "t2": 2, "t3": 3, "t4": 4, "t5": 5}
BEYOND_THE_REFERENCE = {
    # in Slack's answers, but in no list of that method's errors
    "users.list": {"invalid_limit"},
    "conversations.invite": {"too_many_users"},
    "conversations.history": {"invalid_limit"},
    "conversations.replies": {"invalid_limit"},
    "conversations.unarchive": {"not_in_channel"},
    "chat.postMessage": {"invalid_attachments"},
    "chat.update": {"msg_blocks_too_long", "is_archived"},
    "chat.postEphemeral": {"msg_blocks_too_long", "not_in_channel"},
    "users.conversations": {"user_not_found"},
    "views.publish": {"user_not_found"},
    "files.completeUploadExternal": {"cannot_reply_to_message", "is_archived"},
}


@pytest.fixture(params=sorted(METHODS))
def pair(request: pytest.FixtureRequest, shared: Path) -> tuple[Method, dict[str, Any]]:
    method = METHODS[request.param]
    return method, json.loads((shared / "slack-api" / "methods" / f"{method.name}.json").read_text())


def test_agrees_with_the_reference(pair: tuple[Method, dict[str, Any]]) -> None:
    method, reference = pair
    assert set(method.required) == set(reference["args"].get("required", [])) - {"token"}
    assert method.takes_json == bool(reference.get("json_input_supported"))
    assert method.tier == TIERS[reference["rate_limits"]]
    documented = set(reference.get("errors", {})) | EVERYWHERE | BEYOND_THE_REFERENCE.get(method.name, set())
    assert method.errors <= documented


def test_scopes_are_among_the_documented(pair: tuple[Method, dict[str, Any]]) -> None:
    method, reference = pair
    any_of = [method.scopes] if isinstance(method.scopes, tuple) else list(method.scopes.values())
    used = {scope for scopes in any_of for scope in scopes}
    assert used <= set(reference.get("scope", {}).get("bot") or ())
    assert used <= set(ALL_SCOPES)
