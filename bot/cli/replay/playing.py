"""One replay in a process of its own: reads the history, decides, and sends what it says page by page."""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import signal
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import msgspec

from bot.cli.ending import end
from bot.cli.memory import peak_mb
from bot.cli.replay.plan import Database, Lines, Topics, configuration
from bot.cli.replay.sources import facts, quiets
from bot.cli.replay.stored import stored_pages
from bot.domain.correlation import DEFAULT_PARAMETERS
from bot.domain.errors import TocsinError
from bot.replay.engine import Engine
from bot.replay.rows import Page, decided, finished
from bot.settings import from_environment
from consumers.garbage import collect_rarely

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from datetime import datetime
    from multiprocessing.connection import Connection

    from bot.cli.replay.plan import Plan, Source
    from bot.config.folder import Configuration

_PAGE, _END, _ERROR = b"p", b"e", b"x"
_END_WITHIN_S: Final = 5.0
_encode: Final = msgspec.msgpack.Encoder().encode
_pages: Final = msgspec.msgpack.Decoder(Page)


@dataclass(frozen=True, slots=True)
class Spent:
    """What a replay took: seconds of a processor, and the most memory that it held, in MB."""

    seconds: float
    peak_mb: float


_spent: Final = msgspec.msgpack.Decoder(Spent)


class ReplayError(TocsinError):
    """The replay broke off."""


class Player:
    """A replay that runs elsewhere; `spent` is there when all its pages have been taken."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.spent = Spent(0.0, 0.0)

    def pages(self) -> Iterator[Page]:
        """Its pages, in order.

        Raises:
            ReplayError: it could not go on.
        """
        while True:
            try:
                message = self._connection.recv_bytes()
            except EOFError:
                raise ReplayError("its process ended") from None
            kind, body = message[:1], message[1:]
            if kind == _ERROR:
                raise ReplayError(body.decode())
            if kind == _END:
                self.spent = _spent.decode(body)
                return
            yield _pages.decode(body)


@contextlib.contextmanager
def player(plan: Plan) -> Iterator[Player]:
    """Start the replay; it is ended when the block is left."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=play, args=(plan, theirs), daemon=True)
    process.start()
    theirs.close()
    try:
        yield Player(ours)
    finally:
        ours.close()
        end(process, _END_WITHIN_S)


def play(plan: Plan, connection: Connection) -> None:
    """Replay, and send the pages; the body of the process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the command, which then ends us
    collect_rarely()
    try:
        asyncio.run(_send(plan, connection))
        connection.send_bytes(_END + _encode(Spent(time.process_time(), peak_mb())))
    except BrokenPipeError:
        pass  # nobody wants to know any more
    except TocsinError as error:
        connection.send_bytes(_ERROR + str(error).encode("utf-8", "replace"))


async def _send(plan: Plan, connection: Connection) -> None:
    async for page in _played(plan):
        connection.send_bytes(_PAGE + _encode(page))


async def _played(plan: Plan) -> AsyncIterator[Page]:
    settings = from_environment()
    if plan.stored and isinstance(plan.source, Database):
        async for page in stored_pages(settings.database_url.get_secret_value(), plan.source):
            yield page
        return
    found = configuration(plan)
    policy = found.installation.maintenance_changes.policy()
    engine = Engine(
        found.rules,
        found.catalog,
        DEFAULT_PARAMETERS,
        ranking=False,
        resolve_after=plan.resolve_after,
        pages=True,
        lean=True,
        maintenance=policy,
    )
    if isinstance(plan.source, Database):
        engine.world.keep_quiet(*await quiets(plan.source, settings, policy))
    last: Page | None = None
    async for heard, units in facts(plan.source, settings, found.labels):
        if last is not None:
            yield last
        last = decided(engine, heard, units)
    if last is not None and engine.now is not None:
        yield finished(last, engine, _end(plan.source, engine.now, found))


def _end(source: Source, heard: datetime, found: Configuration) -> datetime:
    """Until when time goes on after the last that was heard.

    As far as the history would have told of more; after a file as long as an alert may be held or kept quiet.
    """
    match source:
        case Lines():
            changes, windows = (
                found.installation.maintenance_changes,
                [one.window for one in found.rules.rules],
            )
            return heard + max(changes.timeout, *windows)
        case Database(period=period):
            return max(heard, period.until)
        case Topics(until=until):
            return max(heard, until)
