"""A server's process: its log, its several ends, and its death with ours."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any, Protocol

from tests.support.waiting import NeverHappenedError, wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

STARTED: list[Logged] = []
"""The processes of the running test session, so that a failure's report can show their logs."""

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


class Logged(Protocol):
    """A process with a log."""

    @property
    def name(self) -> str: ...

    def tail(self) -> str:
        """The end of its log."""
        ...


class ServerProcess:
    """One server that a test started; can be started again after its end.

    Must be started from the main thread: the kernel ends the child when the thread that made it ends.

    Args:
        name: what the log is called in a failure's report.
        argv: the command.
        log: the file that collects its output, over all starts.
        environment: variables on top of ours.
        owner: user and group id to run as, where we are root and the server refuses that.
        dies_by: the signal that the kernel sends it when the test process dies, even by SIGKILL.
    """

    def __init__(
        self,
        name: str,
        argv: Sequence[str | Path],
        log: Path,
        *,
        environment: Mapping[str, str] | None = None,
        owner: tuple[int, int] | None = None,
        dies_by: signal.Signals = signal.SIGKILL,
    ) -> None:
        self.name = name
        self._argv = [str(word) for word in argv]
        self.log = log
        self._environment = dict(environment or {})
        self._owner = owner
        self._dies_by = dies_by
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        if self._process is None:
            raise RuntimeError(f"{self.name} was never started")
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """The exit status, negative for a signal; None while it runs."""
        return None if self._process is None else self._process.poll()

    def start(self) -> None:
        if self.running:
            raise RuntimeError(f"{self.name} runs already")
        identity: dict[str, Any] = {}
        if self._owner is not None:
            identity = {"user": self._owner[0], "group": self._owner[1], "extra_groups": []}
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(
                self._argv,
                cwd="/",
                env={**os.environ, **self._environment},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                preexec_fn=_die_with_us(self._dies_by),  # noqa: PLW1509 - the kernel's own word is what we need
                **identity,
            )
        if self not in STARTED:
            STARTED.append(self)

    def await_ready(self, ready: Callable[[], bool], *, within: float) -> None:
        """Poll until `ready()`.

        Raises:
            NeverHappenedError: it ended or stayed silent; the message holds the end of its log.
        """

        def settled() -> bool:
            return not self.running or ready()

        try:
            wait_until(settled, within=within, what=f"{self.name} is ready")
        except NeverHappenedError as error:
            raise NeverHappenedError(f"{error}\n{self.tail()}") from None
        if not self.running:
            raise NeverHappenedError(f"{self.name} ended with {self.returncode}:\n{self.tail()}")

    def await_end(self, *, within: float) -> None:
        """Wait until it ends by itself.

        Raises:
            NeverHappenedError: it goes on.
        """
        try:
            wait_until(lambda: not self.running, within=within, what=f"{self.name} ends")
        except NeverHappenedError as error:
            raise NeverHappenedError(f"{error}\n{self.tail()}") from None

    def stop(self, by: signal.Signals = signal.SIGTERM, *, within: float = 15.0) -> None:
        """Ask it to end, and kill it when it does not in time."""
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(by)
        try:
            self._process.wait(within)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """SIGKILL, to the process alone: what it made has to notice by itself, as after a crash."""
        if self._process is None:
            return
        self._process.kill()
        self._process.wait(10)

    def tail(self, lines: int = 40) -> str:
        """The end of its log."""
        return tail(self.log, lines)


def tail(log: Path, lines: int = 40) -> str:
    """The end of a log, or nothing where there is none yet."""
    if not log.exists():
        return ""
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])


def _die_with_us(by: signal.Signals) -> Callable[[], None] | None:
    if _LIBC is None:
        return None
    library = _LIBC

    def ask_the_kernel() -> None:  # runs after the change of user, which would lift it
        library.prctl(_PR_SET_PDEATHSIG, by)

    return ask_the_kernel
