"""The parts that every role shares: store, producer, Slack, and the use cases over them."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector

from bot.app.ports import NO_TRACES
from bot.app.silences import SilenceDesk
from bot.kafka.metrics import ProducerMetrics
from bot.kafka.producer import KafkaPublisher
from bot.kafka.quiet import quieten
from bot.kafka.traced import TracedPublisher
from bot.slack.gateway import SlackChat
from bot.slack.metrics import SlackMetrics
from bot.slack.webapi import connect
from bot.store.engine import Bounds
from bot.store.unit_of_work import PostgresStore
from bot.wiring.identity import new_id, now
from bot.wiring.in_force import in_force
from bot.wiring.kafka import kafka_settings
from bot.wiring.lending import LentHands
from bot.wiring.rule_metrics import RuleMetrics
from bot.wiring.verdict_metrics import counted
from consumers.lanes import LANES

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

    from bot.app.explaining import Explainer
    from bot.app.incidents import IncidentDesk
    from bot.app.ingest_alerts import AlertIntake
    from bot.app.ingest_changes import ChangeIntake
    from bot.app.ports import Chat, IncidentPolicy, Publisher, Store, Tracer
    from bot.app.runs import RunDesk
    from bot.config.folder import Configuration
    from bot.domain.catalog import Catalog
    from bot.domain.rules import RuleSet
    from bot.ingest.labels import LabelPolicy
    from bot.settings import Settings
    from bot.slack.webapi import WebApi
    from bot.wiring.in_force import InForce
    from bot.wiring.verdict_metrics import CountedVerdicts


@dataclass(frozen=True, slots=True)
class Parts:
    """What the roles are made of. `console_url` is empty where people cannot open it.

    From `rules` to `policy` each stands in for the newest one of what is in force.
    """

    settings: Settings
    in_force: InForce
    registry: CollectorRegistry
    tracer: Tracer
    store: Store
    hands: LentHands
    warm: Callable[[], Awaitable[None]]
    publisher: Publisher
    slack_api: WebApi
    slack_metrics: SlackMetrics
    chat: Chat
    silences: SilenceDesk
    rules: RuleSet
    catalog: Catalog
    labels: LabelPolicy
    alert_intake: AlertIntake
    change_intake: ChangeIntake
    incidents: IncidentDesk
    runs: RunDesk
    verdicts: CountedVerdicts
    explainer: Explainer
    policy: IncidentPolicy
    console_url: str


@dataclass(frozen=True, slots=True)
class Overrides:
    """What a test, or `tocsin dev`, puts in the place of a part."""

    store: Callable[[Store], Store] | None = None
    publisher: Callable[[Publisher], Publisher] | None = None
    chat: Callable[[Chat], Chat] | None = None

    def stores(self, *databases: Store) -> Iterator[Store]:
        """Each of them, or what stands in its place."""
        return map(self.store, databases) if self.store is not None else iter(databases)


NO_OVERRIDES = Overrides()


_OF_LANES: Final = Bounds(pool=LANES, in_turn=True)
"""Alerts have connections of their own, one a lane: the first statements on a connection take twenty times as
long as later ones, and an opening waits on no connection that has never seen one."""


@contextlib.asynccontextmanager
async def assembled(
    settings: Settings,
    configuration: Configuration,
    overrides: Overrides = NO_OVERRIDES,
    tracer: Tracer = NO_TRACES,
) -> AsyncIterator[Parts]:
    """The parts, closed at the end of the block. Nothing is connected to before it is needed."""
    quieten()
    registry = CollectorRegistry()
    for collector in (ProcessCollector, PlatformCollector, GCCollector):
        collector(registry=registry)
    slack_metrics = SlackMetrics(registry)
    async with contextlib.AsyncExitStack() as stack:
        url = settings.database_url.get_secret_value()
        hands = LentHands()
        database, lanes = (
            PostgresStore(url, origin=tracer.traceparent, hands=hands),
            PostgresStore(url, _OF_LANES, "tocsin alerts", tracer.traceparent, hands),
        )
        stack.push_async_callback(database.close)
        stack.push_async_callback(lanes.close)
        store, alerts = overrides.stores(database, lanes)
        kafka = KafkaPublisher(kafka_settings(settings), settings.topic_prefix, ProducerMetrics(registry))
        await kafka.start()
        stack.push_async_callback(kafka.stop)
        publisher = overrides.publisher(kafka) if overrides.publisher is not None else kafka
        if tracer is not NO_TRACES:
            publisher = TracedPublisher(publisher, tracer)
        api = await stack.enter_async_context(
            connect(settings.slack_bot_token, settings.slack_api, slack_metrics, tracer)
        )
        chat: Chat = SlackChat(api)
        if overrides.chat is not None:
            chat = overrides.chat(chat)
        current = in_force(settings, configuration, store, alerts)
        RuleMetrics(current, registry)
        yield Parts(
            settings=settings,
            in_force=current,
            registry=registry,
            tracer=tracer,
            store=store,
            hands=hands,
            warm=lanes.warm,
            publisher=publisher,
            slack_api=api,
            slack_metrics=slack_metrics,
            chat=chat,
            silences=SilenceDesk(store, now, new_id),
            rules=current.newest(lambda desks: desks.configuration.rules),
            catalog=current.newest(lambda desks: desks.configuration.catalog),
            labels=current.newest(lambda desks: desks.configuration.labels),
            alert_intake=current.newest(lambda desks: desks.alert_intake),
            change_intake=current.newest(lambda desks: desks.change_intake),
            incidents=current.newest(lambda desks: desks.incidents),
            runs=current.newest(lambda desks: desks.runs),
            verdicts=counted(current.newest(lambda desks: desks.verdicts), registry),
            explainer=current.newest(lambda desks: desks.explainer),
            policy=current.newest(lambda desks: desks.policy),
            console_url=settings.public_url.rstrip("/"),
        )
