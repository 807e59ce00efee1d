"""What must hold whatever the order, the repetition and the batching of the same events."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.alert import AlertStatus
from bot.domain.incident import Act, State
from bot.domain.rules import Action
from tests.domain.world import StormPolicy, World, alert, catalog, rule
from tests.support.examples import examples

if TYPE_CHECKING:
    from bot.domain.alert import AlertEvent

CALLS = catalog("web > checkout > payments > bank", "web > search")
# Few alerts and few moments, so that the same ones meet again and again.
SERVICES = ("web", "checkout", "bank", "unknown")
STARTS = (0, 4, 8, 12, 50, 90)


@st.composite
def notifications(draw: st.DrawFn) -> AlertEvent:
    started = draw(st.sampled_from(STARTS))
    ends = draw(st.none() | st.sampled_from((1, 3, 35)))
    heard = started + (ends or 0) + draw(st.sampled_from((0, 1, 7)))
    return alert(
        draw(st.sampled_from(SERVICES)),
        heard,
        name=draw(st.sampled_from(("Errors", "Latency"))),
        started=started,
        ended=None if ends is None else started + ends,
        severity=draw(st.sampled_from(("info", "warning", "critical"))),
        environment=draw(st.sampled_from(("production", "production", "production", "staging"))),
    )


worlds = st.builds(
    lambda least, hops, openings, key, window: World(
        rules=(
            rule("service=bank", "alertname=Latency", name="quiet", action=Action.SUPPRESS),
            rule(group_by=key, min_alerts=least, join_hops=hops, reopen_window=window * rule().window),
        ),
        storm=StormPolicy(openings=openings),
        catalog=CALLS,
    ),
    least=st.sampled_from((1, 1, 2, 3)),
    hops=st.integers(0, 2),
    openings=st.sampled_from((1, 2, 10)),
    key=st.sampled_from((("service",), ("alertname",), ("service", "alertname"), ())),
    window=st.sampled_from((0, 1)),
)
batches = st.lists(st.lists(notifications(), min_size=1, max_size=6), max_size=8)


def same(world: World) -> World:
    return World(rules=world.rules, storm=world.storm, catalog=world.catalog)


def states(world: World) -> dict[tuple[str, str], tuple[object, ...]]:
    latest = world.snapshot().occurrences
    return {key: (one.starts_at, one.status, one.ends_at) for key, one in latest.items()}


def check(world: World) -> None:
    owners = Counter(group.key for group in world.groups.values() if group.open)
    assert all(count == 1 for count in owners.values()), "two incidents own one group"
    firing = Counter(
        one.incident_id for one in world.occurrences.values() if one.status is AlertStatus.FIRING
    )
    latest = {key: one.starts_at for key, one in world.snapshot().occurrences.items()}
    for one in world.occurrences.values():
        assert one.status is AlertStatus.RESOLVED or one.starts_at == latest[one.key], "two firings at once"
    for incident in world.incidents.values():
        assert incident.firing == firing[incident.id]
        assert incident.alerts >= incident.firing
        assert incident.onset <= incident.opened_at
        if incident.state is State.MONITORING:
            assert incident.firing == 0
            assert incident.monitoring_at is not None
        if incident.state in {State.TRIGGERED, State.ACKNOWLEDGED}:
            assert incident.firing > 0
            assert incident.monitoring_at is None
    assert {line.incident_id for line in world.timeline} == set(world.incidents)


@given(worlds, batches, st.data())
@settings(max_examples=examples(50), deadline=None)
def test_alert_states_do_not_depend_on_order_repetition_or_batches(
    world: World, heard: list[list[AlertEvent]], data: st.DataObject
) -> None:
    events = [event for batch in heard for event in batch]
    for batch in heard:
        world.hear(*batch)
    other = same(world)
    repeated = data.draw(st.lists(st.sampled_from(events), max_size=5)) if events else []
    for event in data.draw(st.permutations(events + repeated)):
        other.hear(event)
    assert states(world) == states(other)
    check(world)
    check(other)


@given(worlds, batches, st.lists(st.sampled_from(("acknowledge", "resolve", "nothing")), max_size=8))
@settings(max_examples=examples(80), deadline=None)
def test_counters_and_owners_hold_while_people_act(
    world: World, heard: list[list[AlertEvent]], acts: list[str]
) -> None:
    for minute, batch in enumerate(heard):
        outcome = world.hear(*batch)
        assert len(outcome.decisions) == len(batch), "each event has its decision"
        assert set(outcome.happened) == set(outcome.incidents)
        check(world)
        for incident in world.open_ones():
            act = acts[minute] if minute < len(acts) else "nothing"
            if act == "acknowledge" and incident.state is State.TRIGGERED:
                world.act(Act.ACKNOWLEDGE, incident, minute * 10)
            elif act == "resolve":
                world.act(Act.RESOLVE, incident, minute * 10)


@given(worlds, batches, st.lists(notifications(), min_size=2, max_size=8), st.data())
@settings(max_examples=examples(40), deadline=None)
def test_two_halves_of_a_batch_decide_as_the_whole(
    world: World, before: list[list[AlertEvent]], batch: list[AlertEvent], data: st.DataObject
) -> None:
    split = same(world)
    for one in before:
        world.hear(*one)
        split.hear(*one)
    middle = data.draw(st.integers(1, len(batch) - 1))
    whole = world.hear(*batch).decisions
    halves = split.hear(*batch[:middle]).decisions + split.hear(*batch[middle:]).decisions
    assert [(one.kind, one.reason) for one in whole] == [(one.kind, one.reason) for one in halves]
    assert states(world) == states(split)
    check(split)


@given(worlds, batches, st.lists(notifications(), min_size=1, max_size=4))
@settings(max_examples=examples(40), deadline=None)
def test_without_the_lock_nothing_opens_joins_or_reopens(
    world: World, before: list[list[AlertEvent]], batch: list[AlertEvent]
) -> None:
    for one in before:
        world.hear(*one)
    free = world.decide(*batch, locked=frozenset())
    if free.needs_lock:
        assert free.needs_lock <= {event.environment for event in batch}
        return
    made = {decision.kind.value for decision in free.decisions}
    assert not made & {"open", "reopen", "hold"}
    assert set(free.incidents) <= set(world.incidents)
    locked = world.decide(*batch, locked=None)
    assert [(one.kind, one.reason) for one in free.decisions] == [
        (one.kind, one.reason) for one in locked.decisions
    ]
