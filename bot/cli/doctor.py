"""`tocsin doctor`: does everything answer, and would an incident reach whom it should?"""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import click

from bot.app.environments import apart
from bot.app.reach import out_of_reach, reach_of
from bot.cli.errors import CHECK_FAILED
from bot.config.folder import require_configuration
from bot.domain.errors import ConfigurationError, TocsinError
from bot.domain.wording import few
from bot.settings import from_environment, require
from bot.slack.hearing import check_hearing
from bot.slack.manifest import missing_scopes
from bot.wiring.identity import now
from bot.wiring.logs import configure_logs
from bot.wiring.parts import assembled
from bot.wiring.tracing import Outlet, outlet_of, tried

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.app.ports import Chat, Store
    from bot.config.folder import Configuration
    from bot.ingest.labels import LabelPolicy
    from bot.settings import Settings


@click.command()
@click.option("-o", "output", type=click.Choice(["text", "json"]), default="text", show_default=True)
def doctor(output: str) -> None:
    """Ask the database, Kafka and Slack whether they answer, and Slack whether our scopes are complete.

    Whether what people press in Slack can reach us is looked at, too; where traces go out, their collector
    is asked as well. Notes say where alerts and changes seem to name the same environment differently, whom
    an incident would invite or tell and Slack does not know, and channels in which the app cannot speak.
    """
    settings = from_environment()
    configure_logs(settings)
    require(settings, "DATABASE_URL", "KAFKA_BOOTSTRAP_SERVERS", "SLACK_BOT_TOKEN")
    configuration = require_configuration(settings.config)
    outlet = outlet_of(settings)
    if outlet.exporters:
        click.echo(f"Traces go to {outlet.shown}.", err=True)
    found, notes = asyncio.run(_examine(settings, configuration, outlet))
    for note in notes:
        click.echo(f"note: {note}", err=True)
    if output == "json":
        click.echo(json.dumps(found))
    else:
        for name, problem in found.items():
            click.echo(f"{name}: {problem or 'ok'}")
        if outlet == Outlet():
            click.echo("traces: off")
    if any(found.values()):
        raise SystemExit(CHECK_FAILED)


async def _examine(
    settings: Settings, configuration: Configuration, outlet: Outlet
) -> tuple[dict[str, str], list[str]]:
    """What was asked, each with what is wrong with it, empty where it is well; and what else was noticed."""
    async with assembled(settings, configuration) as parts:

        async def scopes() -> None:
            granted = await parts.slack_api.granted_scopes()
            if granted is not None and (missing := missing_scopes(granted)):
                raise ConfigurationError(
                    f"the app lacks {', '.join(missing)}; reinstall it from its manifest"
                )

        async def hearing() -> None:
            await check_hearing(settings, parts.slack_metrics)

        checks: dict[str, Callable[[], Awaitable[None]]] = {
            "database": parts.store.check,
            "kafka": parts.publisher.check,
            "slack": parts.chat.check,
            "slack scopes": scopes,
            "slack requests": hearing,
        }
        asked_at = {"kafka": settings.kafka_bootstrap_servers, "slack": settings.slack_api}
        found = {name: await _check(check, asked_at.get(name, "")) for name, check in checks.items()}
        notes = _pager(settings, configuration)
        if not found["database"]:
            notes += await _environments(parts.store, configuration.labels)
        if not found["slack"] and not found["slack scopes"]:
            notes += await _reached(parts.chat, configuration)
    if outlet != Outlet():
        found["traces"] = await tried(outlet)
    return found, notes


def _pager(settings: Settings, configuration: Configuration) -> list[str]:
    paging = [rule.name for rule in configuration.rules.rules if rule.page]
    if settings.pager_url or not paging:
        return []
    return [f"nobody is woken: TOCSIN_PAGER_URL is not set, and {few(paging)} would page"]


async def _environments(store: Store, labels: LabelPolicy) -> list[str]:
    try:
        async with store.begin() as uow:
            text = (await apart(uow, now(), labels.environment_of_change)).text
    except TocsinError as error:
        return [f"the environments cannot be compared: {error}"]
    return [text] if text else []


async def _reached(chat: Chat, configuration: Configuration) -> list[str]:
    reach = reach_of(configuration.rules, configuration.catalog, configuration.installation.owners)
    try:
        return await out_of_reach(chat, reach)
    except TocsinError as error:
        return [f"whom an incident would reach cannot be looked up: {error}"]


async def _check(check: Callable[[], Awaitable[None]], asked_at: str) -> str:
    try:
        await check()
    except TocsinError as error:
        return f"{error} (asked at {asked_at})" if asked_at else str(error)
    return ""
