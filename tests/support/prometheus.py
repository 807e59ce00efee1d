"""A real Prometheus: it scrapes what the test serves, and its rules fire towards an Alertmanager."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Final

from tests.support.alertmanager import program_version
from tests.support.http_probe import answers
from tests.support.ports import free_port
from tests.support.process import ServerProcess

READY_WITHIN_S: Final = 30.0


class Prometheus:
    """A Prometheus on loopback.

    Args:
        configuration: its YAML; it finds the rules as `rules.yml` beside it.
        rules: the alerting rules' YAML.
    """

    def __init__(self, configuration: str, rules: str = "groups: []\n") -> None:
        program = prometheus_program()
        if program is None:
            raise FileNotFoundError("prometheus")
        self._program = program
        self._folder = Path(tempfile.mkdtemp(prefix="tocsin-prometheus-"))
        file = self._folder / "prometheus.yml"
        file.write_text(configuration)
        (self._folder / "rules.yml").write_text(rules)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process = ServerProcess(
            "Prometheus",
            [
                program,
                f"--config.file={file}",
                f"--storage.tsdb.path={self._folder / 'data'}",
                f"--web.listen-address=127.0.0.1:{self.port}",
            ],
            self._folder / "log",
        )

    @property
    def description(self) -> str:
        return f"Prometheus {program_version(self._program)} (real)"

    def start(self) -> None:
        """Start and wait until it is ready."""
        self.process.start()
        self.process.await_ready(lambda: answers(self.port, "/-/ready"), within=READY_WITHIN_S)

    def close(self) -> None:
        """Kill it and remove the folder."""
        self.process.kill()
        shutil.rmtree(self._folder, ignore_errors=True)


def watching(target: str, alertmanager: str, *, interval: str = "200ms") -> str:
    """A configuration that scrapes `target` and sends to `alertmanager` (each a `host:port`)."""
    return f"""\
global:
  scrape_interval: {interval}
  scrape_timeout: {interval}
  evaluation_interval: {interval}
rule_files: [rules.yml]
alerting:
  alertmanagers:
    - static_configs:
        - targets: ["{alertmanager}"]
scrape_configs:
  - job_name: watched
    static_configs:
      - targets: ["{target}"]
"""


def prometheus_program() -> str | None:
    """The program's path, or None."""
    return shutil.which("prometheus")
