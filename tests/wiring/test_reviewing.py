from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, cast

from bot.config.folder import default_configuration
from bot.domain.inhibition import Inhibition
from bot.domain.rules import DEFAULT_RULE, RuleSet
from bot.ingest.patterns import parse_matcher
from bot.settings import from_environment
from bot.wiring.in_force import in_force
from bot.wiring.reviewing import Reviewing
from tests.app.conftest import alert_intake
from tests.support.facts import alert_event, later
from tests.support.fake_store import FakeStore
from tests.support.waiting import eventually

if TYPE_CHECKING:
    from bot.app.ports import Store


async def test_new_rules_are_reviewed_once_also_where_the_store_was_away() -> None:
    store = FakeStore()
    await alert_intake(cast("Store", store), RuleSet([DEFAULT_RULE])).take_in(
        [alert_event("s", service="db")]
    )
    current = in_force(from_environment({}), default_configuration(), cast("Store", store))
    stop = asyncio.Event()
    reviewing = Reviewing(current, cast("Store", store), lambda: later(60), every=0.01)
    task = asyncio.create_task(reviewing.run(stop))
    store.reachable = False
    down = Inhibition("down", (parse_matcher("service=db"),), (parse_matcher("service=web"),))
    wanted = RuleSet([DEFAULT_RULE], inhibitions=[down])
    current.put(replace(default_configuration(), rules=wanted))
    await asyncio.sleep(0)
    assert store.state.inhibitors == {}
    store.reachable = True
    await eventually(lambda: len(store.state.inhibitors) == 1)
    store.state.inhibitors.clear()
    stop.set()
    await asyncio.wait_for(task, 5)
    assert store.state.inhibitors == {}
