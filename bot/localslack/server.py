"""Assembles the workspace's web server, and starts it."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web

from bot.localslack.api.endpoint import WebApi
from bot.localslack.backstage import Backstage
from bot.localslack.control import Control
from bot.localslack.events import EventDeliveries
from bot.localslack.faults import FaultPlan
from bot.localslack.ids import Clock, IdSource, random_id
from bot.localslack.journal import Journal
from bot.localslack.limits import RateLimiter
from bot.localslack.listen import bind
from bot.localslack.outgoing import Outgoing
from bot.localslack.pages import add_page
from bot.localslack.people import People
from bot.localslack.responses import ResponseUrls
from bot.localslack.settings import LocalSlackSettings
from bot.localslack.socketmode import SocketMode
from bot.localslack.store import Store
from bot.localslack.triggers import Triggers
from bot.localslack.workspace import Workspace

Sleep = Callable[[float], Awaitable[None]]
_MAX_BODY = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class LocalSlack:
    """The parts of one workspace, for those who hold it in their own process."""

    app: web.Application
    workspace: Workspace
    people: People
    outgoing: Outgoing
    faults: FaultPlan
    journal: Journal
    limiter: RateLimiter


@dataclass(frozen=True, slots=True)
class RunningLocalSlack:
    """A server at work. `url` is the page; `api_url` ends in `/api/`, as a client's `base_url` wants it."""

    url: str
    api_url: str
    slack: LocalSlack
    _runner: web.AppRunner

    def send_to(self, request_url: str | None) -> None:
        """Deliver events, interactions and commands to this address from now on."""
        self.slack.outgoing.request_url = request_url

    async def stop(self) -> None:
        """Stop serving and close every connection."""
        await self._runner.cleanup()


def create_app(
    workspace: Workspace, *, store: Store | None = None, sleep: Sleep = asyncio.sleep
) -> web.Application:
    """Return the web application of a workspace, ready to be served."""
    return assemble(workspace, store=store, sleep=sleep).app


def assemble(workspace: Workspace, *, store: Store | None = None, sleep: Sleep = asyncio.sleep) -> LocalSlack:
    """Put the parts together; `base_url` of the settings is filled in by who knows where they listen."""
    settings = workspace.settings
    journal, faults, triggers = Journal(settings.journal_size), FaultPlan(), Triggers(workspace)
    limiter = RateLimiter(workspace.clock, enabled=settings.rate_limits)
    sockets, responses = SocketMode(workspace), ResponseUrls(workspace)
    outgoing = Outgoing(workspace, sockets, journal)
    people = People(workspace, outgoing, triggers, responses)
    people.base_url = (settings.base_url or "").rstrip("/")
    events = EventDeliveries(workspace, outgoing, sleep)
    api = WebApi(
        workspace,
        triggers=triggers,
        limiter=limiter,
        faults=faults,
        journal=journal,
        open_socket=sockets.ticket,
        base_url=_base_url(settings),
    )
    control = Control(workspace, people)

    def reset() -> None:
        workspace.clear()
        if store is not None:
            store.rewrite(workspace)

    backstage = Backstage(workspace, journal, faults, limiter, outgoing, sockets, events, reset)

    app = web.Application(client_max_size=_MAX_BODY)
    app.router.add_route("GET", "/api/{method}", api.handle)
    app.router.add_route("POST", "/api/{method}", api.handle)
    app.router.add_get("/link/", sockets.handle)
    app.router.add_post("/response/{team}/{key}", responses.handle)
    backstage.add_routes(app)
    control.add_routes(app)
    add_page(app, workspace)

    async def closing(_app: web.Application) -> None:
        control.closing.set()
        await api.close(_app)
        await sockets.close()

    async def cleanup(_app: web.Application) -> None:
        await events.close()
        await outgoing.close()
        if store is not None:
            store.close()

    app.on_shutdown.append(closing)
    app.on_cleanup.append(cleanup)
    return LocalSlack(app, workspace, people, outgoing, faults, journal, limiter)


async def start(
    settings: LocalSlackSettings,
    *,
    clock: Clock = time.time,
    ids: IdSource = random_id,
    sleep: Sleep = asyncio.sleep,
) -> RunningLocalSlack:
    """Serve a workspace, kept in `data_file` if one is given; OSError if the port is taken."""
    listener = bind(settings.host, settings.port)
    url = f"http://{settings.host}:{listener.getsockname()[1]}"
    workspace = Workspace(settings, clock, ids)
    store = Store(settings.data_file) if settings.data_file else None
    if store is not None:
        store.open(workspace)
    slack = assemble(workspace, store=store, sleep=sleep)
    slack.people.base_url = slack.people.base_url or url
    runner = web.AppRunner(slack.app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    await web.SockSite(runner, listener).start()
    return RunningLocalSlack(f"{url}/", f"{url}/api/", slack, runner)


def _base_url(settings: LocalSlackSettings) -> Callable[[web.Request], str]:
    """Return how the caller reached us, which in a network of containers only the caller knows."""

    def base_url(request: web.Request) -> str:
        return (settings.base_url or f"{request.scheme}://{request.host}").rstrip("/")

    return base_url
