"""A rule that rests is told to whoever answers for it, once."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, cast

from bot.config.folder import default_configuration
from bot.config.installation import Installation
from bot.domain.rule_watch import CostBound
from bot.domain.rules import RuleSet
from bot.settings import from_environment
from bot.wiring.in_force import in_force
from bot.wiring.rule_troubles import RuleTroubles
from tests.domain.conditions import Says
from tests.domain.world import alert, rule
from tests.support.fake_store import FakeStore
from tests.support.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.app.ports import Store


class Counting(FakeStore):
    """Counts how often it was not reachable."""

    refused = 0

    async def check(self) -> None:
        self.refused += not self.reachable
        await super().check()


def seconds() -> Iterator[float]:
    now = 0.0
    while True:
        yield (now := now + 1.0)


async def test_each_rest_is_told_once_to_the_rule_s_owners_or_the_installation_s() -> None:
    ticks = seconds()
    rules = RuleSet(
        [
            rule(name="theirs", when=Says(answer=False), owners=("U1",)),
            rule(name="ours", when=Says(answer=False)),
            rule(name="quick"),
        ],
        meter=lambda: next(ticks),
        bound=CostBound(strikes=1),
    )
    configuration = replace(default_configuration(), rules=rules, installation=Installation(owners=["#ops"]))
    store = Counting()
    current = in_force(from_environment({}), configuration, cast("Store", store))
    stop = asyncio.Event()
    task = asyncio.create_task(RuleTroubles(current, cast("Store", store), poll=0.01).run(stop))
    store.reachable = False
    rules.route(alert())
    await eventually(lambda: store.refused)
    store.reachable = True
    await eventually(lambda: len(store.state.outbox) == 2)
    rules.route(alert(minute=1))
    stop.set()
    await task
    told = {row.effect.payload["to"]: row.effect.payload["text"] for row in store.state.outbox}
    assert set(told) == {"U1", "#ops"}
    assert told["U1"].startswith("Rule theirs is left out until 03:05 UTC: its condition took more than")
    assert told["#ops"].startswith("Rule ours is left out")
