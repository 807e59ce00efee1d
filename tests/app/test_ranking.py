from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.app.ranking import Ranker
from bot.domain.correlation import DEFAULT_PARAMETERS
from tests.app.conftest import CATALOG
from tests.support.facts import change, incident, later
from tests.support.fake_store import FakeStore

if TYPE_CHECKING:
    from bot.domain.change import Change
    from bot.domain.effects import Effect

RANKER = Ranker(CATALOG, DEFAULT_PARAMETERS)


@pytest.fixture
async def opened() -> tuple[FakeStore, str]:
    store, one = FakeStore(), incident()
    async with store.begin() as uow:
        await uow.incidents.add(one)
    return store, one.id


async def rank_with(store: FakeStore, incident_id: str, *changes: Change) -> list[Effect]:
    async with store.begin() as uow:
        await uow.changes.add(changes)
        return await RANKER.rank(uow, [incident_id], later(60))


async def test_nobody_is_asked_about_nothing(opened: tuple[FakeStore, str]) -> None:
    async with opened[0].begin() as uow:
        assert await RANKER.rank(uow, [], later(0)) == []


async def test_the_first_answer_is_shown_even_if_it_is_that_there_is_none(
    opened: tuple[FakeStore, str],
) -> None:
    store, one = opened
    (card,) = await rank_with(store, one)
    assert card.key == f"suspects:{one}:1"
    assert not store.state.rankings[one][0].shown


async def test_the_same_answer_is_neither_kept_nor_shown_again(opened: tuple[FakeStore, str]) -> None:
    store, one = opened
    assert len(await rank_with(store, one, change("c1", at=-60))) == 1
    assert await rank_with(store, one) == []
    assert len(store.state.rankings[one]) == 1


async def test_another_suspect_is_shown_and_a_hopeless_one_only_kept(opened: tuple[FakeStore, str]) -> None:
    store, one = opened
    await rank_with(store, one, change("c1", at=-60))
    assert await rank_with(store, one, change("far", "db", at=-80_000)) == []
    assert len(store.state.rankings[one]) == 2
    (card,) = await rank_with(store, one, change("c2", at=-90))
    assert card.key == f"suspects:{one}:3"


async def test_what_is_heard_of_late_forgets_nothing_that_is_known(opened: tuple[FakeStore, str]) -> None:
    store, one = opened
    await rank_with(store, one, change("c1", at=-60, received_at=later(60)))
    async with store.begin() as uow:
        await uow.changes.add([change("c2", at=-90, received_at=later(5))])
        await RANKER.rank(uow, [one], later(5))
    newest = store.state.rankings[one][-1]
    assert newest.at == later(60)
    assert {suspect.change.change_id for suspect in newest.suspects} == {"c1", "c2"}


async def test_each_of_several_incidents_is_weighed_as_of_its_own_newest_fact(
    opened: tuple[FakeStore, str],
) -> None:
    store, one = opened
    ahead = incident(number=2)
    async with store.begin() as uow:
        await uow.incidents.add(ahead)
        await uow.changes.add([change("c1", at=-60)])
        await RANKER.rank(uow, [ahead.id], later(7200))
    async with store.begin() as uow:
        await uow.changes.add([change("c2", at=-90)])
        await RANKER.rank(uow, [one, ahead.id], later(60))
    assert [ranking.at for ranking in store.state.rankings[one]] == [later(60)]
    assert [ranking.at for ranking in store.state.rankings[ahead.id]] == [later(7200)] * 2
