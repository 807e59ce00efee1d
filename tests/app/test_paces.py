from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.app.paces import Paces
from bot.app.ranking import Ranker
from bot.domain.correlation import DEFAULT_PARAMETERS
from tests.app.conftest import CATALOG
from tests.support.facts import NOW, change, incident, later
from tests.support.fake_store import FakeStore

if TYPE_CHECKING:
    from bot.domain.pace import Pace

DAY = 86_400


async def looked_up(store: FakeStore) -> Pace | None:
    paces = Paces()
    async with store.begin() as uow:
        await paces.look(uow, NOW, DAY)
    return paces.known


async def test_the_last_week_is_counted_from_the_first_change_on() -> None:
    store = FakeStore()
    assert await looked_up(store) is None
    async with store.begin() as uow:
        await uow.changes.add([change("c1", at=-4 * DAY), change("c2", at=-DAY), change("old", at=-8 * DAY)])
    known = await looked_up(store)
    assert known is not None
    assert known.made == {"production": {"checkout": 2}}
    assert known.look_backs == pytest.approx(4, abs=1e-3)


async def test_a_ranking_compares_with_what_is_usual() -> None:
    store, one = FakeStore(), incident()
    ranker = Ranker(CATALOG, DEFAULT_PARAMETERS)
    async with store.begin() as uow:
        await uow.incidents.add(one)
        await uow.changes.add([change("c1", at=-60), change("c2", at=-4 * DAY)])
        await ranker.paces.look(uow, NOW, DAY)
        await ranker.rank(uow, [one.id], later(60))
    first = store.state.rankings[one.id][0].suspects[0].reasons[0]
    assert first.text == "the only change to these services in the 24 h before (one in 2 d is usual)"
