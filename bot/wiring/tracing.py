"""Whether traces go out, and where to; opened late and closed in time, and never in the way of an alert."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
import time
from dataclasses import dataclass
from importlib import import_module, metadata
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import structlog

from bot.app.ports import NO_TRACES
from bot.settings import unset_empty
from bot.wiring.identity import new_id

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from bot.app.ports import Tracer
    from bot.settings import Settings

CLOSE_WITHIN_S: Final = 2.0
TRY_SECONDS: Final = 5.0
COMPLAIN_EVERY_S: Final = 300.0
_ABOUT_SENDING: Final = ("opentelemetry.exporter.", "opentelemetry.sdk.")
_OTLP: Final = "otlp"
_CONSOLE: Final = "console"
_HTTP: Final = "http/protobuf"
log: Final = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Outlet:
    """Where traces go: nowhere without `exporters`. `problem` says why not, where somebody asked for them."""

    exporters: tuple[str, ...] = ()
    endpoint: str = ""
    headers: str = ""
    problem: str = ""

    @property
    def shown(self) -> str:
        """For people: where traces go, without what may be secret."""
        address = urlsplit(self.endpoint)
        place = f"{address.scheme}://{address.netloc.rpartition('@')[2]}{address.path}"
        return ", ".join(place if name == _OTLP else "the console" for name in self.exporters)


def outlet_of(settings: Settings) -> Outlet:
    """What the environment asks for: nothing, unless an endpoint or the console is named."""
    endpoint = settings.otel_traces_endpoint
    if not endpoint and settings.otel_endpoint:
        endpoint = f"{settings.otel_endpoint.removesuffix('/')}/v1/traces"
    named = [name.strip().lower() for name in settings.otel_traces_exporter.split(",") if name.strip()]
    wanted = list(dict.fromkeys(named)) or ([_OTLP] if endpoint else [])
    if settings.otel_sdk_disabled.strip().lower() == "true" or "none" in wanted or not wanted:
        return Outlet()
    problem = _problem(wanted, endpoint, settings.otel_traces_protocol or settings.otel_protocol or _HTTP)
    if problem:
        return Outlet(problem=problem)
    headers = settings.otel_traces_headers.get_secret_value() or settings.otel_headers.get_secret_value()
    return Outlet(tuple(wanted), endpoint, headers)


def _problem(wanted: list[str], endpoint: str, protocol: str) -> str:
    if unknown := [name for name in wanted if name not in {_OTLP, _CONSOLE}]:
        return f"OTEL_TRACES_EXPORTER={','.join(unknown)[:64]} is not supported; use otlp, console or none"
    if _OTLP not in wanted:
        return ""
    if not endpoint:
        return "OTEL_EXPORTER_OTLP_ENDPOINT is not set; name the collector, as in http://127.0.0.1:4318"
    if protocol.strip().lower() != _HTTP:
        return (
            f"OTEL_EXPORTER_OTLP_PROTOCOL={protocol[:32]} is not supported; use {_HTTP}, "
            "which collectors take at port 4318"
        )
    address = urlsplit(endpoint)
    if address.scheme not in {"http", "https"} or not address.hostname:
        return "OTEL_EXPORTER_OTLP_ENDPOINT is no http:// or https:// address"
    return ""


@contextlib.asynccontextmanager
async def tracing(settings: Settings) -> AsyncIterator[Tracer]:
    """The tracer of this process; what was traced goes out at the end of the block, within two seconds.

    Where traces cannot go out that is said once, and nothing is traced.
    """
    outlet = outlet_of(settings)
    if outlet.problem:
        log.warning("nothing is traced", problem=outlet.problem)
    if not outlet.exporters:
        yield NO_TRACES
        return
    with complaining_to(Complaints(time.monotonic)):
        opened = _opened(outlet)
        if opened is None:
            yield NO_TRACES
            return
        tracer, close = opened
        log.info("traces go out", to=outlet.shown)
        try:
            yield tracer
        finally:
            await _within(close, CLOSE_WITHIN_S)


def _opened(outlet: Outlet) -> tuple[Tracer, Callable[[], None]] | None:
    try:
        otel = sdk()
        version = metadata.version("tocsin")
        provider = otel.provider_of(outlet, version, new_id())
        return otel.OpenTelemetry(provider, version), provider.shutdown
    except Exception as error:  # noqa: BLE001 - a variable that the SDK cannot use must not keep alerts away
        log.warning("nothing is traced", problem=_why(error))
    return None


def _why(error: Exception) -> str:
    if isinstance(error, ImportError):
        return f"{error.name} is missing; install tocsin[tracing], or unset OTEL_*"
    return f"OpenTelemetry does not start: {error}"


async def tried(outlet: Outlet) -> str:
    """What is wrong with the place where traces go; empty where it takes them, or where nothing goes out."""
    if outlet.problem or _OTLP not in outlet.exporters:
        return outlet.problem
    try:
        otel = sdk()
    except Exception as error:  # noqa: BLE001 - it is told, as at the start of a process
        return _why(error)
    heard = Heard()
    with complaining_to(heard):
        if await asyncio.to_thread(otel.reaches, outlet, TRY_SECONDS):
            return ""
    return f"{outlet.shown} does not take traces: {heard.lines[0] if heard.lines else 'no answer'}"


def sdk() -> Any:
    """The module over the SDK, which costs a tenth of a second: only who traces imports it.

    Raises:
        ImportError: the extra `tracing` is not installed.
    """
    unset_empty()
    return import_module("bot.wiring.otel")


async def _within(close: Callable[[], None], seconds: float) -> None:
    """Close in a thread that nobody waits for longer than that, not even the interpreter at its end."""
    loop, closed = asyncio.get_running_loop(), asyncio.Event()

    def work() -> None:
        close()
        with contextlib.suppress(RuntimeError):  # the loop may be over by then
            loop.call_soon_threadsafe(closed.set)

    threading.Thread(target=work, name="traces-close", daemon=True).start()
    try:
        async with asyncio.timeout(seconds):
            await closed.wait()
    except TimeoutError:
        log.warning("the last traces are lost", seconds=seconds)


@contextlib.contextmanager
def complaining_to(handler: logging.Handler) -> Iterator[None]:
    """While the block runs, what OpenTelemetry complains about goes there alone."""
    logger = logging.getLogger("opentelemetry")
    propagates = logger.propagate
    logger.addHandler(handler)
    logger.propagate = False
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.propagate = propagates


def _said(record: logging.LogRecord) -> str:
    """A complaint; where it is about a variable or a request, without what stood there: it may be secret."""
    told = record.getMessage() if record.name.startswith(_ABOUT_SENDING) else str(record.msg)
    return told[:500]


class Heard(logging.Handler):
    """Keeps complaints."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """See `logging.Handler`."""
        self.lines.append(_said(record))


class Complaints(logging.Handler):
    """Passes on the first complaint, and then at most one every five minutes, with how many there were."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        super().__init__(logging.WARNING)
        self._monotonic = monotonic
        self._said_at: float | None = None
        self._kept = 0

    def emit(self, record: logging.LogRecord) -> None:
        """See `logging.Handler`."""
        now = self._monotonic()
        self._kept += 1
        if self._said_at is not None and now - self._said_at < COMPLAIN_EVERY_S:
            return
        log.warning("opentelemetry complains", error=_said(record), complaints=self._kept)
        self._said_at, self._kept = now, 0
