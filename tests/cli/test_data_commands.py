"""Commands that print: check-config, slack manifest, playbook list, completion."""

from __future__ import annotations

import asyncio
import json
import subprocess
from typing import TYPE_CHECKING

import pytest

from bot.config.schemas import SCHEMAS
from bot.store.migrate import migrate
from tests.cli.conftest import PROGRAM

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result

    Tocsin = Callable[..., Result]


def test_check_config(tocsin: Tocsin, tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules/a.yaml").write_text("rules: [{name: a}, {name: b}]\n")
    for result in (
        tocsin("check-config", str(tmp_path)),
        tocsin("check-config", TOCSIN_CONFIG=str(tmp_path)),
    ):
        assert result.exit_code == 0
        assert result.stdout.startswith("Found: 2 rules, 0 services, ")
    (tmp_path / "rules/a.yaml").write_text("rules: [{nam: a}]\n")
    bad = tocsin("check-config", str(tmp_path))
    assert bad.exit_code == 1
    assert bad.stdout == ""
    assert "rules/a.yaml:1:10: rules[0].nam: there is no such field (did you mean name?)" in bad.stderr
    assert f"2 problems in {tmp_path}" in bad.stderr


def test_check_config_shows_the_line_and_a_caret(tocsin: Tocsin, tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    text = "rules:\n  - name: a\n    when: severty == 'critical'\n"
    (tmp_path / "rules/a.yaml").write_text(text)
    assert tocsin("check-config", str(tmp_path)).stderr == (
        "rules/a.yaml:3:11: rules[0].when: there is no severty (did you mean severity?)\n"
        "      when: severty == 'critical'\n"
        "            ^\n"
        f"1 problem in {tmp_path}\n"
    )


def test_check_config_as_json(tocsin: Tocsin, tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules/a.yaml").write_text("rules: [{name: a}]\n")
    good = tocsin("check-config", str(tmp_path), "-o", "json")
    assert json.loads(good.stdout)["found"]["rules"] == 1
    assert json.loads(good.stdout)["problems"] == []
    (tmp_path / "rules/a.yaml").write_text("rules: [{name: a, grup_by: []}]\n")
    bad = tocsin("check-config", str(tmp_path), "-o", "json")
    assert bad.exit_code == 1
    assert json.loads(bad.stdout) == {
        "found": {},
        "problems": [
            {
                "file": "rules/a.yaml",
                "line": 1,
                "column": 19,
                "path": "rules[0].grup_by",
                "message": "there is no such field",
                "suggestion": "group_by",
                "excerpt": "  rules: [{name: a, grup_by: []}]\n                    ^",
            }
        ],
    }


def test_check_config_of_a_folder_without_rules_says_so(tocsin: Tocsin, tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_text("rules: [{name: a}]\n")
    (tmp_path / "tocsin.yaml").write_text("zone: UTC\n")
    text = tocsin("check-config", str(tmp_path))
    assert text.exit_code == 0
    assert text.stdout.startswith("Found: 0 rules (the built-in default is used), 0 services, ")
    warnings = [
        "rules.yaml:1:1: is not read; what is in rules/ is",
        "no rule was found in rules/; the built-in default rule takes every alert",
    ]
    assert text.stderr.splitlines() == [f"warning: {one}" for one in warnings]
    told = json.loads(tocsin("check-config", str(tmp_path), "-o", "json").stdout)
    assert (told["found"]["rules"], told["problems"], told["warnings"]) == (0, [], warnings)
    strict = tocsin("check-config", str(tmp_path), "--strict")
    assert (strict.exit_code, strict.stdout, strict.stderr) == (1, text.stdout, text.stderr)


def test_check_config_of_a_folder_that_is_none_fails(tocsin: Tocsin, tmp_path: Path) -> None:
    """It was green forever, with a line about the built-in rule."""
    rules = tmp_path / "conf" / "rules"
    rules.mkdir(parents=True)
    (rules / "a.yaml").write_text("rulez: []\n")
    inner = tocsin("check-config", str(rules))
    none = "has none of tocsin.yaml, rules/, services/, playbooks/"
    assert inner.exit_code == 1
    assert inner.stderr.splitlines()[0] == f"{rules}:1:1: {none} (did you mean {rules.parent}?)"
    (tmp_path / "conf" / "empty").mkdir()
    (tmp_path / "rules.yml").write_text("rules: []\n")
    outer = tocsin("check-config", str(tmp_path), "-o", "json")
    problems = json.loads(outer.stdout)["problems"]
    assert [one["message"] for one in problems] == [none, "is not read; what is in rules/ is"]
    assert problems[0]["suggestion"] == ""


@pytest.mark.parametrize(
    ("kind", "text", "said"),
    [
        ("rules", "rules: [{name: a, playbooks: [ours], active: [{on: [days]}]}]", "Found: 1 rule."),
        ("services", "apiVersion: v1\nkind: Component\nmetadata: {name: a}", "Found: 1 service."),
        ("tocsin", "look_back: 6h\nzone: UTC", "Found: 2 settings."),
        ("tocsin", "", "Found: 0 settings."),
        ("playbook", "name: a\ntitle: A\nsteps: [{name: n, kind: note, params: {text: x}}]", "1 playbook."),
    ],
)
def test_check_config_of_one_file_from_stdin(tocsin: Tocsin, kind: str, text: str, said: str) -> None:
    result = tocsin("check-config", "-", "--kind", kind, stdin=text)
    assert (result.exit_code, result.stderr) == (0, "")
    assert said in result.stdout


def test_what_is_doubtful_in_a_file_from_stdin(tocsin: Tocsin) -> None:
    text = "rules: [{name: a, invite: [ada]}]"
    result = tocsin("check-config", "-", stdin=text)
    assert (result.exit_code, result.stdout) == (0, "Found: 1 rule.\n")
    assert result.stderr.startswith("warning: stdin:1:28: rules[0].invite[0]: ada is neither a Slack id,")
    told = json.loads(tocsin("check-config", "-", "-o", "json", stdin=text).stdout)
    assert [one.partition(": ")[0] for one in told["warnings"]] == ["stdin:1:28"]
    wrong = tocsin("check-config", "-", stdin="rules: [{name: a, invite: [ada], page: [x]}]")
    assert "is neither a Slack id" not in wrong.stderr


@pytest.mark.parametrize(
    ("kind", "text", "said"),
    [
        ("rules", "rules: [{}]", "stdin:1:9: rules[0].name: is missing"),
        ("services", "kind: Component", "stdin:1:1: apiVersion: is missing"),
        ("tocsin", "look_back: 6h\n---\nzone: UTC", "stdin:3:1: a second document"),
        ("playbook", "name: a", "title: is missing"),
        ("rules", "a: &a [x]", "anchors and aliases are not allowed"),
        ("rules", "x" * 10_000_000, "larger than 1 MiB"),
    ],
)
def test_check_config_of_a_wrong_file_from_stdin(tocsin: Tocsin, kind: str, text: str, said: str) -> None:
    result = tocsin("check-config", "-", "--kind", kind, stdin=text)
    assert (result.exit_code, result.stdout) == (1, "")
    assert said in result.stderr
    assert "in stdin" in result.stderr


def test_what_stdin_refers_to_is_looked_up_where_a_folder_is_set(tocsin: Tocsin, tmp_path: Path) -> None:
    text = "rules: [{name: a, playbooks: [ours]}]"
    result = tocsin("check-config", "-", stdin=text, TOCSIN_CONFIG=str(tmp_path))
    assert "there is no playbook ours" in result.stderr


@pytest.mark.parametrize("words", [(), ("nowhere",)])
def test_check_config_of_nothing(tocsin: Tocsin, words: tuple[str, ...]) -> None:
    assert tocsin("check-config", *words).exit_code == 78


@pytest.mark.parametrize("kind", SCHEMAS)
def test_schemas(tocsin: Tocsin, kind: str) -> None:
    assert json.loads(tocsin("check-config", "--schema", kind).stdout) == SCHEMAS[kind]()


def test_a_manifest_for_what_is_no_address_is_refused(tocsin: Tocsin) -> None:
    result = tocsin("slack", "manifest", "--url", "tocsin.example.com")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "an address is meant" in result.stderr


def test_manifest(tocsin: Tocsin) -> None:
    socket = json.loads(tocsin("slack", "manifest", "--name", "Bell").stdout)
    assert socket["display_information"]["name"] == "Bell"
    assert socket["settings"]["socket_mode_enabled"] is True
    http = json.loads(tocsin("slack", "manifest", "--url", "https://t.example.com/").stdout)
    assert http["settings"]["event_subscriptions"]["request_url"] == "https://t.example.com/slack/events"


def test_playbooks(tocsin: Tocsin, tmp_path: Path) -> None:
    (tmp_path / "playbooks").mkdir()
    own = "name: own\ntitle: Our own\nsteps: [{name: note, kind: note, params: {text: hello}}]\n"
    (tmp_path / "playbooks/own.yaml").write_text(own)
    text = tocsin("playbook", "list", TOCSIN_CONFIG=str(tmp_path)).stdout
    assert "own         Our own (1 steps, manual)" in text
    rows = json.loads(tocsin("playbook", "list", "-o", "json", TOCSIN_CONFIG=str(tmp_path)).stdout)
    assert {row["name"] for row in rows} == {"first-look", "own"}
    assert set(rows[0]) == {"name", "title", "start", "steps"}


def test_a_playbook_that_there_is_not(tocsin: Tocsin) -> None:
    result = tocsin("playbook", "run", "nonsense", "INC-1", DATABASE_URL="postgresql://h/d")
    assert result.exit_code == 2
    assert "there is no playbook nonsense; there are first-look" in result.stderr


def test_a_playbook_wants_the_database_alone(tocsin: Tocsin, database_url: str) -> None:
    words = ("playbook", "run", "first-look", "INC-7")
    unmigrated = tocsin(*words, DATABASE_URL=database_url)
    assert unmigrated.exit_code == 78
    assert "run `tocsin migrate`" in unmigrated.stderr
    asyncio.run(migrate(database_url))
    result = tocsin(*words, DATABASE_URL=database_url)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "INC-7" in result.stderr
    assert "KAFKA" not in result.stderr


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion(tocsin: Tocsin, shell: str) -> None:
    result = tocsin("completion", shell)
    assert result.exit_code == 0
    assert "_TOCSIN_COMPLETE" in result.stdout


def test_completing() -> None:
    """What the shell asks: it must not need a setting."""
    asked = {"_TOCSIN_COMPLETE": "bash_complete", "COMP_WORDS": "tocsin dlq ", "COMP_CWORD": "2"}
    answer = subprocess.run([PROGRAM], env=asked, capture_output=True, text=True, check=False)
    assert answer.stdout.split() == ["plain,list", "plain,replay", "plain,show"]
