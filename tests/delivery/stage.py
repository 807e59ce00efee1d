"""Delivery on fakes: a clock that tests move; a store, a Slack, a pager and a Kafka in memory."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

from prometheus_client import CollectorRegistry

from bot.app.incidents import IncidentDesk
from bot.app.ports import (
    NO_TRACES,
    Ids,
    IncidentPolicy,
    Message,
    OutRecord,
    Pager,
    Person,
    Publisher,
    Store,
    Tracer,
)
from bot.app.ranking import Ranker
from bot.app.runs import RunDesk
from bot.delivery.delivery import Delivery
from bot.delivery.handlers import handlers_of
from bot.delivery.handlers.outside import Outside
from bot.delivery.metrics import DeliveryMetrics
from bot.delivery.policy import DeliveryPolicy
from bot.delivery.work import Workbench
from bot.domain.catalog import Catalog, Service
from bot.domain.correlation import DEFAULT_PARAMETERS
from bot.domain.incident import Severity
from bot.domain.rules import DEFAULT_RULE, RuleSet
from playbooks.loader import load
from playbooks.model import Playbook
from tests.delivery.unreliable_store import UnreliableStore
from tests.playbooks.fake_toolbox import FakeToolbox
from tests.support.fake_chat import FakeChat

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from bot.domain.effects import EffectKind
    from bot.domain.view import IncidentView, RunSummary

NOW = datetime(2026, 3, 4, 3, 12, tzinfo=UTC)
ANNA = Person("U1", "anna")
BOB = Person("U2", "bob")
CATALOG = Catalog([Service("checkout", links={"health": "http://checkout.test/"}, responders=("U1", "@sre"))])

LOOK = """
name: first-look
title: First look
trigger: {start: on_open}
steps:
  - {name: health, title: Health, kind: http_get, params: {url: "{{ service.links.health }}"}}
  - name: restart
    title: Restart
    kind: http_request
    timeout: 5m
    approval: {prompt: "Restart {{ service.name }}?"}
    params: {url: "http://deploy.test/restart"}
  - {name: done, title: Say so, kind: message, params: {text: "Restarted."}}
"""


def playbook(text: str = LOOK) -> Playbook:
    loaded = load(text, "sample.yaml")
    assert isinstance(loaded, Playbook), loaded
    return loaded


class Time:
    """A clock; `sleep` only moves it."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    async def sleep(self, seconds: float) -> None:
        self.pass_(seconds)


class PlainCards:
    """Cards of plain text, so that tests can read them."""

    def status(self, view: IncidentView) -> Message:
        return Message(f"{view.incident.name} {view.incident.state}")

    def suspects(self, view: IncidentView) -> Message:
        return Message(f"{view.incident.name} suspects")

    def run(self, view: IncidentView, run: RunSummary) -> Message:
        return Message(f"{run.playbook} {run.state}: " + ", ".join(f"{s.name} {s.state}" for s in run.steps))

    def note(self, text: str) -> Message:
        return Message(text)

    def announcement(self, view: IncidentView) -> Message:
        return Message(
            f"{view.incident.name} is open in {view.channel.name if view.channel else 'no channel'}"
        )

    def postmortem(self, view: IncidentView, markdown: str, url: str) -> Message:
        return Message(f"postmortem {url} {len(markdown) > 0}")

    def topic(self, view: IncidentView) -> str:
        return f"{view.incident.severity} {view.incident.state}"


class FakePager(Pager):
    def __init__(self) -> None:
        self.pages: list[tuple[Mapping[str, Any], str]] = []
        self.failures: list[Exception] = []

    async def page(self, body: Mapping[str, Any], key: str) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.pages.append((body, key))


class FakePublisher(Publisher):
    def __init__(self) -> None:
        self.records: list[OutRecord] = []
        self.failures: list[Exception] = []

    async def publish(self, records: Sequence[OutRecord], within: float) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.records += records

    async def check(self) -> None:
        return


def unrenewed(time: Time) -> Callable[[float], Awaitable[None]]:
    """A sleep that moves the clock, but never ends for whoever waits to renew a lease."""
    renewal = DeliveryPolicy().lease.total_seconds() / 3

    async def sleep(seconds: float) -> None:
        if seconds >= renewal:
            await asyncio.Event().wait()
        time.pass_(seconds)

    return sleep


@dataclass(slots=True)
class Stage:
    """Everything that a test moves and looks at."""

    time: Time
    store: UnreliableStore
    chat: FakeChat
    pager: FakePager
    publisher: FakePublisher
    toolbox: FakeToolbox
    desk: IncidentDesk
    runs: RunDesk
    outside: Outside
    bench: Workbench
    delivery: Delivery
    registry: CollectorRegistry = field(default_factory=CollectorRegistry)

    async def declare(self, severity: Severity = Severity.ERROR, title: str = "Checkout fails") -> str:
        view = await self.desk.declare(title, severity, ["checkout"], "production", ANNA)
        return view.incident.id

    async def settle(self) -> None:
        await self.delivery.settle()

    async def later(self, seconds: float) -> None:
        self.time.pass_(seconds)
        await self.settle()

    def states(self, kind: EffectKind) -> list[str]:
        return [row.state for row in self.store.rows(kind)]

    def texts(self, incident_id: str) -> list[str]:
        channel = self.chat.channels[self.store.state.channels[incident_id].id]
        return [one.message.text for one in channel.messages]

    def counted(self, kind: EffectKind, outcome: str) -> float:
        labels = {"kind": kind.value, "outcome": outcome}
        return self.registry.get_sample_value("tocsin_delivery_effects_total", labels) or 0.0


def stage(
    *,
    playbooks: Sequence[Playbook] = (),
    pager: bool = True,
    policy: DeliveryPolicy | None = None,
    real: Store | None = None,
    ids: Ids | None = None,
    tracer: Tracer = NO_TRACES,
) -> Stage:
    """A stage where `playbooks` start with every declared incident; `real` replaces the fake store."""
    time, registry = Time(), CollectorRegistry()
    memory, chat = UnreliableStore(time, tracer.traceparent), FakeChat(now=time)
    fake_pager, publisher = FakePager(), FakePublisher()
    store = real or cast("Store", memory)
    rule = replace(DEFAULT_RULE, playbooks=tuple(one.name for one in playbooks), invite=("U9",))
    incident_policy = IncidentPolicy(console_url="http://tocsin.test", variables={"region": "eu"})
    numbers = iter(range(1, 1000))
    new_id = ids or (lambda: f"incident-{next(numbers)}")
    ranker = Ranker(CATALOG, DEFAULT_PARAMETERS)
    rules = RuleSet([rule])
    desk = IncidentDesk(store, time, new_id, incident_policy, ranker, rules)
    runs = RunDesk(store, time, incident_policy, {one.name: one for one in playbooks}, CATALOG)
    toolbox = FakeToolbox()
    outside = Outside(
        store=store,
        clock=time,
        chat=chat,
        cards=PlainCards(),
        publisher=publisher,
        pager=fake_pager if pager else None,
        runs=runs,
        toolbox=lambda _: toolbox,
        rules=rules,
        catalog=CATALOG,
        policy=incident_policy,
        tracer=tracer,
    )
    bench = Workbench(
        store=store,
        clock=time,
        sleep=unrenewed(time),
        chance=lambda: 1.0,
        handlers=handlers_of(outside),
        metrics=DeliveryMetrics(registry),
        policy=policy or DeliveryPolicy(),
        tracer=tracer,
    )
    delivery = Delivery(bench, worker="test")
    return Stage(
        time, memory, chat, fake_pager, publisher, toolbox, desk, runs, outside, bench, delivery, registry
    )
