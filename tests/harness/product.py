"""The product as it is installed: its processes with their environment, on a database of their own."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.support.http_probe import answers
from tests.support.measuring import unmeasured_processes
from tests.support.ports import free_port
from tests.support.process import ServerProcess

if TYPE_CHECKING:
    from tests.harness.workspace import LocalSlack

PROGRAM: Final = Path(sys.executable).with_name("tocsin")
WEBHOOK_TOKEN: Final = "webhook-token-of-this-test-0123456789"
API_TOKEN: Final = "api-token-of-this-test-0123456789abcd"
READY_WITHIN_S: Final = 40.0
STOPS_WITHIN_S: Final = 15.0


class Product:
    """`tocsin all`, or the roles given, each a process; the first one is the web.

    Args:
        folder: where configuration (`config`) and logs are.
        environment: what the processes are told on top of what every story needs.
        roles: the commands to run.
        followed: whether coverage follows the processes; what stories reach is reached by plain tests, too.
    """

    def __init__(
        self,
        folder: Path,
        slack: LocalSlack,
        environment: dict[str, str],
        roles: tuple[str, ...] = ("all",),
        *,
        socket_mode: bool = False,
        followed: bool = False,
    ) -> None:
        self._folder = folder
        self._followed = followed
        self._slack = slack
        self._ports = ports = [free_port() for _ in roles]
        self.urls = [f"http://127.0.0.1:{port}" for port in ports]
        self.url = self.urls[0]
        self._environment = {
            **environment,
            "SLACK_API_URL": slack.api_url,
            "SLACK_BOT_TOKEN": slack.app.bot_token,
            "SLACK_SIGNING_SECRET": slack.app.signing_secret,
            "TOCSIN_CONFIG": str(folder / "config"),
            "TOCSIN_PUBLIC_URL": self.url,
            "TOCSIN_WEBHOOK_TOKEN": WEBHOOK_TOKEN,
            "TOCSIN_API_TOKEN": API_TOKEN,
        }
        if socket_mode:
            self._environment["SLACK_APP_TOKEN"] = slack.app.app_token
        self._request_url = None if socket_mode else f"{self.url}/slack/events"
        self.processes = [
            self._process(role, port, number)
            for number, (role, port) in enumerate(zip(roles, ports, strict=True))
        ]

    @property
    def configuration(self) -> Path:
        """The folder of rules and services, which a story may change."""
        return self._folder / "config"

    def start(self) -> None:
        """Bring the schema up to date, start every process, and wait until each is ready."""
        self.command("migrate")
        self._slack.send_to(self._request_url)
        self.start_processes()

    def start_processes(self) -> None:
        """Start what does not run, and wait until each is ready."""
        with self._looked_at():
            for process in self.processes:
                if not process.running:
                    process.start()
        for process, port in zip(self.processes, self._ports, strict=True):
            process.await_ready(partial(answers, port, "/readyz"), within=READY_WITHIN_S)

    def stop(self) -> None:
        """Ask every process to end, and hold it to its 15 seconds and its exit code."""
        for process in reversed(self.processes):
            if process.running:
                process.stop(within=STOPS_WITHIN_S)
                assert process.returncode == 0, (
                    f"{process.name} ended with {process.returncode}\n{process.tail()}"
                )

    def restart(self) -> None:
        """Stop in order, and start again."""
        self.stop()
        self.start_processes()

    def kill(self) -> None:
        """A crash of every process: SIGKILL."""
        for process in self.processes:
            process.kill()

    def command(self, *words: str) -> str:
        """Run a command of the product with this environment, and give what it printed on stdout."""
        with self._looked_at():
            result = subprocess.run(
                [PROGRAM, *words],
                env={**os.environ, **self._environment, "TOCSIN_HTTP_PORT": str(self._ports[0])},
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
                cwd="/",
            )
        said = f"tocsin {' '.join(words)} ended with {result.returncode}:\n{result.stderr}\n{result.stdout}"
        assert result.returncode == 0, said
        return result.stdout

    def unexpected(self) -> list[str]:
        """The lines of the logs that tell of an exception which nobody has foreseen."""
        lines = (line for process in self.processes for line in process.log.read_text().splitlines())
        return [line for line in lines if "Traceback" in line]

    def leaked_secrets(self) -> list[str]:
        """The names of secrets that stand in a log."""
        secrets = ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET")
        ours = ("TOCSIN_WEBHOOK_TOKEN", "TOCSIN_API_TOKEN", "TOCSIN_PAGER_SECRET")
        logs = "".join(process.log.read_text(errors="replace") for process in self.processes)
        return [
            name
            for name in (*secrets, *ours)
            if self._environment.get(name) and self._environment[name] in logs
        ]

    def _looked_at(self) -> contextlib.AbstractContextManager[None]:
        return contextlib.nullcontext() if self._followed else unmeasured_processes()

    def _process(self, role: str, port: int, number: int) -> ServerProcess:
        return ServerProcess(
            f"tocsin {role}" if number == 0 else f"tocsin {role} ({number})",
            [PROGRAM, role],
            self._folder / f"{number}-{role}.log",
            environment={**self._environment, "TOCSIN_HTTP_PORT": str(port)},
        )
