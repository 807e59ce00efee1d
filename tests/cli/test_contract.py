"""What every command keeps: help, exit codes, and data apart from talk."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING

import pytest

from bot.wiring.serving import listen
from tests.cli.conftest import commands

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result

    Tocsin = Callable[..., Result]
    Process = Callable[..., subprocess.CompletedProcess[str]]

PROMISED = "all bench check-config consume deliver demo dev dlq doctor migrate playbook postmortem"
LONG_RUNNING = ("serve", "consume", "deliver", "all")
REACHABLE = {
    "DATABASE_URL": "postgresql://u:hunter22@127.0.0.1:1/d",
    "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1",
    "SLACK_BOT_TOKEN": "xoxb-a",
    "SLACK_API_URL": "http://127.0.0.1:1/api/",
}


@pytest.mark.parametrize("words", commands(), ids=" ".join)
def test_every_command_explains_itself(tocsin: Tocsin, words: tuple[str, ...]) -> None:
    for option in ("--help", "-h"):
        result = tocsin(*words, option)
        assert result.exit_code == 0
        assert result.stdout.startswith(" ".join(("Usage: main", *words)))
        assert result.stderr == ""


def test_the_commands_that_are_promised() -> None:
    assert {*PROMISED.split(), "prune", "rules", "send", "serve", "slack"} <= {
        words[0] for words in commands() if words
    }


def test_version(tocsin: Tocsin) -> None:
    assert tocsin("--version").stdout.startswith("tocsin, version ")


def test_a_misspelt_variable_is_named(tocsin: Tocsin) -> None:
    result = tocsin("playbook", "list", TOCSIN_CONFG="/secret/path")
    assert result.exit_code == 0
    assert result.stderr == "tocsin: TOCSIN_CONFG is read by nobody; did you mean TOCSIN_CONFIG?\n"


@pytest.mark.parametrize(
    "words", [("nonsense",), ("send", "alert"), ("dlq", "replay"), ("serve", "--nonsense")]
)
def test_usage_is_2(tocsin: Tocsin, words: tuple[str, ...]) -> None:
    result = tocsin(*words)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "Usage:" in result.stderr


@pytest.mark.parametrize("command", [*LONG_RUNNING, "migrate", "doctor", "prune", "quarantine list"])
def test_what_is_not_set_is_78(tocsin: Tocsin, command: str) -> None:
    result = tocsin(*command.split())
    assert result.exit_code == 78
    assert result.stdout == ""
    assert result.stderr.startswith("tocsin: DATABASE_URL")


@pytest.mark.parametrize("command", LONG_RUNNING)
def test_a_bad_configuration_is_78_with_every_problem(tocsin: Tocsin, command: str, tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules/a.yaml").write_text("rules: [{name: A, widow: 5m}]\n")
    result = tocsin(command, **REACHABLE, TOCSIN_CONFIG=str(tmp_path))
    assert result.exit_code == 78
    assert result.stderr.count("rules/a.yaml:1:") == 2


@pytest.mark.parametrize("command", ["serve", "all"])
def test_a_port_for_others_wants_tokens(tocsin: Tocsin, command: str) -> None:
    result = tocsin(command, **REACHABLE, TOCSIN_HTTP_HOST="0.0.0.0")
    assert result.exit_code == 78
    assert "without TOCSIN_API_TOKEN and TOCSIN_WEBHOOK_TOKEN" in result.stderr


def test_delivery_wants_slack(tocsin: Tocsin) -> None:
    assert "SLACK_BOT_TOKEN must be set" in tocsin("deliver", **{**REACHABLE, "SLACK_BOT_TOKEN": ""}).stderr


def test_a_taken_port_is_78(tocsin: Tocsin) -> None:
    with contextlib.closing(listen("127.0.0.1", 0, "A")) as taken:
        port = str(taken.getsockname()[1])
        result = tocsin("serve", **REACHABLE, TOCSIN_HTTP_PORT=port)
        local = tocsin("slack", "local", TOCSIN_SLACK_PORT=port)
    assert (result.exit_code, local.exit_code) == (78, 78)
    assert "choose another with TOCSIN_HTTP_PORT" in result.stderr
    assert "TOCSIN_SLACK_PORT" in local.stderr


def test_what_does_not_answer_is_1_without_a_traceback(tocsin: Tocsin) -> None:
    for words in (
        ("migrate",),
        ("prune",),
        ("quarantine", "list"),
        ("playbook", "run", "first-look", "INC-1"),
    ):
        result = tocsin(*words, **REACHABLE)
        assert result.exit_code == 1, words
        assert result.stdout == ""
        assert len(result.stderr.splitlines()) == 1
        assert "hunter22" not in result.stderr


def test_doctor_says_what_fails(tocsin: Tocsin) -> None:
    result = tocsin("doctor", "-o", "json", **REACHABLE)
    assert result.exit_code == 1
    found = json.loads(result.stdout)
    assert set(found) == {"database", "kafka", "slack", "slack scopes", "slack requests"}
    assert all(found.values())
    assert "traces: off" in tocsin("doctor", **REACHABLE).stdout
    assert f"(asked at {REACHABLE['KAFKA_BOOTSTRAP_SERVERS']})" in result.stdout


@pytest.mark.parametrize(
    ("url", "code", "said"),
    [
        ("postgresql://u:s3cret@127.0.0.1:9/x", 1, "PostgreSQL did not answer: "),
        ("postgresql://u:s3cret@127.0.0.1:9/x?sslmode=odd", 78, "DATABASE_URL: "),
    ],
)
def test_a_bench_without_its_servers_says_so_in_a_line(
    tocsin: Tocsin, url: str, code: int, said: str
) -> None:
    result = tocsin("bench", "latency", "--samples", "1", "--database-url", url)
    assert result.exit_code == code
    assert said in result.stderr.splitlines()[-1]
    assert "s3cret" not in result.output
    gone = tocsin("bench", "ingest", "--database-url", url, "--kafka", "127.0.0.1:9", "--alerts", "1000")
    assert gone.exit_code != 0
    assert gone.stderr.splitlines()[-1].startswith("tocsin: ")


def test_doctor_asks_the_collector_of_traces(tocsin: Tocsin) -> None:
    nowhere = "http://user:hunter22@127.0.0.1:1"
    result = tocsin("doctor", "-o", "json", **REACHABLE, OTEL_EXPORTER_OTLP_ENDPOINT=nowhere)
    assert json.loads(result.stdout)["traces"].startswith("http://127.0.0.1:1/v1/traces does not take traces")
    assert "Traces go to http://127.0.0.1:1/v1/traces." in result.stderr
    assert "hunter22" not in result.stdout + result.stderr
    text = tocsin("doctor", **REACHABLE)
    assert text.stdout.startswith("database: ")


@pytest.mark.unmeasured_processes
def test_as_processes(process: Process) -> None:
    assert process("check-config").returncode == 78
    assert process("nonsense").returncode == 2
    well = process("playbook", "list")
    assert (well.returncode, well.stderr) == (0, "")
    bad = process("serve", TOCSIN_HTTP_PORT="http")
    assert bad.returncode == 78
    assert bad.stderr.startswith("tocsin: TOCSIN_HTTP_PORT: ")
