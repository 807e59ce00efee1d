from __future__ import annotations

import asyncio
import random
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from bot.app.ports import IncidentFilter
from bot.domain.alert import AlertStatus, Occurrence
from bot.domain.decisions import Group, Outcome
from bot.domain.errors import ConflictError
from bot.domain.incident import State
from bot.domain.opening_scope import OpeningScope
from bot.domain.rules import DEFAULT_RULE, Routed, Rule, RuleSet, StormPolicy
from tests.app.conftest import alert_intake
from tests.support.facts import NOW, alert_event, incident, later
from tests.support.fake_store import FakeStore

if TYPE_CHECKING:
    from bot.app.ports import Store
    from bot.domain.alert import AlertEvent
    from bot.domain.decisions import Snapshot
    from bot.domain.view import IncidentView
    from bot.store.unit_of_work import PostgresStore

RULES = RuleSet([DEFAULT_RULE])


def occurrence(event: AlertEvent, **more: Any) -> Occurrence:
    return Occurrence(
        source=event.source,
        fingerprint=event.fingerprint,
        starts_at=event.starts_at,
        status=event.status,
        ends_at=event.ends_at,
        name=event.name,
        service=event.service,
        environment=event.environment,
        labels=event.labels,
        annotations=event.annotations,
        generator_url=event.generator_url,
        received_at=event.received_at,
        **more,
    )


def outcome(*occurrences: Occurrence, incidents: Any = (), groups: Any = ()) -> Outcome:
    made = Outcome()
    made.occurrences = {one.key: one for one in occurrences}
    made.incidents = {one.id: one for one in incidents}
    made.groups = {(one.key, one.incident_id): one for one in groups}
    return made


def group(key: str, incident_id: str, **more: Any) -> Group:
    given = {"opened_at": NOW, "how": "opened", **more}
    return Group(key, "production", "default", incident_id, **given)


async def save(store: Store, made: Outcome) -> None:
    async with store.begin() as uow:
        await uow.board.save(made)


async def load(store: Store, *routed: Routed, scope: OpeningScope | None = None) -> Snapshot:
    async with store.begin() as uow:
        return await uow.board.load(routed, scope)


async def test_an_empty_store_knows_nothing(store: Store) -> None:
    snapshot = await load(store, RULES.route(alert_event()))
    assert (snapshot.occurrences, snapshot.groups, snapshot.incidents) == ({}, {}, {})
    assert await load(store) == await load(FakeStore())


async def test_the_latest_occurrence_and_all_it_hangs_on_are_loaded(store: Store) -> None:
    mine, theirs = incident(version=1), incident(version=1)
    old, new = alert_event("f1", at=-60, ended=-30), alert_event("f1")
    await save(store, outcome(occurrence(old, incident_id=mine.id), incidents=[mine, theirs]))
    routed = RULES.route(new)
    known = occurrence(new, group_key=routed.group_key, rule="default", incident_id=mine.id)
    closed = group(routed.group_key, mine.id, open=False, opened_at=later(9))
    await save(store, outcome(known, groups=[closed, group(routed.group_key, theirs.id)]))
    snapshot = await load(store, routed)
    (loaded,) = snapshot.occurrences.values()
    assert replace_labels(loaded) == replace_labels(known)
    assert snapshot.groups == {routed.group_key: group(routed.group_key, theirs.id)}
    assert snapshot.incidents == {mine.id: mine, theirs.id: theirs}
    assert (mine.number, theirs.number) != (0, 0)


def replace_labels(one: Occurrence) -> Occurrence:
    return replace(one, labels={}, annotations={})


async def renew(store: Store, event: AlertEvent) -> None:
    """Write the event as the newest of its occurrence, on what was loaded before."""
    async with store.begin() as uow:
        await uow.board.load([RULES.route(event)], None)
        await uow.board.save(outcome(occurrence(event)))


async def test_a_late_firing_never_undoes_an_end(store: Store) -> None:
    await save(store, outcome(occurrence(alert_event("f1", ended=60))))
    for late in (alert_event("f1"), alert_event("f1", ended=30)):
        with pytest.raises(ConflictError):
            await renew(store, late)
    await renew(store, alert_event("f1", ended=90))
    snapshot = await load(store, RULES.route(alert_event("f1")))
    (known,) = snapshot.occurrences.values()
    assert (known.status, known.ends_at) == (AlertStatus.RESOLVED, later(90))


async def test_an_occurrence_that_was_not_seen_may_not_be_there(postgres: PostgresStore) -> None:
    await save(postgres, outcome(occurrence(alert_event("f1"))))
    with pytest.raises(ConflictError):
        await save(postgres, outcome(occurrence(alert_event("f1", ended=60))))


async def test_what_an_opening_could_join_is_loaded_within_its_scope(store: Store) -> None:
    near, storm = incident(version=1, services=("db",)), incident(version=1, services=("x",), storm=True)
    others = [
        incident(version=1, services=("far",)),
        incident(version=1, services=("db",), last_alert_at=later(-900)),
        incident(version=1, services=("db",), state=State.RESOLVED, resolved_at=NOW),
        incident(version=1, services=("db",), environment="staging"),
    ]
    held = occurrence(alert_event("f1"), group_key="g", rule="default")
    stale = occurrence(alert_event("f2", at=-99), group_key="g", rule="default")
    groups = [
        group("a", near.id),
        group("b", near.id, how="joined"),
        group("c", storm.id, how="storm", opened_at=later(5)),
        group("d", storm.id, opened_at=later(-500)),
    ]
    await save(store, outcome(held, stale, incidents=[near, storm, *others], groups=groups))
    scope = OpeningScope(
        {("production", "db"): later(-60), ("production", "web"): later(-60)},
        {"g": later(-60)},
        {"production": later(-300)},
        10,
    )
    snapshot = await load(store, scope=scope)
    assert set(snapshot.incidents) == {near.id, storm.id}
    assert snapshot.held == {"g": [held.key]}
    assert snapshot.occurrences == {held.key: held}
    assert snapshot.openings == {"production": [NOW, later(5)]}
    latest = await load(store, scope=replace(scope, most_openings=1))
    assert latest.openings == {"production": [later(5)]}


async def test_what_flapped_in_the_batch_that_opened_it_is_kept(store: Store) -> None:
    one = incident(flips=3, flapping_since=NOW, calm_at=later(5))
    async with store.begin() as uow:
        await uow.incidents.add(one)
    async with store.begin() as uow:
        kept = await uow.incidents.get(one.id)
    assert (kept.flips, kept.flapping_since, kept.calm_at) == (3, NOW, later(5))


async def test_an_incident_is_written_over_the_version_before_only(store: Store) -> None:
    one = incident(version=1)
    await save(store, outcome(incidents=[one]))
    await save(store, outcome(incidents=[replace(one, version=2, firing=3)]))
    with pytest.raises(ConflictError):
        await save(store, outcome(incidents=[replace(one, version=2, firing=4)]))
    async with store.begin() as uow:
        assert (await uow.incidents.get(one.id)).firing == 3


async def test_a_group_key_passes_from_its_owner_to_the_next(store: Store) -> None:
    first, second = incident(version=1), incident(version=1)
    await save(store, outcome(incidents=[first, second], groups=[group("g", first.id)]))
    with pytest.raises(ConflictError):
        await save(store, outcome(groups=[group("g", second.id)]))
    await save(store, outcome(groups=[group("g", second.id), group("g", first.id, open=False)]))


async def everything(store: Store) -> list[Any]:
    """What can be told of all incidents without their ids."""
    async with store.begin() as uow:
        views, _ = await uow.incidents.list(IncidentFilter(limit=1000))
    return [_told(view) for view in views]


def _told(view: IncidentView) -> Any:
    alerts = [replace(alert, incident_id=None) for alert in view.alerts]
    timeline = sorted((str(e.time), e.kind, e.text, e.source) for e in view.timeline)
    one = replace(view.incident, id="")
    return (one, alerts, timeline)


@pytest.mark.unmeasured
@pytest.mark.parametrize("seed", range(5))
async def test_the_fake_and_postgres_tell_the_same_of_the_same_alerts(
    postgres: PostgresStore, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 - a repeatable story
    rules = RuleSet(
        [Rule("pairs", DEFAULT_RULE.matchers, group_by=("pod",), min_alerts=2), DEFAULT_RULE]
        if seed % 2
        else [Rule("default", join_hops=seed % 3)],
        StormPolicy(openings=3),
    )
    fake = FakeStore()
    intakes = [alert_intake(postgres, rules), alert_intake(fake, rules)]
    moment = 0.0
    for _ in range(12):
        batch = []
        for _ in range(chance.randrange(1, 12)):
            moment += chance.random() * 200
            at = moment - chance.choice((0, 0, 300))
            ended = moment if chance.random() < 0.4 else None
            labels = {"pod": str(chance.randrange(3))}
            service = chance.choice(["web", "checkout", "db", "other", "unknown"])
            name = f"{service}{chance.randrange(3)}"
            batch.append(
                alert_event(name, service=service, at=at, ended=ended, received=moment, labels=labels)
            )
        taken = [await intake.take_in(batch) for intake in intakes]
        assert taken[0] == taken[1]
    assert await everything(postgres) == await everything(fake)


async def test_two_who_see_one_fault_at_once_open_one_incident(postgres: PostgresStore) -> None:
    """Each sees other services of it, as consumers of different partitions do."""
    batches = [
        [alert_event(f"{service}{n}", service=service, at=n) for n in range(20)]
        for service in ("web", "checkout", "db")
    ]
    await asyncio.gather(*(alert_intake(postgres, RULES).take_in(batch) for batch in batches))
    ((incident, *_),) = await everything(postgres)
    assert incident.firing == 60


async def test_the_same_records_taken_in_twice_at_once_count_once(postgres: PostgresStore) -> None:
    batch = [alert_event(f"f{n}", service=f"s{n % 7}", at=n) for n in range(50)]
    intakes = [alert_intake(postgres, RULES) for _ in range(4)]
    await asyncio.gather(*(intake.take_in(batch) for intake in intakes))
    assert sum(one[0].firing for one in await everything(postgres)) == 50
