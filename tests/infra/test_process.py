"""A server dies with the test process, however that one ends; a failure shows its log."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.ports import free_port
from tests.support.process import ServerProcess
from tests.support.waiting import NeverHappenedError, eventually, wait_until

ROOT = Path(__file__).parents[2]

PARENT = """
import pathlib, sys, time
from tests.support.process import ServerProcess
child = ServerProcess("sleeper", ["sleep", "600"], pathlib.Path(sys.argv[1]))
child.start()
print(child.pid, flush=True)
time.sleep(600)
"""


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's death signal is Linux's")
def test_no_orphan_is_left_when_the_tests_are_killed(tmp_path: Path) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path / "log")], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    with parent, parent.stdout as output:
        child = int(output.readline())
        assert alive(child)
        os.kill(parent.pid, signal.SIGKILL)
        wait_until(lambda: not alive(child), within=10, what="the child's end")


def test_a_server_that_ends_at_once_shows_its_log(tmp_path: Path) -> None:
    server = ServerProcess("shell", ["sh", "-c", "echo no such luck; exit 3"], tmp_path / "log")
    server.start()
    with pytest.raises(NeverHappenedError, match=r"(?s)shell ended with 3:.*no such luck"):
        server.await_ready(lambda: False, within=10)
    assert server.returncode == 3


def test_a_server_that_ignores_the_signal_is_killed(tmp_path: Path) -> None:
    log = tmp_path / "log"
    server = ServerProcess("deaf", ["sh", "-c", "trap '' TERM; echo up; while :; do sleep 0.05; done"], log)
    server.start()
    server.await_ready(lambda: "up" in server.tail(), within=10)
    with pytest.raises(RuntimeError, match="runs already"):
        server.start()
    server.stop(within=0.2)
    assert server.returncode == -signal.SIGKILL


def test_ports_are_low_and_never_given_twice() -> None:
    ports = [free_port() for _ in range(50)]
    assert len(set(ports)) == 50
    assert all(20_000 <= port < 32_768 for port in ports)


async def test_waiting_has_a_bound() -> None:
    async def never() -> bool:
        return False

    with pytest.raises(NeverHappenedError, match=r"not within 0\.05 s: a miracle"):
        await eventually(never, within=0.05, what="a miracle")
    assert await eventually(lambda: 7) == 7
