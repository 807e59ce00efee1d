"""Each service of the compose file, run as a process here: same command, same variables, other addresses."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.compose import compose
from tests.support.ports import free_port
from tests.support.process import ServerProcess

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.kafka import Broker

pytestmark = pytest.mark.unmeasured  # stories run the same commands
ROOT = Path(__file__).parents[2]
TOKENS = {"TOCSIN_API_TOKEN": "a" * 32, "TOCSIN_WEBHOOK_TOKEN": "b" * 32}
PROBE = re.compile(r'^\s+CMD (\["python".*\])$', re.MULTILINE)
STARTS_WITHIN_S = 30.0
ENDS_WITHIN_S = 15.0


class Composition:
    """The services of the file, with this machine's servers in the place of the containers."""

    def __init__(self, folder: Path, *, database: str, bootstrap: str, prefix: str) -> None:
        self._services = compose(TOKENS)["services"]
        self._folder = folder
        self._slack_port = free_port()
        self._addresses = {
            "DATABASE_URL": database,
            "KAFKA_BOOTSTRAP_SERVERS": bootstrap,
            "SLACK_API_URL": f"http://127.0.0.1:{self._slack_port}/api/",
            "TOCSIN_HTTP_HOST": "127.0.0.1",
            "TOCSIN_KAFKA_TOPIC_PREFIX": prefix,
            "TOCSIN_SLACK_PORT": str(self._slack_port),
        }
        self.running: dict[str, ServerProcess] = {}

    def process(self, name: str) -> tuple[ServerProcess, dict[str, str]]:
        """A service as a process, not started, and its variables."""
        service: dict[str, Any] = self._services[name]
        variables = {**service["environment"], **self._addresses, "TOCSIN_HTTP_PORT": str(free_port())}
        here = {"0.0.0.0": "127.0.0.1", "/var/lib/tocsin": str(self._folder)}
        command = [_replaced(word, here) for word in service["command"]]
        program = Path(sys.executable).parent / "tocsin"
        return ServerProcess(
            name, [program, *command], self._folder / f"{name}.log", environment=variables
        ), variables

    def start(self, name: str) -> None:
        """Start a service and wait until the probe of its container is content."""
        process, variables = self.process(name)
        process.start()
        self.running[name] = process
        probe = self._probe(name)
        process.await_ready(lambda: _succeeds(probe, variables), within=STARTS_WITHIN_S)

    def _probe(self, name: str) -> list[str]:
        own = self._services[name].get("healthcheck", {}).get("test")
        if own is not None:
            return [word.replace(":8081/", f":{self._slack_port}/") for word in own[1:]]
        found = PROBE.search((ROOT / "deploy" / "Dockerfile").read_text())
        assert found is not None
        words: list[str] = json.loads(found[1])
        return words

    def close(self) -> None:
        for process in self.running.values():
            process.kill()


def _replaced(word: str, replacements: dict[str, str]) -> str:
    for old, new in replacements.items():
        word = word.replace(old, new)
    return word


def _succeeds(probe: list[str], variables: dict[str, str]) -> bool:
    command = [sys.executable, *probe[1:]]
    environment = {**os.environ, **variables}
    return subprocess.run(command, env=environment, capture_output=True, check=False).returncode == 0


@pytest.fixture
def composition(
    tmp_path: Path, database_url: str, kafka_broker: Broker, topic_prefix: str
) -> Iterator[Composition]:
    composition = Composition(
        tmp_path, database=database_url, bootstrap=kafka_broker.bootstrap, prefix=topic_prefix
    )
    yield composition
    composition.close()


def test_every_service_starts_becomes_healthy_and_ends_in_order(composition: Composition) -> None:
    migrate, _ = composition.process("migrate")
    migrate.start()
    migrate.await_end(within=60)
    assert migrate.returncode == 0, migrate.tail()
    for name in ("slack", "serve", "consume", "deliver"):
        composition.start(name)
    for name, process in reversed(composition.running.items()):
        process.stop(signal.SIGTERM, within=ENDS_WITHIN_S)
        assert process.returncode == 0, f"{name}: {process.returncode}\n{process.tail()}"
