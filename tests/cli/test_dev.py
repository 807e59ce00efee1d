"""`tocsin dev` as a process: starts, says where, keeps its data, and leaves nothing behind."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.conftest import PROGRAM
from tests.support.ports import free_port
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from click.testing import Result

READY_WITHIN_S = 60.0
STOPS_WITHIN_S = 20.0
KEYS = {"web", "slack", "slack_api", "database", "kafka", "webhook_token"}


class Dev:
    """One start of it on a folder."""

    def __init__(self, folder: Path, *words: str, **environment: str) -> None:
        self._talk = (folder.parent / f"{folder.name}.talk").open("ab+")
        began = time.monotonic()
        self.process = subprocess.Popen(
            [PROGRAM, "dev", "-o", "json", "--data-dir", folder, *words],
            stdout=subprocess.PIPE,
            stderr=self._talk,
            env={
                **os.environ,
                "TOCSIN_HTTP_PORT": str(free_port()),
                "TOCSIN_SLACK_PORT": str(free_port()),
                **environment,
            },
        )
        assert self.process.stdout is not None
        ready, _, _ = select.select([self.process.stdout], [], [], READY_WITHIN_S)
        line = self.process.stdout.readline() if ready else b""
        self.seconds = time.monotonic() - began
        self.addresses: dict[str, str] = json.loads(line) if line else {}

    def ask(self, path: str, body: Any = None) -> Any:
        """The answer of the API as JSON."""
        request = urllib.request.Request(  # noqa: S310 - our own address
            self.addresses["web"] + path,
            data=None if body is None else json.dumps(body).encode(),
            headers={
                "Authorization": f"Bearer {self.addresses['webhook_token']}",
                "Content-Type": "application/json",
            },
        )
        with urllib.request.urlopen(request, timeout=10) as response:  # noqa: S310 - the same
            return json.load(response)

    def end(self, by: signal.Signals) -> tuple[int, bytes]:
        """The exit status, and what it printed after its first line."""
        self.process.send_signal(by)
        rest, _ = self.process.communicate(timeout=STOPS_WITHIN_S)
        return self.process.returncode, rest

    @property
    def talk(self) -> str:
        self._talk.seek(0)
        return self._talk.read().decode()

    def close(self) -> None:
        if self.process.poll() is None:
            self.end(signal.SIGKILL)
        if self.process.stdout is not None:
            self.process.stdout.close()
        self._talk.close()


@pytest.fixture
def folder() -> Iterator[Path]:
    """A data folder that the server's user can reach, where we are root."""
    with tempfile.TemporaryDirectory(prefix="tocsin-dev-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o711)
        yield Path(name) / "data"


def of_folder(folder: Path) -> list[int]:
    """The processes that have to do with the folder."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if str(folder).encode() in path.read_bytes():
                found.append(int(path.parent.name))
        except OSError:
            continue
    return found


@pytest.mark.unmeasured
def test_the_life_of_dev(folder: Path, process: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    first = Dev(folder)
    try:
        assert set(first.addresses) == KEYS, first.talk
        print(f"ready after {first.seconds:.1f} s")  # noqa: T201 - shown with -s; not a matter of this test
        assert "NOT FOR PRODUCTION" in first.talk
        declared = first.ask("/api/v1/incidents", {"title": "Nobody can log in"})
        _others_find_it(process, folder, first, declared["id"])
        second = Dev(folder)
        try:
            assert second.addresses == {}
            assert second.process.wait(STOPS_WITHIN_S) == 1
            assert f"process {first.process.pid} uses {folder}" in second.talk
        finally:
            second.close()
        assert first.end(signal.SIGINT) == (0, b"")
        wait_until(lambda: of_folder(folder) == [], within=5, what="nothing is left behind")
        assert not (folder / "dev.json").exists()
    finally:
        first.close()

    third = Dev(folder)
    try:
        assert third.addresses["webhook_token"] == first.addresses["webhook_token"]
        # Declared, and from the alert that it had just accepted when it was asked to end.
        kept = [one["id"] for one in third.ask("/api/v1/incidents")["items"]]
        assert len(kept) == 2
        assert declared["id"] in kept
        third.end(signal.SIGKILL)
        fourth = Dev(folder)
        try:
            assert set(fourth.addresses) == KEYS, fourth.talk
            # A session that has just been forked still bears its server's arguments.
            wait_until(lambda: len(_servers(folder)) == 1, within=5, what="one server is left")
            assert [one["id"] for one in fourth.ask("/api/v1/incidents")["items"]] == kept
            assert fourth.end(signal.SIGTERM) == (0, b"")
            wait_until(lambda: of_folder(folder) == [], within=5, what="nothing is left behind")
        finally:
            fourth.close()
    finally:
        third.close()


def _others_find_it(
    process: Callable[..., subprocess.CompletedProcess[str]], folder: Path, dev: Dev, incident: str
) -> None:
    """The other commands, against what it announced."""
    parts = {
        "TOCSIN_DATA_DIR": str(folder),
        "DATABASE_URL": dev.addresses["database"],
        "KAFKA_BOOTSTRAP_SERVERS": dev.addresses["kafka"],
        "SLACK_API_URL": dev.addresses["slack_api"],
        "SLACK_BOT_TOKEN": "xoxb-local-bot-token",
        "SLACK_APP_TOKEN": "xapp-local-app-token",
        "TOCSIN_PAGER_URL": "http://127.0.0.1:1/",
    }
    well = {"database": "", "kafka": "", "slack": "", "slack scopes": "", "slack requests": ""}
    for words, told in (
        (("doctor", "-o", "json"), json.dumps(well)),
        (("send", "alert", "Slow", "--service", "cart"), "accepted"),
        (("postmortem", "export", incident), "Nobody can log in"),
        (("silence", "add", "service=web", "--incident", incident, "--by", "grace"), "by grace"),
        (("silence", "list", "-o", "json"), '"matchers": ["service=\\"web\\""]'),
    ):
        result = process(*words, **parts)
        assert (result.returncode, result.stderr) == (0, ""), words
        assert told in result.stdout, words
    # It starts by itself as well, so it may be found at work.
    started = process("playbook", "run", "first-look", incident, **parts)
    running = f"tocsin: first-look is running on {incident} already; see the incident's channel\n"
    assert (started.returncode, started.stdout, started.stderr) in {
        (0, f"started first-look on {incident}\n", ""),
        (1, "", running),
    }


def _servers(folder: Path) -> list[int]:
    return [pid for pid in of_folder(folder) if _is_server(pid)]


def _is_server(pid: int) -> bool:
    """Whether it is a PostgreSQL server: its sessions have titles instead of arguments."""
    try:
        return b"-D" in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False


def test_a_folder_that_cannot_be(tocsin: Callable[..., Result], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    result = tocsin("dev", TOCSIN_DATA_DIR=str(tmp_path / "file" / "below"))
    assert result.exit_code == 78
    assert "cannot be the data folder" in result.stderr
