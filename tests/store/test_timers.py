from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import asyncpg
import pytest

from bot.domain.timer import SOONEST, Timer, TimerKind
from tests.support.facts import later

if TYPE_CHECKING:
    from bot.app.ports import ClaimedTimer, Store
    from bot.store.unit_of_work import PostgresStore

LEASE = timedelta(seconds=30)


def timer(subject: str = "1", due: float = 10, generation: int = 0) -> Timer:
    return Timer(TimerKind.CHANNEL_OVERDUE, subject, later(due), generation)


async def put(store: Store, *timers: Timer) -> None:
    async with store.begin() as uow:
        await uow.timers.set(timers)


async def claim(store: Store, at: float, limit: int = 10) -> list[ClaimedTimer]:
    async with store.begin() as uow:
        return await uow.timers.claim(later(at), LEASE, limit)


async def done(store: Store, claimed: ClaimedTimer) -> bool:
    async with store.begin() as uow:
        return await uow.timers.done(claimed)


async def test_a_timer_rings_when_it_is_due_and_once(store: Store) -> None:
    await put(store, timer("1", 10), timer("2", 5))
    assert await claim(store, 4) == []
    first, second = await claim(store, 10)
    assert [first.timer, second.timer] == [timer("2", 5), timer("1", 10)]
    assert await claim(store, 11) == []
    assert await done(store, first)
    assert not await done(store, first)


async def test_of_those_due_at_one_moment_always_the_same_rings_first(store: Store) -> None:
    at_once = [Timer(kind, subject, later(10)) for subject in ("é", "b", "B", "_") for kind in TimerKind]
    await put(store, *at_once)
    first = [one.timer for one in await claim(store, 10, 9)]
    second = [one.timer for one in await claim(store, 10, 99)]
    assert first + second == sorted(at_once, key=lambda one: (one.kind, one.subject))


async def test_one_whose_holder_vanished_rings_again(store: Store) -> None:
    await put(store, timer())
    (lost,) = await claim(store, 10)
    (again,) = await claim(store, 40)
    assert not await done(store, lost)
    assert await done(store, again)


async def test_a_newer_generation_replaces_an_older_one(store: Store) -> None:
    await put(store, timer(generation=1))
    (held,) = await claim(store, 10)
    await put(store, timer(due=20, generation=2), timer(due=99, generation=0))
    assert not await done(store, held)
    (new,) = await claim(store, 20)
    assert new.timer == timer(due=20, generation=2)


async def test_a_cancelled_timer_does_not_ring(store: Store) -> None:
    await put(store, timer())
    async with store.begin() as uow:
        await uow.timers.cancel(TimerKind.CHANNEL_OVERDUE, "1")
    assert await claim(store, 99) == []


async def test_two_workers_never_take_the_same(postgres: PostgresStore) -> None:
    await put(postgres, *(timer(str(n)) for n in range(30)))
    batches = await asyncio.gather(*(claim(postgres, 10, 10) for _ in range(6)))
    taken = [one.timer.subject for batch in batches for one in batch]
    assert len(taken) == len(set(taken))


@pytest.mark.parametrize("kind", sorted(SOONEST))
async def test_what_shall_be_considered_again_keeps_its_soonest_time_until_it_is_looked_at(
    store: Store, kind: TimerKind
) -> None:
    def again(due: float) -> Timer:
        return Timer(kind, "s", later(due))

    await put(store, again(60))
    await put(store, again(600), again(700))
    assert await claim(store, 59) == []
    (claimed,) = await claim(store, 60)
    async with store.begin() as uow:
        assert await uow.timers.done(claimed)
        await uow.timers.set([again(600)])  # nothing has changed yet
    assert await claim(store, 599) == []
    await put(store, again(300))
    assert [one.timer for one in await claim(store, 599)] == [again(300)]


async def test_one_that_rests_is_left_alone_until_then(store: Store) -> None:
    await put(store, timer())
    (claimed,) = await claim(store, 10)
    async with store.begin() as uow:
        await uow.timers.rest(claimed, later(20))
    assert await claim(store, 19) == []
    (again,) = await claim(store, 20)
    async with store.begin() as uow:
        await uow.timers.rest(claimed, later(90))  # whose lease is over
        assert await uow.timers.done(again)


async def test_one_of_a_kind_of_a_newer_version_is_left_to_that(
    postgres: PostgresStore, migrated_url: str
) -> None:
    connection = await asyncpg.connect(migrated_url)
    await connection.execute(
        "INSERT INTO timers (kind, subject, generation, due_at) VALUES ('escalate', '1', 0, $1)", later(0)
    )
    await put(postgres, timer())
    assert [one.timer for one in await claim(postgres, 10)] == [timer()]
    assert await connection.fetchval("SELECT count(*) FROM timers WHERE lease_until IS NULL") == 1
    await connection.close()
