from __future__ import annotations

import asyncio
import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest

from bot.domain.effects import Effect, EffectKind
from bot.store.unit_of_work import PostgresStore
from tests.support.facts import NOW, later
from tests.support.fake_store import FakeStore
from tests.support.spans import SENDER

if TYPE_CHECKING:
    from bot.app.ports import ClaimedEffect, Store

LEASE = timedelta(seconds=30)
INCIDENT = str(uuid.uuid4())


def effect(key: str, lane: str = "slack:1", **more: Any) -> Effect:
    kind = more.pop("kind", EffectKind.STATUS_CARD)
    return Effect(key, kind, lane, INCIDENT, more.pop("payload", {"n": 1}), **more)


async def add(store: Store, *effects: Effect) -> None:
    async with store.begin() as uow:
        await uow.outbox.add(effects)


async def claim(store: Store, at: float = 0, limit: int = 10, **more: Any) -> list[ClaimedEffect]:
    async with store.begin() as uow:
        return await uow.outbox.claim("w", later(at), LEASE, limit, more.get("kinds"))


def keys(claimed: list[ClaimedEffect]) -> list[str]:
    return [one.effect.key for one in claimed]


async def test_an_effect_comes_back_as_it_was(store: Store) -> None:
    given = effect("a", coalesce="status", due_at=later(-1), payload={"deep": {"list": [1, "zwei"]}})
    await add(store, given)
    (claimed,) = await claim(store)
    assert claimed.effect == given
    assert (claimed.attempt, claimed.fence, claimed.uncertain_since, claimed.failing_since) == (
        1,
        1,
        None,
        None,
    )


async def test_a_lane_goes_in_order_and_lanes_side_by_side(store: Store) -> None:
    await add(store, effect("a1"), effect("a2"), effect("b1", "slack:2"))
    first = await claim(store)
    assert keys(first) == ["a1", "b1"]
    assert await claim(store) == []
    async with store.begin() as uow:
        assert await uow.outbox.done(first[0], NOW, {"ts": "1"})
        assert await uow.outbox.dead(first[1], NOW, "refused")
        assert await uow.outbox.waiting() == 1
    assert keys(await claim(store)) == ["a2"]


async def test_the_limit_counts_lanes(store: Store) -> None:
    await add(store, *(effect(f"k{n}", f"slack:{n}") for n in range(5)))
    assert keys(await claim(store, limit=2)) == ["k0", "k1"]
    assert keys(await claim(store, limit=2)) == ["k2", "k3"]


async def test_a_key_is_entered_once(store: Store) -> None:
    await add(store, effect("a"), effect("a"))
    await add(store, effect("a"))
    (claimed,) = await claim(store)
    async with store.begin() as uow:
        await uow.outbox.done(claimed, NOW, {})
    await add(store, effect("a"))
    assert await claim(store) == []


async def test_effects_merge_while_one_waits_untouched(store: Store) -> None:
    await add(store, effect("v1", coalesce="status"), effect("v2", coalesce="status"))
    await add(store, effect("v3", coalesce="status"))
    (first,) = await claim(store)
    assert first.effect.key == "v1"
    await add(store, effect("v4", coalesce="status"), effect("v5", coalesce="status"))
    async with store.begin() as uow:
        assert await uow.outbox.again(first, later(1), later(2), "timeout", uncertain=False)
        assert await uow.outbox.waiting() == 2
    (again,) = await claim(store, 2)
    assert (again.effect.key, again.attempt) == ("v1", 2)


async def test_what_is_not_due_blocks_its_lane_only(store: Store) -> None:
    await add(store, effect("a1", due_at=later(10)), effect("a2"), effect("b1", "slack:2"))
    assert keys(await claim(store)) == ["b1"]
    assert keys(await claim(store, 10)) == ["a1"]


async def test_a_worker_takes_the_kinds_it_can_do(store: Store) -> None:
    await add(store, effect("a"), effect("p", "page:1", kind=EffectKind.PAGE))
    assert keys(await claim(store, kinds=[EffectKind.PAGE])) == ["p"]


async def test_a_lost_lease_is_taken_over_and_the_old_holder_can_write_nothing(store: Store) -> None:
    await add(store, effect("a"))
    (old,) = await claim(store)
    assert await claim(store, 29) == []
    (new,) = await claim(store, 30)
    assert (new.attempt, new.fence, new.uncertain_since) == (2, old.fence + 1, NOW)
    async with store.begin() as uow:
        assert not await uow.outbox.done(old, later(31), {})
        assert not await uow.outbox.again(old, later(31), later(31), "late", uncertain=True)
        assert not await uow.outbox.dead(old, later(31), "late")
        assert not await uow.outbox.renew(old, later(31), LEASE)
        assert await uow.outbox.done(new, later(31), {})


async def test_a_renewed_lease_holds_longer(store: Store) -> None:
    await add(store, effect("a"))
    (held,) = await claim(store)
    async with store.begin() as uow:
        assert await uow.outbox.renew(held, later(20), LEASE)
    assert await claim(store, 40) == []
    assert keys(await claim(store, 50)) == ["a"]


@pytest.mark.parametrize("uncertain", [True, False])
async def test_a_failure_remembers_since_when_and_whether_it_may_have_acted(
    store: Store, *, uncertain: bool
) -> None:
    await add(store, effect("a"))
    (first,) = await claim(store)
    async with store.begin() as uow:
        await uow.outbox.again(first, later(3), later(5), "no answer", uncertain=uncertain)
    assert await claim(store, 4) == []
    (second,) = await claim(store, 5)
    async with store.begin() as uow:
        await uow.outbox.again(second, later(6), later(6), "no answer", uncertain=True)
    (third,) = await claim(store, 6)
    assert third.failing_since == later(3)
    assert third.uncertain_since == (NOW if uncertain else later(5))


async def test_what_waits_is_done_sooner_where_the_new_one_is_in_more_of_a_hurry(store: Store) -> None:
    await add(store, effect("counts", coalesce="status", due_at=later(10)))
    await add(store, effect("more counts", coalesce="status", due_at=later(15)))
    assert await claim(store, 9) == []
    await add(store, effect("sooner", coalesce="status", due_at=later(5)))
    assert await claim(store, 4) == []
    assert keys(await claim(store, 5)) == ["counts"]


async def test_what_waits_is_done_at_once_where_the_new_one_does_not_wait(store: Store) -> None:
    await add(store, effect("counts", coalesce="status", due_at=later(10)))
    await add(store, effect("acknowledged", coalesce="status"))
    assert keys(await claim(store)) == ["counts"]


async def test_statements_without_a_transaction_do_the_same(store: Store) -> None:
    async with store.wakes({EffectKind.STATUS_CARD.value}) as wake:
        await wake.wait(5)  # the first news is that somebody listens
        waiting = asyncio.create_task(wake.wait(20))
        async with store.singly() as uow:
            await uow.outbox.add([effect("a")])
        await asyncio.wait_for(waiting, 5)
    async with store.singly() as uow:
        assert keys(await uow.outbox.claim("w", NOW, LEASE, 1, None)) == ["a"]
    assert await claim(store) == []


async def test_news_of_other_kinds_wakes_nobody(postgres: PostgresStore) -> None:
    async with (
        postgres.wakes({EffectKind.PAGE.value}) as pages,
        postgres.wakes({EffectKind.STATUS_CARD.value}) as cards,
    ):
        await pages.wait(5)
        await cards.wait(5)
        other = asyncio.create_task(pages.wait(60))
        await add(postgres, effect("a"))
        await asyncio.wait_for(cards.wait(60), 10)
        assert not other.done()
        await add(postgres, effect("b", kind=EffectKind.PAGE))
        await asyncio.wait_for(other, 10)


async def test_adding_wakes_those_who_wait(store: Store) -> None:
    async with store.wakes() as wake:
        await wake.wait(5)  # the first news is that somebody listens
        waiting = asyncio.create_task(wake.wait(20))
        await add(store, effect("a"))
        await asyncio.wait_for(waiting, 5)


async def test_two_workers_never_take_the_same(postgres: PostgresStore) -> None:
    await add(postgres, *(effect(f"k{n}", f"slack:{n}") for n in range(40)))
    batches = await asyncio.gather(*(claim(postgres, limit=10) for _ in range(8)))
    taken = [key for batch in batches for key in keys(batch)]
    assert len(taken) == len(set(taken))
    rest = keys(await claim(postgres, limit=100))
    assert sorted(taken + rest) == sorted(f"k{n}" for n in range(40))


async def test_an_effect_that_is_just_being_taken_is_not_merged_into(postgres: PostgresStore) -> None:
    await add(postgres, effect("v1", coalesce="status"))
    async with postgres.begin() as uow:
        assert keys(await uow.outbox.claim("w", NOW, LEASE, 1, None)) == ["v1"]
        adding = asyncio.create_task(add(postgres, effect("v2", coalesce="status")))
        done, _ = await asyncio.wait({adding}, timeout=0.2)
        assert not done  # it waits until the claim is settled
    await asyncio.wait_for(adding, 5)
    async with postgres.begin() as uow:
        assert await uow.outbox.waiting() == 2


@pytest.mark.parametrize("origin", [None, SENDER])
@pytest.mark.parametrize("kind", ["fake", "real"])
async def test_an_effect_knows_the_trace_that_made_it(
    kind: str, origin: str | None, migrated_url: str
) -> None:
    postgres = PostgresStore(migrated_url, origin=lambda: origin)
    store: Any = postgres if kind == "real" else FakeStore(origin=lambda: origin)
    await add(store, effect("a"))
    assert [one.traceparent for one in await claim(store)] == [origin]
    await postgres.close()


async def test_what_the_version_before_enters_has_no_trace(postgres: PostgresStore) -> None:
    async with postgres.begin():
        pass
    connection = await asyncpg.connect(postgres._url)
    await connection.execute(
        "INSERT INTO outbox (key, kind, lane, payload) VALUES ('old', 'slack.status_card', 'slack:1', '{}')"
    )
    await connection.close()
    assert [one.traceparent for one in await claim(postgres)] == [None]
