"""The pace of changes is looked up at the start and now and then; a store that is away takes nothing away."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, cast

from bot.config.folder import default_configuration
from bot.settings import from_environment
from bot.wiring.in_force import in_force
from bot.wiring.pacing import Pacing
from tests.support.facts import change, later
from tests.support.fake_store import FakeStore
from tests.support.waiting import eventually

if TYPE_CHECKING:
    from bot.app.ports import Store


class Away(FakeStore):
    """Counts how often it was not reachable."""

    refused = 0

    async def check(self) -> None:
        self.refused += not self.reachable
        await super().check()


async def test_it_is_looked_up_again_and_kept_while_the_store_is_away() -> None:
    store = Away()
    current = in_force(from_environment({}), default_configuration(), cast("Store", store))
    assert current.desks.alert_intake.ranker.paces is current.paces
    stop = asyncio.Event()
    task = asyncio.create_task(
        Pacing(current, cast("Store", store), lambda: later(60), every=0.01, again=0.01).run(stop)
    )
    async with store.begin() as uow:
        await uow.changes.add([change("c1")])
    await eventually(lambda: current.paces.known is not None)
    known = current.paces.known
    assert known is not None
    assert known.made == {"production": {"checkout": 1}}
    store.reachable = False
    await eventually(lambda: store.refused > 1)
    assert current.paces.known is not None
    store.reachable = True
    async with store.begin() as uow:
        await uow.changes.add([change("c2", "web")])
    await eventually(lambda: current.paces.known != known)
    stop.set()
    await asyncio.wait_for(task, 5)
