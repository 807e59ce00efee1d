"""A process of Tocsin: the roles that it plays, started in order, stopped in the opposite order."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import signal
import time
from enum import StrEnum
from typing import TYPE_CHECKING, Final

import structlog

from bot.domain.errors import StoreUnavailableError
from bot.slack.hearing import gap
from bot.web.app import create_health_app
from bot.wiring.consuming import supervisors, warming
from bot.wiring.delivering import delivery
from bot.wiring.identity import now
from bot.wiring.pacing import Pacing
from bot.wiring.parts import NO_OVERRIDES, assembled
from bot.wiring.reloading import Reloader, ReloadMetrics, on_hangup
from bot.wiring.reviewing import Reviewing
from bot.wiring.roles import Died, running
from bot.wiring.rule_troubles import RuleTroubles
from bot.wiring.schema_watch import SchemaWatch
from bot.wiring.serving import serving
from bot.wiring.tracing import tracing
from bot.wiring.webapp import draining, slack_listeners, socket_mode, web_application

if TYPE_CHECKING:
    import socket
    from collections.abc import AsyncIterator, Callable, Collection, Iterator

    from bot.config.folder import Configuration
    from bot.settings import Settings
    from bot.web.deps import Check
    from bot.wiring.parts import Overrides, Parts
    from consumers.component import Record

log: Final = structlog.get_logger(__name__)


class Role(StrEnum):
    """What a process does."""

    WEB = "web"
    CONSUME = "consume"
    DELIVER = "deliver"


ALL_ROLES: Final = frozenset(Role)


@contextlib.asynccontextmanager
async def roles(
    parts: Parts,
    wanted: Collection[Role],
    listener: socket.socket,
    died: Died,
    *,
    embedded: bool = False,
    committed: Callable[[Record], None] | None = None,
) -> AsyncIterator[None]:
    """Play the roles while the block runs.

    The web ends first, then what it accepted is worked off, then delivery finishes what it has in hand.
    `embedded`: the broker keeps nothing, so the consumers drain it before they end.

    Raises:
        SchemaError: the database answers, and its schema is not one that this version works with.
    """
    watch = SchemaWatch(parts.store)
    await watch.begin()
    checks: dict[str, Check] = {"database": parts.store.check, "kafka": parts.publisher.check}
    async with contextlib.AsyncExitStack() as stack:
        await stack.enter_async_context(running("schema", watch.run, died))
        await stack.enter_async_context(reloading(parts, died))
        pacing = Pacing(parts.in_force, parts.store, now)
        await stack.enter_async_context(running("pace of changes", pacing.run, died))
        if Role.CONSUME in wanted or Role.DELIVER in wanted:
            # Timers ring where effects are delivered, and one may have rung under the rules before.
            reviewing = Reviewing(parts.in_force, parts.store, now)
            await stack.enter_async_context(running("review of what fires", reviewing.run, died))
        if Role.DELIVER in wanted:
            at_work = await stack.enter_async_context(delivery(parts))
            checks["delivery"] = at_work.check
            checks["slack"] = parts.chat.check
            await stack.enter_async_context(running("delivery", at_work.run, died))
        if Role.CONSUME in wanted:
            await stack.enter_async_context(warming(parts))
            for supervisor in supervisors(parts, embedded=embedded, committed=committed):
                name = f"consumer {supervisor.loop.component.name}"
                checks[name] = supervisor.check
                run = functools.partial(supervisor.run, drain=embedded)
                await stack.enter_async_context(running(name, run, died))
        if Role.WEB in wanted:
            await _web(parts, listener, died, checks, stack)
        else:
            app = create_health_app(checks, parts.registry)
            await stack.enter_async_context(serving(app, listener))
        yield


@contextlib.asynccontextmanager
async def reloading(parts: Parts, died: Died) -> AsyncIterator[None]:
    """Take new configurations while the block runs, and tell of rules that rest."""
    reloader = Reloader(
        parts.settings.config,
        parts.in_force,
        parts.store,
        now,
        ReloadMetrics(parts.registry),
        meter=time.perf_counter,
    )
    troubles = RuleTroubles(parts.in_force, parts.store)
    with on_hangup(reloader.ask):
        async with (
            running("configuration", reloader.run, died),
            running("rule troubles", troubles.run, died),
        ):
            yield


async def _web(
    parts: Parts,
    listener: socket.socket,
    died: Died,
    checks: dict[str, Check],
    stack: contextlib.AsyncExitStack,
) -> None:
    bolt = None
    if parts.settings.slack_bot_token.get_secret_value():
        if deaf := gap(parts.settings):
            log.warning("nothing in Slack reaches this process", reason=deaf)
        bolt, intake = slack_listeners(parts)
        await stack.enter_async_context(draining(intake))
        if parts.settings.slack_app_token.get_secret_value():
            session = await stack.enter_async_context(socket_mode(parts, bolt, died))

            async def connected() -> None:
                if not session.ready:
                    raise StoreUnavailableError("Socket Mode is not connected")

            checks["socket mode"] = connected
    app = web_application(parts, bolt, checks)
    await stack.enter_async_context(serving(app, listener))


async def run_process(
    settings: Settings,
    configuration: Configuration,
    wanted: Collection[Role],
    listener: socket.socket,
    overrides: Overrides = NO_OVERRIDES,
) -> None:
    """Run until SIGTERM or SIGINT, or until a role dies; its error is raised."""
    died = Died()
    with stop_signal() as stop:
        async with (
            tracing(settings) as tracer,
            assembled(settings, configuration, overrides, tracer) as parts,
            roles(parts, wanted, listener, died),
        ):
            log.info("ready", roles=sorted(wanted), port=listener.getsockname()[1])
            await first_of(stop, died)
            log.info("stopping")
    if died.error is not None:
        raise died.error


async def first_of(stop: asyncio.Event, died: Died) -> None:
    """Return when somebody asks to stop or a role has died."""
    waits = {asyncio.ensure_future(stop.wait()), asyncio.ensure_future(died.wait())}
    await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    for wait in waits:
        wait.cancel()


@contextlib.contextmanager
def stop_signal() -> Iterator[asyncio.Event]:
    """An event that SIGTERM and SIGINT set; a second one of them ends the process as it does by default."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def ask() -> None:
        stop.set()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ask)
    try:
        yield stop
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)
