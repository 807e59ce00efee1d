"""The checker finds what it is there to find."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.harness.method_reference import MethodReference

if TYPE_CHECKING:
    from pathlib import Path

GOOD: dict[str, Any] = {"channel": "C1", "text": "hello", "unfurl_links": False}


def call(method: str, arguments: dict[str, Any], content_type: str = "application/json") -> dict[str, Any]:
    return {"method": method, "arguments": arguments, "content_type": content_type}


@pytest.fixture
def reference(shared: Path) -> MethodReference:
    return MethodReference(shared / "slack-api" / "methods")


def test_good_calls_pass(reference: MethodReference) -> None:
    calls = [
        call("chat.postMessage", GOOD | {"blocks": [{"type": "divider"}]}),
        call("auth.test", {}),
        call("apps.connections.open", {}, ""),
        call("conversations.list", {"limit": "999", "exclude_archived": "true"}, ""),
        call("conversations.create", {"name": "inc-1-payments"}),
    ]
    assert reference.problems(calls) == []


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (call("chat.shout", {}), "is no method"),
        (call("chat.postMessage", GOOD | {"loud": True}), "does not know the argument loud"),
        (call("chat.postMessage", {"text": "hello"}), "needs the argument channel"),
        (call("users.lookupByEmail", {"email": "ada@example.com"}), "takes no JSON body"),
        (call("chat.postMessage", GOOD | {"unfurl_links": "no"}), "unfurl_links must be"),
        (call("chat.postMessage", GOOD | {"channel": 7}), "channel must be"),
        (call("conversations.list", {"exclude_archived": "perhaps"}, ""), "exclude_archived must be"),
        (call("chat.delete", {"channel": "C1", "ts": "1.2"}), "not among the manifest's methods"),
        (call("conversations.create", {"name": "Inc 1"}), "not one of a channel"),
        (call("conversations.setTopic", {"channel": "C1", "topic": "x" * 251}), "topic has more than 250"),
        (call("conversations.invite", {"channel": "C1", "users": "U," * 100 + "U"}), "more than 100 people"),
        (call("chat.postMessage", GOOD | {"blocks": [{}] * 51}), "51 blocks"),
        (call("chat.postMessage", GOOD | {"text": "", "blocks": [{}]}), "blocks without a text"),
        (call("chat.update", GOOD | {"ts": "1.2", "text": "x" * 4001}), "a text of 4001 characters"),
        (call("views.open", {"view": {"blocks": [{}] * 101}}), "101 blocks in a view"),
        (call("views.open", {"view": {"private_metadata": "x" * 3001}}), "private_metadata of 3001"),
        (call("views.publish", {"user_id": "U1", "view": {"x": "y" * 250_000}}), "a view of more than"),
    ],
)
def test_each_wrong_call_is_named(reference: MethodReference, wrong: dict[str, Any], says: str) -> None:
    assert any(says in problem for problem in reference.problems([wrong]))


def test_a_scope_that_the_manifest_lacks_is_named(
    reference: MethodReference, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.harness.method_reference.SCOPES", ("commands",))
    assert "needs one of the scopes chat:write" in reference.problems([call("chat.postMessage", GOOD)])[0]
