"""The engine decides what the live intake decides over a store, for the same stream and the same timers."""

from __future__ import annotations

import asyncio
import itertools
import random
import uuid
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.app.ingest_alerts import AlertIntake
from bot.app.ingest_changes import ChangeIntake
from bot.app.ports import IncidentPolicy, Store
from bot.app.ranking import Ranker
from bot.app.timers import Bell
from bot.app.waking import Waking
from bot.domain.alert import AlertEvent
from bot.domain.change import Change, ChangeKind
from bot.domain.correlation import DEFAULT_PARAMETERS
from bot.domain.decisions import DecisionKind
from bot.domain.inhibition import Inhibition
from bot.domain.maintenance import MaintenancePolicy
from bot.domain.rules import DEFAULT_RULE, Action, Held, RuleSet, StormPolicy
from bot.domain.schedule import Hours, Schedule
from bot.ingest.patterns import parse_matcher
from bot.replay.engine import Engine
from bot.replay.happenings import Decided
from tests.domain.conditions import FiredFor
from tests.domain.test_decide_properties import CALLS, notifications
from tests.domain.world import START, alert, at, ended, rule
from tests.support.examples import examples
from tests.support.fake_store import FakeStore

if TYPE_CHECKING:
    from collections.abc import Sequence


UNMEASURED = pytest.mark.unmeasured
LEASE = timedelta(minutes=1)
Fact = AlertEvent | Change
Said = tuple[str, DecisionKind, str, str, int]
"""The event, its kind, the reason's name and words, and the incident's number (0 for none)."""


@dataclass
class Live:
    """The intakes over a store, whose clock is the stream's."""

    store: Store
    rules: RuleSet
    now: datetime = START
    ids: itertools.count[int] = field(default_factory=lambda: itertools.count(uuid.uuid4().int & ~0xFFFFFF))

    def __post_init__(self) -> None:
        self.ranker = ranker = Ranker(CALLS, DEFAULT_PARAMETERS)
        self.alerts = AlertIntake(
            self.store,
            self.rules,
            ranker,
            IncidentPolicy(),
            lambda: self.now,
            lambda: str(uuid.UUID(int=next(self.ids))),
        )
        self.changes = ChangeIntake(self.store, ranker, MaintenancePolicy())
        self.bell = Bell(Waking(self.alerts))

    async def feed(self, fact: Fact) -> None:
        await self.wait(fact.received_at)
        self.now = fact.received_at
        await self.look()
        if isinstance(fact, AlertEvent):
            await self.alerts.take_in([fact])
        else:
            await self.changes.take_in([fact])
        await self.wait(fact.received_at)

    async def look(self) -> None:
        """Production looks up how often services are changed now and then, a replay always knows."""
        async with self.store.begin() as uow:
            await self.ranker.paces.look(uow, self.now + timedelta.resolution, DEFAULT_PARAMETERS.look_back)

    async def wait(self, to: datetime) -> None:
        """Ring the timers that are due by then, each at its time."""
        while True:
            async with self.store.begin() as uow:
                claimed = await uow.timers.claim(to, LEASE, 1)
            if not claimed:
                return
            self.now = max(self.now, claimed[0].timer.due_at)
            await self.look()
            async with self.store.begin() as uow:
                await self.bell.prepare(uow, claimed[0].timer)
                assert await uow.timers.done(claimed[0])
                await self.bell.ring(uow, claimed[0].timer)


async def lived(live: Live, facts: Sequence[Fact]) -> list[Said]:
    for fact in facts:
        await live.feed(fact)
    await live.wait(at(600))
    assert isinstance(live.store, FakeStore)
    numbers = {one.id: one.number for one in live.store.state.incidents.values()}
    return [
        (event.event_id, one.kind, one.reason.name, one.reason.text, numbers.get(one.incident_id or "", 0))
        for event, one in live.store.state.events
    ]


def replayed(engine: Engine, facts: Sequence[Fact]) -> list[Said]:
    happened = [one for fact in facts for one in engine.feed(fact)] + engine.advance(at(600))
    found = [(one.event.event_id, one.decision) for one in happened if isinstance(one, Decided)]
    return [
        (
            *(event_id, one.kind, one.reason.name, one.reason.text),
            engine.world.incidents[one.incident_id].number if one.incident_id else 0,
        )
        for event_id, one in found
    ]


def in_order(facts: Sequence[Fact]) -> list[Fact]:
    """Each event once, in the order of receipt."""
    known: dict[object, Fact] = {}
    for fact in sorted(facts, key=lambda one: one.received_at):
        of = fact.event_id if isinstance(fact, AlertEvent) else (fact.change_id, fact.received_at)
        known.setdefault(of, fact)
    return list(known.values())


def stream(chance: random.Random, count: int) -> list[AlertEvent]:
    """Alerts of a few services over an hour; half of them end."""
    events = []
    for _ in range(count):
        started = chance.uniform(0, 60)
        one = alert(
            chance.choice(("web", "checkout", "payments", "bank", "search")),
            started + 1,
            name=chance.choice(("Errors", "Latency")),
            started=started,
            severity=chance.choice(("info", "warning", "critical")),
        )
        events += [one, ended(one, started + chance.uniform(2, 40))] if chance.random() < 0.5 else [one]
    return events


def changes(count: int, chance: random.Random) -> list[Change]:
    made = [
        Change(
            str(number),
            "ci",
            chance.choice(list(ChangeKind)),
            chance.choice(("web", "checkout", "bank", "unknown", "search")),
            chance.choice(("production", "staging", "unknown")),
            at(chance.uniform(-30, 60)),
            START,
            f"change {number}",
        )
        for number in range(count)
    ]
    told = [replace(one, received_at=max(at(-30), one.time + timedelta(minutes=1))) for one in made]
    corrected = [
        replace(one, service=chance.choice(("checkout", "bank")), received_at=one.received_at + FIVE_MINUTES)
        for one in told
        if chance.random() < 0.3
    ]
    return told + corrected


FIVE_MINUTES = timedelta(minutes=5)
CUT_OFF = Inhibition("cut off", (parse_matcher("severity=critical"),), (parse_matcher("severity=info"),))
TIMES = st.sampled_from([(at(minutes).hour * 60 + at(minutes).minute) for minutes in (0, 5, 20, 70)])
rule_sets = st.builds(
    lambda least, hops, openings, key, held, inhibits, joins, active, when: RuleSet(
        [
            rule("service=bank", "alertname=Latency", name="quiet", action=Action.SUPPRESS, active=active),
            *([rule("alertname=Latency", name="joins", action=Action.ATTACH, when=when)] if joins else []),
            rule(
                group_by=key,
                min_alerts=least,
                join_hops=hops,
                held=held,
                flap_after=2,
                active=None if joins else active,
                when=None if joins else when,
            ),
        ],
        StormPolicy(openings=openings),
        inhibitions=[CUT_OFF] if inhibits else [],
    ),
    least=st.sampled_from((1, 1, 2, 3)),
    hops=st.integers(0, 2),
    openings=st.sampled_from((1, 2, 10)),
    key=st.sampled_from((("service",), ("alertname",), ("service", "alertname"), ())),
    held=st.sampled_from(list(Held)),
    inhibits=st.booleans(),
    joins=st.booleans(),
    active=st.none()
    | st.builds(lambda begins, ends: Schedule((Hours(UTC, start=begins, end=ends),)), TIMES, TIMES),
    when=st.none()
    | st.builds(FiredFor, st.sampled_from((2, 7, 30)).map(lambda n: timedelta(minutes=n)), st.booleans()),
)


@given(rules=rule_sets, events=st.lists(notifications(), max_size=14))
@settings(max_examples=examples(60), deadline=None)
def test_decisions_are_those_of_the_live_intake(rules: RuleSet, events: list[AlertEvent]) -> None:
    facts = in_order(events)
    expected = asyncio.run(lived(Live(FakeStore(), rules), facts))
    assert replayed(Engine(rules, CALLS, DEFAULT_PARAMETERS), facts) == expected


@pytest.mark.parametrize("seed", [2, *(pytest.param(one, marks=UNMEASURED) for one in range(12) if one != 2)])
async def test_suspects_are_those_of_the_live_ranker(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - a repeatable stream, nothing secret
    rules, store = RuleSet([DEFAULT_RULE]), FakeStore()
    facts = in_order([*stream(chance, 12), *changes(15, chance)])
    engine = Engine(rules, CALLS, DEFAULT_PARAMETERS)
    assert replayed(engine, facts) == await lived(Live(store, rules), facts)
    for incident in store.state.incidents.values():
        live = store.state.rankings[incident.id][-1]
        (own,) = [
            one
            for key, one in engine.world.rankings.items()
            if engine.world.incidents[key].number == incident.number
        ]
        assert (own.considered, own.no_change, own.shown) == (live.considered, live.no_change, live.shown)
        assert own.suspects == live.suspects


async def test_an_alert_that_is_woken_with_another_joins_what_that_one_brought_back() -> None:
    rules = RuleSet([rule(group_by=("team",), window=timedelta(minutes=5))], catalog=CALLS)
    work = Change(
        "work",
        "ci",
        ChangeKind.DEPLOY,
        "checkout",
        "unknown",
        at(1),
        at(1),
        maintenance=True,
        ended_at=at(10),
    )
    facts: list[Fact] = [
        alert("checkout", 0, name="A", team="x"),
        alert("checkout", 0.1, name="B", team="x"),
        work,
        alert("checkout", 8, name="C", team="x"),
        alert("checkout", 9, name="D", team="y"),
    ]
    replay = replayed(Engine(rules, CALLS, DEFAULT_PARAMETERS), facts)
    assert replay[-1][1:3] == (DecisionKind.ATTACH, "same_service")
    assert replay == await lived(Live(FakeStore(), rules), facts)
