"""`tocsin send` and `postmortem export`, against a server that writes down what it is asked."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from bot.wiring.data_dir import announced

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result

    from tests.cli.listener import Seen

    Tocsin = Callable[..., Result]


def test_an_alert_as_alertmanager_sends_it(tocsin: Tocsin, server: Seen) -> None:
    words = ("--service", "cart", "--severity", "critical", "--summary", "Slow", "--label", "pod=a=b")
    result = tocsin("send", "--url", server.url, "alert", "Slow", *words, TOCSIN_WEBHOOK_TOKEN="token-1")
    assert (result.exit_code, result.stdout.strip()) == (0, server.answer)
    method, path, headers, _ = server.requests[-1]
    assert (method, path) == ("POST", "/api/v1/webhooks/alertmanager")
    assert headers["authorization"] == "Bearer token-1"
    [alert] = server.body["alerts"]
    assert alert["labels"] == {
        "alertname": "Slow",
        "severity": "critical",
        "environment": "production",
        "service": "cart",
        "pod": "a=b",
    }
    assert alert["annotations"] == {"summary": "Slow"}


def test_its_end(tocsin: Tocsin, server: Seen) -> None:
    words = ("--resolved", "--starts-at", "2026-11-21T10:00:00Z")
    tocsin("send", "--url", server.url, "alert", "Slow", *words)
    [alert] = server.body["alerts"]
    assert (alert["status"], alert["startsAt"]) == ("resolved", "2026-11-21T10:00:00+00:00")
    assert alert["endsAt"] > alert["startsAt"]
    assert "authorization" not in server.requests[-1][2]


def test_a_change(tocsin: Tocsin, server: Seen) -> None:
    words = ("--type", "rollback", "--version", "7", "--author", "ada", "--link", "https://ci/1")
    assert tocsin("send", "--url", server.url, "change", "cart", *words).exit_code == 0
    assert server.requests[-1][1] == "/api/v1/events"
    told = {name: server.body[name] for name in ("type", "service", "summary", "version", "author", "url")}
    assert told == {
        "type": "rollback",
        "service": "cart",
        "summary": "rollback of cart",
        "version": "7",
        "author": "ada",
        "url": "https://ci/1",
    }


def test_a_body_as_it_is(tocsin: Tocsin, server: Seen) -> None:
    assert tocsin("send", "--url", server.url, "body", "-", "--source", "other", stdin="{]").exit_code == 0
    assert server.requests[-1][1] == "/api/v1/webhooks/other"
    assert server.requests[-1][3] == b"{]"


def test_what_was_rejected_is_named_and_1_where_nothing_was_accepted(tocsin: Tocsin, server: Seen) -> None:
    told = {
        "accepted": 0,
        "rejected": [{"path": "alerts[0].labels", "problem": "is missing"}],
        "truncated": 0,
    }
    for accepted, count, code in ((0, 3, 1), (0, 1, 1), (2, 1, 0)):
        server.answer = json.dumps({**told, "accepted": accepted, "rejected_count": count})
        result = tocsin("send", "--url", server.url, "body", "-", stdin="{}")
        assert (result.exit_code, result.stdout.strip()) == (code, server.answer)
        said = ["tocsin: rejected alerts[0].labels: is missing", "tocsin: and 2 more"]
        assert result.stderr.splitlines() == said[: 2 if count == 3 else 1]


def test_what_is_refused_is_1(tocsin: Tocsin, server: Seen) -> None:
    server.status, server.answer = 401, '{"title": "who are you?"}'
    result = tocsin("send", "--url", server.url, "alert", "Slow")
    assert (result.exit_code, result.stdout.strip()) == (1, server.answer)
    assert f"{server.url}/api/v1/webhooks/alertmanager answered 401" in result.stderr


def test_nobody_there_is_1(tocsin: Tocsin) -> None:
    for words in (
        ("send", "--url", "http://127.0.0.1:1", "alert", "A"),
        ("postmortem", "export", "INC-1", "--url", "http://127.0.0.1:1"),
    ):
        result = tocsin(*words)
        assert result.exit_code == 1
        assert "http://127.0.0.1:1 cannot be reached" in result.stderr
        assert "Connection refused; is Tocsin running there?" in result.stderr


def test_an_address_without_its_scheme_is_said(tocsin: Tocsin) -> None:
    result = tocsin("send", "--url", "localhost:8080", "alert", "A")
    assert result.exit_code == 2
    assert "--url: localhost:8080 does not begin with http:// or https://" in result.stderr


@pytest.mark.parametrize("label", ["plain", "=value"])
def test_a_label_has_a_name_and_a_value(tocsin: Tocsin, label: str) -> None:
    assert tocsin("send", "alert", "A", "--label", label).exit_code == 2


def test_a_postmortem(tocsin: Tocsin, server: Seen, tmp_path: Path) -> None:
    server.status, server.answer = 200, "# INC-1"
    words = ("postmortem", "export", "INC-1", "--url", server.url)
    assert tocsin(*words, TOCSIN_API_TOKEN="api").stdout == "# INC-1\n"
    _, path, headers, _ = server.requests[-1]
    assert path == "/incidents/INC-1/postmortem"
    assert (headers["accept"], headers["authorization"]) == ("text/markdown", "Bearer api")
    tocsin(*words, "--out", str(tmp_path / "draft.md"))
    assert (tmp_path / "draft.md").read_text() == "# INC-1\n"
    server.status = 404
    refused = tocsin(*words)
    assert refused.exit_code == 1
    assert "answered 404" in refused.stderr
    server.status = 303
    assert tocsin(*words).exit_code == 1


@pytest.mark.parametrize(
    ("name", "segment"), [("INC-1?x=1", "INC-1%3Fx%3D1"), ("a/b#c", "a%2Fb%23c"), ("50%", "50%25")]
)
def test_a_postmortem_of_a_name_that_is_none(tocsin: Tocsin, server: Seen, name: str, segment: str) -> None:
    """Unquoted, it asked for another page of the console."""
    server.status = 200
    tocsin("postmortem", "export", name, "--url", server.url)
    assert server.requests[-1][1] == f"/incidents/{segment}/postmortem"


@pytest.mark.parametrize("named", [False, True])
def test_a_running_dev_is_found_with_its_token(
    tocsin: Tocsin, server: Seen, tmp_path: Path, *, named: bool
) -> None:
    (tmp_path / ".tocsin").mkdir()
    with announced(tmp_path / ".tocsin", {"web": server.url, "webhook_token": "of-dev"}):
        words = ("--url", f"{server.url}/") if named else ()
        assert tocsin("send", *words, "alert", "A").exit_code == 0
    assert server.requests[-1][2]["authorization"] == "Bearer of-dev"


def test_a_running_dev_with_a_token_of_its_own_for_people_is_asked_with_that(
    tocsin: Tocsin, server: Seen, tmp_path: Path
) -> None:
    server.status = 200
    (tmp_path / ".tocsin").mkdir()
    known = {"web": server.url, "webhook_token": "of-senders", "api_token": "of-people"}
    with announced(tmp_path / ".tocsin", known):
        tocsin("postmortem", "export", "INC-1")
        assert server.requests[-1][2]["authorization"] == "Bearer of-people"
        tocsin("send", "alert", "A")
        assert server.requests[-1][2]["authorization"] == "Bearer of-senders"


def test_its_token_goes_nowhere_else(tocsin: Tocsin, server: Seen, tmp_path: Path) -> None:
    (tmp_path / ".tocsin").mkdir()
    with announced(tmp_path / ".tocsin", {"web": "http://127.0.0.1:1", "webhook_token": "of-dev"}):
        assert tocsin("send", "--url", server.url, "alert", "A").exit_code == 0
    assert "authorization" not in server.requests[-1][2]


@pytest.mark.parametrize("text", ["{", "[]", '{"web": "http://x"}'])
def test_a_damaged_file_of_dev_is_no_hint(tocsin: Tocsin, tmp_path: Path, text: str) -> None:
    (tmp_path / ".tocsin").mkdir()
    (tmp_path / ".tocsin/dev.json").write_text(text)
    result = tocsin("send", "alert", "A", TOCSIN_HTTP_PORT="1")
    assert "http://127.0.0.1:1 cannot be reached" in result.stderr
