"""Takes a new configuration without a restart: when SIGHUP asks for it, or when the folder has changed.

The last good configuration goes on where the new one is wrong; that is counted, logged, and said to the
owners through the outbox, once however many processes notice it.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import threading
from hashlib import sha256
from typing import TYPE_CHECKING, Final

import structlog
from prometheus_client import Counter, Gauge

from bot.app.transactions import transact
from bot.config.changes import look
from bot.config.folder import load_configuration
from bot.domain.effects import tell
from bot.domain.errors import ConfigurationError, TocsinError
from playbooks.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from prometheus_client import CollectorRegistry

    from bot.app.ports import Clock, Store, UnitOfWork
    from bot.wiring.in_force import InForce

POLL_S: Final = 2.0
_SHOWN: Final = 3
_LONGEST: Final = 2_500
log: Final = structlog.get_logger(__name__)


class ReloadMetrics:
    """What became of reloads in this process."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.failures = Counter(
            "tocsin_config_reload_failures_total",
            "Times that a changed configuration could not be loaded",
            registry=registry,
        )
        self.last_success = Gauge(
            "tocsin_config_last_reload_success_timestamp_seconds",
            "When the configuration that is in force was loaded",
            registry=registry,
        )


class Reloader:
    """Looks after one folder. `meter` times the rules' conditions."""

    def __init__(
        self,
        root: Path | None,
        current: InForce,
        store: Store,
        clock: Clock,
        metrics: ReloadMetrics,
        *,
        meter: Callable[[], float],
        poll: float = POLL_S,
    ) -> None:
        self._root = root
        self._current = current
        self._store = store
        self._clock = clock
        self._metrics = metrics
        self._meter = meter
        self._poll = poll
        self._seen = look(root) if root is not None else frozenset()
        self._asked = asyncio.Event()
        metrics.last_success.set(clock().timestamp())

    def ask(self) -> None:
        """Load it anew, changed or not."""
        self._asked.set()

    @property
    def asked(self) -> bool:
        """Whether somebody waits for it."""
        return self._asked.is_set()

    async def run(self, stop: asyncio.Event) -> None:
        """Reload until asked to stop. A folder counts as changed when it has looked the same twice."""
        stopping = asyncio.ensure_future(stop.wait())
        before = self._seen
        try:
            while not stop.is_set():
                asking = asyncio.ensure_future(self._asked.wait())
                await asyncio.wait(
                    {stopping, asking}, timeout=self._poll, return_when=asyncio.FIRST_COMPLETED
                )
                asking.cancel()
                asked = self._asked.is_set()
                self._asked.clear()
                if self._root is None:
                    if asked:
                        log.info("no TOCSIN_CONFIG: there is nothing to load anew")
                    continue
                found = await asyncio.to_thread(look, self._root)
                if not stop.is_set() and (asked or (found == before and found != self._seen)):
                    self._seen = found
                    await self._reload(self._root)
                before = found
        finally:
            stopping.cancel()

    async def _reload(self, root: Path) -> None:
        try:
            loaded = await asyncio.to_thread(load_configuration, root, self._meter)
        except ConfigurationError as error:
            loaded = [Problem(str(root), 1, 1, "", error.detail)]
        if isinstance(loaded, list):
            self._metrics.failures.inc()
            log.error(
                "configuration not loaded; the last good one goes on", problems=[str(one) for one in loaded]
            )
            await self._tell_owners(loaded)
            return
        self._current.put(loaded)
        self._metrics.last_success.set(self._clock().timestamp())
        log.info("configuration loaded", rules=len(loaded.rules.rules), services=len(loaded.catalog.services))

    async def _tell_owners(self, problems: list[Problem]) -> None:
        owners = self._current.desks.configuration.installation.owners
        text = told(problems)
        cause = sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
        # The same mistake a day later is worth another word; several processes at once are not.
        day = f"{self._clock():%Y-%m-%d}"

        async def work(uow: UnitOfWork) -> None:
            await uow.outbox.add([tell(owner, text, f"config:{day}:{cause}") for owner in owners])

        if not owners:
            return
        try:
            await transact(self._store, work)
        except TocsinError as error:
            log.warning("the owners could not be told", error=str(error))


def told(problems: list[Problem]) -> str:
    """The problems in a message: the first few with their place and caret, and how many there are."""
    many = f"{len(problems)} problem{'s' if len(problems) != 1 else ''}"
    head = f"Tocsin could not load its changed configuration ({many}); the last good one goes on."
    shown = "\n".join(str(one) for one in problems[:_SHOWN])[:_LONGEST]
    more = f"\nand {len(problems) - _SHOWN} more: `tocsin check-config`" if len(problems) > _SHOWN else ""
    return f"{head}\n```\n{shown}\n```{more}"


@contextlib.contextmanager
def on_hangup(ask: Callable[[], None]) -> Iterator[None]:
    """Call `ask` on SIGHUP while the block runs, where this thread is the one that hears signals."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGHUP, ask)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGHUP)
