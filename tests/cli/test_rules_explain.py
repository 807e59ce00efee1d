"""`tocsin rules explain` on the example folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.store.conftest import migrated_template

if TYPE_CHECKING:
    from collections.abc import Callable

    from click.testing import Result

    from tests.support.postgres import PostgresServer

    Tocsin = Callable[..., Result]

ROOT = Path(__file__).parents[2]
EXAMPLE = str(ROOT / "docs/how-to/example/tocsin")
ALERT = json.dumps(
    {"labels": {"alertname": "SlowRequests", "service": "checkout", "environment": "production"}}
)


def explained(tocsin: Tocsin, *words: str, **environment: str) -> dict[str, object]:
    result = tocsin("rules", "explain", "--event", "-", "-o", "json", *words, stdin=ALERT, **environment)
    assert (result.exit_code, result.stderr) == (0, "")
    [told] = json.loads(result.stdout)["items"]
    assert isinstance(told, dict)
    return told


def test_as_a_tree(tocsin: Tocsin) -> None:
    result = tocsin("rules", "explain", "--event", "-", "--rules", EXAMPLE, stdin=ALERT)
    assert (result.exit_code, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert lines[0].startswith("SlowRequests on checkout in production fires, since 2")
    assert '│   │   └── - alertname="Watchdog" (alertname is "SlowRequests")' in lines
    assert "│   └── + rule shop" in lines
    assert any(
        line.endswith("no open incident of its group or of a related service was found.") for line in lines
    )
    assert "│       ├── open a channel" in lines
    assert lines[-1] == "└── As if nothing were open or silenced; --live asks the database"


def test_as_json(tocsin: Tocsin) -> None:
    told = explained(tocsin, TOCSIN_CONFIG=EXAMPLE)
    assert (told["rule"], told["opens"], told["decided_at"], told["incident"]) == ("shop", True, None, None)
    trials = told["trials"]
    assert isinstance(trials, list)
    assert [(one["rule"], one["matched"]) for one in trials] == [
        ("heartbeat", False),
        ("disks", False),
        ("shop", True),
    ]
    assert trials[0]["parts"] == [
        {
            "kind": "match",
            "text": 'alertname="Watchdog"',
            "held": False,
            "detail": 'alertname is "SlowRequests"',
        }
    ]
    assert told["notes"] == ["As if nothing were open or silenced; --live asks the database"]


def test_a_folder_of_rules_alone(tocsin: Tocsin, tmp_path: Path) -> None:
    words = ("rules", "explain", "--event", "-", "--rules", str(tmp_path))
    empty = tocsin(*words, stdin=ALERT)
    assert (empty.exit_code, empty.stdout) == (78, "")
    assert f"{tmp_path} holds no rules" in empty.stderr
    (tmp_path / "a.yaml").write_text("rules: [{name: mine}]\n")
    assert explained(tocsin, "--rules", str(tmp_path))["rule"] == "mine"


def test_without_a_configuration_one_rule_takes_everything(tocsin: Tocsin) -> None:
    assert explained(tocsin)["rule"] == "default"


def test_every_alert_of_a_webhook(tocsin: Tocsin) -> None:
    body = str(ROOT / "tests/fixtures/alertmanager/firing.json")
    result = tocsin("rules", "explain", "--event", body)
    assert result.stdout.count("HighErrorRate on checkout in production fires") == 2
    assert result.stdout.count("By itself: the other alerts") == 2


def test_what_a_terminal_would_obey_is_left_out(tocsin: Tocsin, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("rules: [{name: a, match: ['team=x']}]\n")
    labels = {"alertname": "\x1b[31mred", "team": "night\n\x1b]0;x\x07\u202eback", "service": "a\x9b2Jb"}
    words = ("rules", "explain", "--event", "-", "--rules", str(tmp_path))
    result = tocsin(*words, stdin=json.dumps({"labels": labels}))
    assert result.exit_code == 0
    assert result.stdout.startswith("[31mred on a2Jb in ")
    assert 'team="x" (team is "night ]0;xback")' in result.stdout
    assert all(sign.isprintable() or sign == "\n" for sign in result.stdout)


@pytest.mark.parametrize("output", ["text", "json"])
def test_a_document_without_an_alert_says_so(tocsin: Tocsin, output: str) -> None:
    result = tocsin("rules", "explain", "--event", "-", "-o", output, stdin='{"alerts": []}')
    assert (result.exit_code, result.stdout) == (1, "")
    assert "alerts: there is no alert in it" in result.stderr


def test_with_what_the_database_knows(tocsin: Tocsin, postgres_server: PostgresServer) -> None:
    url = postgres_server.create_database(migrated_template(postgres_server))
    told = explained(tocsin, "--live", DATABASE_URL=url)
    assert (told["opens"], told["notes"]) == (True, [])
    postgres_server.drop_database(url)


@pytest.mark.parametrize(
    ("words", "stdin", "code", "said"),
    [
        (("--event", "nowhere.json"), "", 2, "No such file"),
        ((), "", 2, "--event"),
        (("--event", "-"), "{}", 1, "alerts[0].labels: "),
        (("--event", "-"), "nonsense", 1, "body: is not JSON"),
        (("--event", "-", "--live"), ALERT, 78, "tocsin: DATABASE_URL"),
    ],
)
def test_what_cannot_be_explained(
    tocsin: Tocsin, words: tuple[str, ...], stdin: str, code: int, said: str
) -> None:
    result = tocsin("rules", "explain", *words, stdin=stdin)
    assert (result.exit_code, result.stdout) == (code, "")
    assert said in result.stderr


def test_a_database_that_does_not_answer(tocsin: Tocsin) -> None:
    url = "postgresql://u:hunter22@127.0.0.1:1/d"
    result = tocsin("rules", "explain", "--event", "-", "--live", stdin=ALERT, DATABASE_URL=url)
    assert result.exit_code == 1
    assert len(result.stderr.splitlines()) == 1
    assert "hunter22" not in result.stderr
