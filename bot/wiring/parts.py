"""The parts that every role shares: store, producer, Slack, and the use cases over them."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector

from bot.app.incidents import IncidentDesk
from bot.app.ingest_alerts import AlertIntake
from bot.app.ingest_changes import ChangeIntake
from bot.app.ports import IncidentPolicy
from bot.app.ranking import Ranker
from bot.app.runs import RunDesk
from bot.app.silences import SilenceDesk
from bot.app.verdicts import VerdictDesk
from bot.domain.correlation import DEFAULT_PARAMETERS
from bot.domain.rules import DEFAULT_RULE
from bot.kafka.metrics import ProducerMetrics
from bot.kafka.producer import KafkaPublisher
from bot.kafka.quiet import quieten
from bot.slack.gateway import SlackChat
from bot.slack.metrics import SlackMetrics
from bot.slack.webapi import connect
from bot.store.unit_of_work import PostgresStore
from bot.wiring.identity import new_id, now
from bot.wiring.kafka import kafka_settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from bot.app.ports import Chat, Publisher, Store
    from bot.config.folder import Configuration
    from bot.settings import Settings
    from bot.slack.webapi import WebApi


@dataclass(frozen=True, slots=True)
class Parts:
    """What the roles are made of. `console_url` is empty where people cannot open it."""

    settings: Settings
    configuration: Configuration
    registry: CollectorRegistry
    store: Store
    publisher: Publisher
    slack_api: WebApi
    slack_metrics: SlackMetrics
    chat: Chat
    alert_intake: AlertIntake
    change_intake: ChangeIntake
    incidents: IncidentDesk
    runs: RunDesk
    verdicts: VerdictDesk
    silences: SilenceDesk
    policy: IncidentPolicy
    console_url: str


@dataclass(frozen=True, slots=True)
class Overrides:
    """What a test, or `tocsin dev`, puts in the place of a part."""

    store: Callable[[Store], Store] | None = None
    publisher: Callable[[Publisher], Publisher] | None = None
    chat: Callable[[Chat], Chat] | None = None


NO_OVERRIDES = Overrides()


@contextlib.asynccontextmanager
async def assembled(
    settings: Settings, configuration: Configuration, overrides: Overrides = NO_OVERRIDES
) -> AsyncIterator[Parts]:
    """The parts, closed at the end of the block. Nothing is connected to before it is needed."""
    quieten()
    registry = CollectorRegistry()
    for collector in (ProcessCollector, PlatformCollector, GCCollector):
        collector(registry=registry)
    slack_metrics = SlackMetrics(registry)
    async with contextlib.AsyncExitStack() as stack:
        database = PostgresStore(settings.database_url.get_secret_value())
        stack.push_async_callback(database.close)
        store: Store = overrides.store(database) if overrides.store is not None else database
        kafka = KafkaPublisher(kafka_settings(settings), settings.topic_prefix, ProducerMetrics(registry))
        await kafka.start()
        stack.push_async_callback(kafka.stop)
        publisher = overrides.publisher(kafka) if overrides.publisher is not None else kafka
        api = await stack.enter_async_context(
            connect(settings.slack_bot_token, settings.slack_api, slack_metrics)
        )
        chat: Chat = SlackChat(api)
        if overrides.chat is not None:
            chat = overrides.chat(chat)
        policy = policy_of(settings, configuration)
        parameters = replace(DEFAULT_PARAMETERS, look_back=policy.look_back_seconds)
        ranker = Ranker(configuration.catalog, parameters)
        yield Parts(
            settings=settings,
            configuration=configuration,
            registry=registry,
            store=store,
            publisher=publisher,
            slack_api=api,
            slack_metrics=slack_metrics,
            chat=chat,
            alert_intake=AlertIntake(store, configuration.rules, ranker, policy, now, new_id),
            change_intake=ChangeIntake(store, ranker),
            incidents=IncidentDesk(
                store,
                now,
                new_id,
                policy,
                configuration.catalog,
                next((rule for rule in configuration.rules.rules if not rule.suppress), DEFAULT_RULE),
                parameters,
            ),
            runs=RunDesk(store, now, policy, configuration.playbooks, configuration.catalog),
            verdicts=VerdictDesk(store, now, new_id, ranker),
            silences=SilenceDesk(store, now, new_id),
            policy=policy,
            console_url=policy.console_url,
        )


def policy_of(settings: Settings, configuration: Configuration) -> IncidentPolicy:
    """What the installation decides about its incidents."""
    installation = configuration.installation
    return IncidentPolicy(
        channel_template=installation.channel,
        look_back_seconds=installation.look_back.total_seconds(),
        page_when_slack_fails_seconds=installation.page_when_slack_fails.total_seconds(),
        console_url=settings.public_url.rstrip("/"),
        variables=installation.variables,
    )
