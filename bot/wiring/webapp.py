"""Puts the web and Slack's listeners together."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.slack.app import create_bolt_app, http_handler
from bot.slack.cards.deck import BlockKitCards
from bot.slack.deps import SlackDeps
from bot.slack.intake import Intake
from bot.slack.listeners.desk import Desk
from bot.slack.people import People
from bot.slack.socket_mode import SocketMode
from bot.web.app import create_app
from bot.web.deps import Tokens, WebDeps
from bot.wiring.identity import now
from bot.wiring.roles import running

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence
    from datetime import datetime

    from aiohttp import web
    from slack_bolt.async_app import AsyncApp

    from bot.app.ports import Store
    from bot.ingest.parsed import Rejected
    from bot.web.deps import Check
    from bot.wiring.parts import Parts
    from bot.wiring.roles import Died

DRAIN_WITHIN_S = 10.0


@dataclass(frozen=True, slots=True)
class Quarantine:
    """Keeps what a webhook could not read, in the database."""

    store: Store

    async def __call__(self, source: str, rejected: Sequence[Rejected], at: datetime) -> None:
        """See `bot.web.deps.Quarantine`."""
        async with self.store.begin() as uow:
            for one in rejected:
                await uow.dead_letters.quarantine(source, one.problem, one.path, one.raw, at)


def slack_listeners(parts: Parts) -> tuple[AsyncApp, Intake]:
    """The Bolt application over the use cases, and what drains its work."""
    deps = SlackDeps(
        open_incidents=parts.incidents.open_incidents,
        view_incident=parts.incidents.view_incident,
        declare=parts.incidents.declare,
        acknowledge=parts.incidents.acknowledge,
        resolve=parts.incidents.resolve,
        reopen=parts.incidents.reopen,
        answer_step=parts.runs.answer_step,
        judge=parts.verdicts.judge,
        withdraw=parts.verdicts.withdraw,
        silence=parts.silences.silence,
        silences=parts.silences.active,
        end_silence=parts.silences.expire,
        explain_incident=parts.explainer.explain_incident,
        explain_alerts=parts.explainer.explain_alerts,
        incident_of_channel=parts.incidents.incident_of_channel,
        first_time=parts.incidents.first_time,
    )
    intake = Intake(parts.incidents.first_time, parts.slack_metrics, parts.tracer)
    desk = Desk(deps, People(parts.slack_api), intake, BlockKitCards(parts.console_url), parts.console_url)
    return create_bolt_app(parts.settings, desk), intake


def web_application(parts: Parts, bolt: AsyncApp | None, checks: Mapping[str, Check]) -> web.Application:
    """The whole web; without a Bolt application `/slack/events` is not there."""
    settings = parts.settings
    deps = WebDeps(
        publisher=parts.publisher,
        incidents=parts.incidents,
        verdicts=parts.verdicts,
        explainer=parts.explainer,
        silences=parts.silences,
        quarantine=Quarantine(parts.store),
        tokens=Tokens(
            settings.webhook_token.get_secret_value(),
            settings.api_token.get_secret_value(),
            settings.allow_anonymous,
        ),
        clock=now,
        registry=parts.registry,
        checks=checks,
        slack=http_handler(bolt) if bolt is not None else None,
        rules=parts.rules,
        policy=parts.labels,
        public_url=settings.public_url,
        tracer=parts.tracer,
    )
    return create_app(deps)


@contextlib.asynccontextmanager
async def draining(intake: Intake) -> AsyncIterator[None]:
    """At the end of the block, finish what people have asked for."""
    try:
        yield
    finally:
        await intake.drain(DRAIN_WITHIN_S)


@contextlib.asynccontextmanager
async def socket_mode(parts: Parts, bolt: AsyncApp, died: Died) -> AsyncIterator[Any]:
    """Listen over Socket Mode while the block runs."""
    socket = SocketMode(bolt, parts.settings, parts.slack_metrics)

    async def run(stop: asyncio.Event) -> None:
        listening = asyncio.ensure_future(socket.run())
        stopping = asyncio.ensure_future(stop.wait())
        await asyncio.wait({listening, stopping}, return_when=asyncio.FIRST_COMPLETED)
        socket.stop()
        stopping.cancel()
        await listening

    async with running("socket mode", run, died):
        yield socket
