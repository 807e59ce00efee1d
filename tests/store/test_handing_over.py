"""Effects that go from the transaction that enters them to a hand of the same process."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest

from bot.domain.effects import EffectKind
from bot.store.unit_of_work import PostgresStore
from tests.store.test_outbox import LEASE, add, claim, effect, keys
from tests.support.facts import NOW, later
from tests.support.spans import SENDER

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.app.ports import ClaimedEffect, Store


class OpenHand:
    """A hand that remembers what it was told."""

    worker, leased_at, lease_until = "here", NOW, NOW + LEASE

    def __init__(self) -> None:
        self.taken: list[ClaimedEffect] = []
        self.let_goes = 0

    def take(self, claimed: ClaimedEffect) -> None:
        self.taken.append(claimed)

    def let_go(self) -> None:
        self.let_goes += 1


class Hands:
    """As many hands as are asked for, for one kind."""

    def __init__(self) -> None:
        self.lent: list[OpenHand] = []

    def __call__(self, kind: EffectKind) -> OpenHand | None:
        if kind is not EffectKind.OPEN_CHANNEL:
            return None
        self.lent.append(OpenHand())
        return self.lent[-1]

    @property
    def taken(self) -> list[ClaimedEffect]:
        return [claimed for hand in self.lent for claimed in hand.taken]


def first(key: str, **more: Any) -> Any:
    return replace(effect(key, kind=EffectKind.OPEN_CHANNEL, **more), first=True)


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
async def store(migrated_url: str, hands: Hands) -> AsyncIterator[Store]:
    real = PostgresStore(migrated_url, origin=lambda: SENDER, hands=hands)
    yield real
    await real.close()


async def test_the_first_of_a_lane_is_handed_over_with_the_commit(store: Store, hands: Hands) -> None:
    given = first("open", payload={"people": ["U1"]})
    async with store.begin() as uow:
        await uow.outbox.add([given, effect("card")])
        assert hands.taken == []
    (claimed,) = hands.taken
    assert (claimed.effect, claimed.attempt, claimed.fence, claimed.traceparent) == (given, 1, 1, SENDER)
    assert (claimed.lease_until, claimed.uncertain_since, claimed.failing_since) == (NOW + LEASE, None, None)
    assert await claim(store) == []  # it is leased, and the card is behind it
    async with store.begin() as uow:
        assert await uow.outbox.renew(claimed, NOW, LEASE)
        assert await uow.outbox.done(claimed, NOW, {})
    assert keys(await claim(store)) == ["card"]


async def test_each_of_many_goes_to_a_hand_of_its_own(store: Store, hands: Hands) -> None:
    async with store.begin() as uow:
        await uow.outbox.add(
            [first("a", lane="slack:1"), effect("a2", "slack:1"), first("b", lane="slack:2")]
        )
        await uow.outbox.add([first("c", lane="slack:3")])
    assert keys(hands.taken) == ["a", "b", "c"]
    assert len({one.id for one in hands.taken}) == 3
    async with store.begin() as uow:
        assert [await uow.outbox.done(one, NOW, {}) for one in hands.taken] == [True] * 3


async def test_without_a_transaction_it_goes_over_as_well(store: Store, hands: Hands) -> None:
    async with store.singly() as uow:
        await uow.outbox.add([first("open")])
    assert keys(hands.taken) == ["open"]


async def test_where_the_transaction_fails_the_hand_is_let_go(store: Store, hands: Hands) -> None:
    async def fails(*, flushed: bool) -> None:
        async with store.begin() as uow:
            await uow.outbox.add([first("open")])
            if flushed:
                await uow.outbox.waiting()
            raise RuntimeError

    for flushed in (False, True):
        with pytest.raises(RuntimeError):
            await fails(flushed=flushed)
    assert [(hand.taken, hand.let_goes) for hand in hands.lent] == [([], 1), ([], 1)]
    assert await claim(store) == []


async def test_what_is_there_already_is_not_handed_over_again(store: Store, hands: Hands) -> None:
    await add(store, first("open"), first("open"))
    await add(store, first("open"))
    assert [(len(hand.taken), hand.let_goes) for hand in hands.lent] == [(1, 0), (0, 1)]


async def test_what_may_have_to_wait_is_claimed(store: Store, hands: Hands) -> None:
    later_one = first("later", lane="slack:2", due_at=later(60))
    unfit = replace(effect("card", "slack:3"), first=True)
    await add(store, effect("open", kind=EffectKind.OPEN_CHANNEL), later_one, unfit)
    assert hands.lent == []
    assert keys(await claim(store)) == ["open", "card"]
    assert keys(await claim(store, at=60)) == ["open", "later", "card"]


async def test_where_the_hand_dies_another_worker_looks_first(store: Store, hands: Hands) -> None:
    await add(store, first("open"))
    past = LEASE / timedelta(seconds=1)
    (claimed,) = await claim(store, at=past)
    assert (claimed.attempt, claimed.uncertain_since, claimed.effect.first) == (2, NOW, False)
    (dead,) = hands.taken
    async with store.begin() as uow:
        assert not await uow.outbox.done(dead, NOW, {})


async def test_nobody_is_woken_for_its_lane_but_for_others(store: Store, migrated_url: str) -> None:
    heard: list[str] = []
    connection = await asyncpg.connect(migrated_url)
    await connection.add_listener("tocsin_outbox", lambda *told: heard.append(told[-1]))
    await add(store, first("open"), effect("card"))
    await add(store, effect("page", "page:1", kind=EffectKind.PAGE), first("b", lane="slack:2"))
    async with asyncio.timeout(10):
        while not heard:
            await connection.execute("SELECT 1")
    await connection.close()
    assert heard == ["page"]
