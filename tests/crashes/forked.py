"""A process that begins with everything imported: forked from a server that does nothing but that.

To import the product costs a second of the processor, and a scene starts it many times. What is forked is a
process like any other: it has its own loop and connections, and it is killed like any other.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from typing import TYPE_CHECKING, Final

from tests.support.process import STARTED, tail

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from multiprocessing.context import ForkServerProcess
    from pathlib import Path

_CONTEXT: Final = multiprocessing.get_context("forkserver")
_ENDS_WITHIN_S: Final = 15.0


class ForkedProcess:
    """One process that a test forks; can be started again after its end.

    Args:
        name: what the log is called in a failure's report.
        play: what it does; a function of a module, which the server imports once for all.
        words: what `play` is told.
        log: the file that collects its output, over all starts.
        environment: variables on top of ours.
    """

    def __init__(
        self,
        name: str,
        play: Callable[..., None],
        words: tuple[str, ...],
        log: Path,
        *,
        environment: Mapping[str, str],
    ) -> None:
        self.name = name
        self.log = log
        self._play = play
        self._words = words
        self._environment = dict(environment)
        self._process: ForkServerProcess | None = None

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.is_alive()

    @property
    def returncode(self) -> int | None:
        """The exit status, negative for a signal; None while it runs."""
        return None if self._process is None else self._process.exitcode

    def start(self) -> None:
        if self.running:
            raise RuntimeError(f"{self.name} runs already")
        _CONTEXT.set_forkserver_preload([self._play.__module__])
        environment = {**os.environ, **self._environment}
        self._process = _CONTEXT.Process(
            target=_begin, args=(self._play, self._words, str(self.log), environment), daemon=True
        )
        self._process.start()
        if self not in STARTED:
            STARTED.append(self)

    def stop(self) -> None:
        """Ask it to end, and kill it when it does not in time."""
        if self._process is not None:
            self._process.terminate()
            self._process.join(_ENDS_WITHIN_S)
            self.kill()

    def kill(self) -> None:
        """SIGKILL: what it made has to notice by itself, as after a crash."""
        if self._process is not None:
            self._process.kill()
            self._process.join(10)

    def tail(self, lines: int = 40) -> str:
        """The end of its log."""
        return tail(self.log, lines)


def _begin(play: Callable[..., None], words: tuple[str, ...], log: str, environment: dict[str, str]) -> None:
    """Be as if started anew: with a session, a log and an environment of one's own."""
    os.setsid()
    os.chdir("/")
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    for number in (1, 2):
        os.dup2(output, number)
    os.close(output)
    os.environ.clear()
    os.environ.update(environment)
    threading.Thread(target=_die_with_the_test, daemon=True).start()
    play(*words)


def _die_with_the_test() -> None:
    """However the process of the test ends, even by SIGKILL, this one does not outlive it."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGKILL)
