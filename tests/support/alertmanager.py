"""A real Prometheus Alertmanager, sending to one webhook or with a configuration of the test's own."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Final

from tests.support.http_probe import answers
from tests.support.ports import free_port
from tests.support.process import ServerProcess

READY_WITHIN_S: Final = 30.0


class Alertmanager:
    """An Alertmanager on loopback; alerts are posted to `{url}/api/v2/alerts`.

    Args:
        configuration: its YAML; `webhook_configuration` makes the usual one.
    """

    def __init__(self, configuration: str) -> None:
        program = alertmanager_program()
        if program is None:
            raise FileNotFoundError("prometheus-alertmanager")
        self._program = program
        self._folder = Path(tempfile.mkdtemp(prefix="tocsin-alertmanager-"))
        file = self._folder / "alertmanager.yml"
        file.write_text(configuration)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process = ServerProcess(
            "Alertmanager",
            [
                program,
                f"--config.file={file}",
                f"--storage.path={self._folder / 'data'}",
                f"--web.listen-address=127.0.0.1:{self.port}",
                "--cluster.listen-address=",
            ],
            self._folder / "log",
        )

    @property
    def description(self) -> str:
        return f"Alertmanager {program_version(self._program)} (real)"

    def start(self) -> None:
        """Start and wait until it is ready."""
        self.process.start()
        self.process.await_ready(lambda: answers(self.port, "/-/ready"), within=READY_WITHIN_S)

    def kill(self) -> None:
        """A crash: SIGKILL. Its notification log is kept as far as it was written."""
        self.process.kill()

    def restart(self) -> None:
        """Stop in order and start on the same folder and port."""
        self.process.stop()
        self.start()

    def close(self) -> None:
        """Kill it and remove the folder."""
        self.process.kill()
        shutil.rmtree(self._folder, ignore_errors=True)


def webhook_configuration(
    url: str,
    token: str,
    *,
    group_wait: str = "100ms",
    group_interval: str = "1s",
    group_by: str = "alertname",
) -> str:
    """A configuration that sends every group, its end included, to `url` with a bearer token."""
    return f"""\
route:
  receiver: tocsin
  group_by: [{group_by}]
  group_wait: {group_wait}
  group_interval: {group_interval}
  repeat_interval: 1h
receivers:
  - name: tocsin
    webhook_configs:
      - url: {url}
        send_resolved: true
        http_config:
          authorization:
            credentials: {token}
"""


def alertmanager_program() -> str | None:
    """Debian's name or upstream's, or None."""
    return shutil.which("prometheus-alertmanager") or shutil.which("alertmanager")


def program_version(program: str) -> str:
    """What a program of the Prometheus family says of itself."""
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True, timeout=20)
    found = re.search(r"version (\d[\w.]*)", said.stdout + said.stderr)
    return found[1] if found else "?"
