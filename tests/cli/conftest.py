"""Commands in this process (click's runner) and as processes of their own."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner, Result

from bot.cli import main
from bot.cli.lazy import LazyCommand
from tests.cli.listener import listening

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.cli.listener import Seen

PROGRAM = Path(sys.executable).with_name("tocsin")
OURS = ("TOCSIN_", "SLACK_", "KAFKA_", "DATABASE_", "LOG_")


@pytest.fixture(autouse=True)
def logging_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No variable of the machine, and a folder of the test's own to be in."""
    for name in list(os.environ):
        if name.startswith(OURS):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def tocsin() -> Callable[..., Result]:
    """Runs a command in this process: `tocsin("send", "alert", "X", TOCSIN_HTTP_PORT="1")`."""

    def run(*words: str, stdin: str = "", **environment: str) -> Result:
        result = CliRunner().invoke(main, words, env=environment, input=stdin)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return run


@pytest.fixture
def process(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs a command as a process of its own, to its end."""

    def run(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [PROGRAM, *words],
            cwd=tmp_path,
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    return run


def commands() -> list[tuple[str, ...]]:
    """Every command and group, by its words."""
    found: list[tuple[str, ...]] = []

    def walk(command: Any, words: tuple[str, ...]) -> None:
        found.append(words)
        command = command.load() if isinstance(command, LazyCommand) else command
        for name, inner in getattr(command, "commands", {}).items():
            walk(inner, (*words, name))

    walk(main, ())
    return found


@pytest.fixture
def server() -> Iterator[Seen]:
    with listening() as seen:
        yield seen
