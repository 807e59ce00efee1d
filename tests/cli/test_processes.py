"""How the long-running processes start on what they cannot work with."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import asyncpg
import pytest

from bot.store.migrate import migrate
from bot.store.schema import OURS
from tests.cli.conftest import PROGRAM
from tests.support.process import ServerProcess

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result

    Tocsin = Callable[..., Result]

LONG_RUNNING = ("serve", "consume", "deliver", "all")
ELSEWHERE = {
    "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1",
    "SLACK_BOT_TOKEN": "xoxb-a",
    "SLACK_API_URL": "http://127.0.0.1:1/api/",
    "TOCSIN_HTTP_PORT": "0",
}


def said_by(result: Result) -> str:
    """The one line beside the log, which here tells of a broker that is not there."""
    lines = [line for line in result.stderr.splitlines() if not line.startswith("{")]
    assert len(lines) == 1, result.stderr
    assert '"ready"' not in result.stderr
    return lines[0].removeprefix("tocsin: ")


@pytest.mark.parametrize("command", LONG_RUNNING)
def test_a_database_that_nobody_migrated_is_78(tocsin: Tocsin, command: str, database_url: str) -> None:
    result = tocsin(command, **ELSEWHERE, DATABASE_URL=database_url)
    assert result.exit_code == 78
    assert said_by(result) == "the database has no schema of ours; run `tocsin migrate`"


@pytest.mark.parametrize(
    ("revision", "said"),
    [("0000", f"older than {OURS}; run `tocsin migrate`"), ("9999", f"newer than {int(OURS) + 1:04}")],
)
def test_a_schema_out_of_range_is_78(tocsin: Tocsin, revision: str, said: str, database_url: str) -> None:
    asyncio.run(_at(database_url, revision))
    for command in LONG_RUNNING:
        result = tocsin(command, **ELSEWHERE, DATABASE_URL=database_url)
        assert result.exit_code == 78, command
        assert said_by(result).startswith(f"the schema is at {revision}, ")
        assert said in said_by(result)
        assert "`tocsin migrate`" in said_by(result)


async def _at(url: str, revision: str) -> None:
    await migrate(url)
    connection = await asyncpg.connect(url)
    await connection.execute("UPDATE alembic_version SET version_num = $1", revision)
    await connection.close()


@pytest.mark.parametrize("command", [*LONG_RUNNING, "migrate", "prune", "doctor"])
def test_an_address_that_cannot_be_read_is_78_and_keeps_the_password(tocsin: Tocsin, command: str) -> None:
    result = tocsin(command, **ELSEWHERE, DATABASE_URL="postgresql://tocsin:hunter2/Sekret@h:5432/x")
    assert result.exit_code == 78
    assert said_by(result).startswith("DATABASE_URL cannot be read")
    assert "percent-encode" in said_by(result)
    assert not any(part in result.output + result.stderr for part in ("hunter2", "Sekret"))


@pytest.mark.parametrize("command", [*LONG_RUNNING, "doctor"])
def test_brokers_that_cannot_be_read_are_78(tocsin: Tocsin, command: str) -> None:
    wrong = {**ELSEWHERE, "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:abc"}
    result = tocsin(command, **wrong, DATABASE_URL="postgresql://127.0.0.1:1/x")
    assert result.exit_code == 78
    assert said_by(result) == "KAFKA_BOOTSTRAP_SERVERS: '127.0.0.1:abc' is not host:port[,host:port]"


def test_an_address_that_the_driver_refuses_is_78(tocsin: Tocsin) -> None:
    for command in LONG_RUNNING:
        result = tocsin(command, **ELSEWHERE, DATABASE_URL="postgresql://127.0.0.1:1/x?sslmode=maybe")
        assert result.exit_code == 78, command
        assert said_by(result).startswith("DATABASE_URL: `sslmode` parameter must be one of")


@pytest.mark.parametrize("missing", [False, True])
def test_serve_waits_for_its_database_and_says_that_slack_cannot_reach_it(
    tmp_path: Path, missing: bool
) -> None:
    environment = {**ELSEWHERE, "DATABASE_URL": "postgresql://127.0.0.1:1/x"}
    serve = ServerProcess(
        "tocsin serve",
        [PROGRAM, "serve"],
        tmp_path / "log",
        environment=environment if missing else {**environment, "SLACK_SIGNING_SECRET": "signing"},
    )
    serve.start()
    serve.await_ready(lambda: '"ready"' in serve.tail(), within=30)
    serve.stop()
    assert serve.returncode == 0
    assert "the database is away; it is waited for" in serve.tail()
    assert ("neither SLACK_APP_TOKEN" in serve.tail()) is missing
