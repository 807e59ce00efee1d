from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import asyncpg
import pytest

from bot.domain.change import ChangeKind, Wave
from bot.domain.errors import StoreUnavailableError
from bot.domain.quieting import Quiet, QuietKind
from bot.domain.rules import DEFAULT_RULE, RuleSet
from bot.ingest.patterns import parse_matcher
from bot.store.history import Period, history
from tests.app.conftest import alert_intake
from tests.support.facts import NOW, alert_event, change, later

if TYPE_CHECKING:
    from bot.domain.change import Change
    from bot.store.unit_of_work import PostgresStore

PERIOD = Period(later(0), later(100))


async def tell(postgres: PostgresStore, *batches: list[Change]) -> None:
    """Each batch of statements in a transaction of its own."""
    for batch in batches:
        async with postgres.begin() as uow:
            await uow.changes.add(batch)


async def test_events_and_changes_come_in_the_order_of_receipt(
    postgres: PostgresStore, migrated_url: str
) -> None:
    events = [alert_event(f"f{number}", at=number * 10) for number in range(6)]
    changes = [
        change(f"c{at}", at=at, received_at=later(at), scope={"region": "eu"}) for at in (-5, 0, 25, 99, 100)
    ]
    for event in reversed(events):
        await alert_intake(postgres, RuleSet([DEFAULT_RULE])).take_in([event])
    await tell(postgres, changes)
    async with history(migrated_url) as stored:
        assert await stored.count(PERIOD) == 9
        pages = [page async for page in stored.facts(PERIOD, page=2)]
        kept = [one async for page in stored.decisions(PERIOD, page=2) for one in page]
    assert [fact for page in pages for fact in page] == [
        *(changes[1], *events[:3], changes[2], *events[3:], changes[3]),
    ]
    assert [one.event_id for one in kept] == [one.event_id for one in events]
    assert {one.decision for one in kept} == {"open", "attach"}
    assert {(one.number, one.rule) for one in kept} == {(1, "default")}


async def test_a_change_is_heard_of_when_it_was_first_told_and_again_as_it_stands(
    postgres: PostgresStore, migrated_url: str
) -> None:
    waves = tuple(Wave(later(at), at / 100) for at in (10, 40))
    begun = replace(change("c", at=10, received_at=later(11)), waves=waves[:1], maintenance=True)
    grown = replace(begun, received_at=later(41), waves=waves)
    ended = replace(grown, received_at=later(60), ended_at=later(59))
    at_once = [
        change("b", at=20, received_at=later(21)),
        change("b", at=20, received_at=later(30), ended_at=later(29)),
    ]
    await tell(postgres, [begun], at_once, [grown], [ended])
    async with history(migrated_url) as stored:
        assert await stored.count(PERIOD) == 4
        read = [fact async for page in stored.facts(PERIOD) for fact in page]
        early = [fact async for page in stored.facts(Period(later(0), later(50))) for fact in page]
    assert read == [begun, *at_once, ended]
    assert early == read[:3]


async def test_an_end_that_was_announced_is_known_from_the_first(
    postgres: PostgresStore, migrated_url: str
) -> None:
    announced = change("w", at=10, received_at=later(5), ended_at=later(90), maintenance=True)
    waved = replace(announced, received_at=later(60), waves=(Wave(later(59), 1.0),))
    await tell(postgres, [announced], [waved])
    async with history(migrated_url) as stored:
        read = [fact async for page in stored.facts(PERIOD) for fact in page]
    assert read == [announced, waved]


async def test_maintenance_that_was_announced_before_is_known(
    postgres: PostgresStore, migrated_url: str
) -> None:
    told_before = change("before", at=-20, received_at=later(-21), ended_at=later(50), maintenance=True)
    begun = change("begun", at=-10, received_at=later(-10), kind=ChangeKind.INFRA)
    ended = replace(begun, received_at=later(20), ended_at=later(19))
    others = [
        change("deploy", at=-5, received_at=later(-5)),
        change("long ago", at=-40 * 86_400, received_at=later(-40 * 86_400), maintenance=True),
        change("later", at=10, received_at=later(10), maintenance=True),
    ]
    await tell(postgres, [told_before, begun, *others], [ended])
    async with history(migrated_url) as stored:
        assert await stored.announced(later(0), {ChangeKind.INFRA}) == [told_before, begun]
        assert await stored.announced(later(30), ()) == [
            told_before,
            replace(others[2], received_at=later(10)),
        ]


async def test_a_change_that_the_version_before_wrote_was_told_of_once(
    postgres: PostgresStore, migrated_url: str
) -> None:
    begun = change("c", at=10, received_at=later(11))
    ended = replace(begun, received_at=later(60), ended_at=later(59))
    await tell(postgres, [begun])
    raw = await asyncpg.connect(migrated_url)
    await raw.execute("UPDATE changes SET first_told_at = NULL, first_ended_at = NULL")
    await raw.close()
    await tell(postgres, [ended])
    async with history(migrated_url) as stored:
        assert [fact async for page in stored.facts(PERIOD) for fact in page] == [begun, ended]


async def test_several_days_and_none(postgres: PostgresStore, migrated_url: str) -> None:
    intake = alert_intake(postgres, RuleSet([DEFAULT_RULE]))
    events = [alert_event(f"f{day}", at=day * 86_400.0) for day in range(3)]
    await intake.take_in(events)
    async with history(migrated_url) as stored:
        read = [page async for page in stored.facts(Period(NOW, NOW + timedelta(days=4)))]
        assert read == [[event] for event in events]
        assert [page async for page in stored.facts(Period(later(-20), later(-10)))] == []


async def test_the_silences_of_a_period(postgres: PostgresStore, migrated_url: str) -> None:
    def quiet(name: str, start: float, end: float, kind: QuietKind = QuietKind.SILENCE) -> Quiet:
        return Quiet(name, kind, (parse_matcher("service=checkout"),), later(start), later(end), "@ada")

    kept = [quiet("over all", -50, 500), quiet("until then", -50, 1), quiet("from then", 99, 200)]
    others = [quiet("before", -50, 0), quiet("after", 100, 200), quiet("work", 0, 9, QuietKind.MAINTENANCE)]
    async with postgres.begin() as uow:
        await uow.quiets.put([*kept, *others])
    async with history(migrated_url) as stored:
        assert await stored.silences(PERIOD) == sorted(kept, key=lambda one: one.ends_at)


async def test_who_shares_a_snapshot_reads_the_same(postgres: PostgresStore, migrated_url: str) -> None:
    intake = alert_intake(postgres, RuleSet([DEFAULT_RULE]))
    await intake.take_in([alert_event("f1")])
    async with history(migrated_url) as first:
        await intake.take_in([alert_event("f2")])
        async with history(migrated_url, first.snapshot) as second:
            assert await second.count(PERIOD) == await first.count(PERIOD) == 1
    with pytest.raises(StoreUnavailableError, match="no snapshot"):
        async with history(migrated_url, "'; DROP TABLE events"):
            pass
