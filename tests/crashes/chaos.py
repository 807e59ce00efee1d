"""Chaos by a seed: when victims, the database and the broker are killed while a flow goes on."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from tests.crashes.fuse import CONSUMING, DELIVERING, Orders
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    import threading

    from tests.crashes.fuse import Point
    from tests.crashes.scene import Scene
    from tests.support.kafka import KafkaBroker

Act = Callable[[], str]
POINTS: Final = {"consume": CONSUMING, "deliver": DELIVERING}
SETTLED_S: Final = 2.5
"""How long a process takes to begin its work; a kill before that would hit nothing."""


@dataclass(slots=True)
class Chaos:
    """Kills `kills` victims at random moments of `seconds`, crashes PostgreSQL once and the broker once.

    Besides, every victim is started with orders to die at a named point, until each point has struck.
    """

    scene: Scene
    broker: KafkaBroker
    seed: int
    seconds: float
    kills: int
    done: list[str] = field(default_factory=list)
    chance: random.Random = field(init=False)

    def __post_init__(self) -> None:
        """Fix what chance will bring."""
        self.chance = random.Random(f"chaos {self.seed}")  # noqa: S311 - repeatable, keeps no secret

    def enlist(self, role: str) -> None:
        """Add a victim to the fleet."""
        self.scene.fleet.enlist(role, self._orders(role))

    def unleash(self, flow: threading.Thread) -> None:
        """Act in time and keep the victims alive, until the flow has ended."""
        chance = random.Random(f"moments {self.seed}")  # noqa: S311 - the same
        moments: list[tuple[float, Act]] = [
            (chance.uniform(3.0, self.seconds), self._kill_a_victim) for _ in range(self.kills)
        ]
        moments.append((chance.uniform(0.2, 0.5) * self.seconds, self._crash_database))
        moments.append((chance.uniform(0.5, 0.8) * self.seconds, self._crash_broker))
        due = sorted(moments, key=lambda one: one[0])
        began = time.monotonic()

        def over() -> bool:
            self.scene.fleet.keep(lambda victim: self._orders(victim.role))
            while due and time.monotonic() - began >= due[0][0]:
                self.done.append(f"{time.monotonic() - began:.1f} s: {due.pop(0)[1]()}")
            return not due and not flow.is_alive()

        wait_until(over, within=self.seconds + 90.0, what="the flow ends")

    def unstruck(self) -> list[tuple[str, Point]]:
        """The named points at which no victim has died yet."""
        fleet = self.scene.fleet
        return [
            (role, point)
            for role, points in POINTS.items()
            for point in points
            if not fleet.struck(role, point)
        ]

    def _orders(self, role: str) -> Orders:
        left = [point for known, point in self.unstruck() if known == role]
        without = self.scene.without
        if not left:
            return Orders(without=without)
        # Soon, or a random kill comes first: all points shall have struck before the flow ends.
        return Orders(self.chance.choice(left), nth=self.chance.randint(1, 2), without=without)

    def _kill_a_victim(self) -> str:
        now = time.monotonic()
        running = [one for one in self.scene.fleet.victims if one.process.running]
        at_work = [one for one in running if now - one.started_at > SETTLED_S] or running
        victim = self.chance.choice(at_work)
        victim.process.kill()
        return f"killed {victim.process.name}"

    def _crash_database(self) -> str:
        self.scene.postgres.kill()
        self.scene.postgres.start()
        return "crashed PostgreSQL"

    def _crash_broker(self) -> str:
        # It needs seconds to come back, and the others shall die meanwhile: nobody waits for it.
        self.broker.kill()
        self.broker.process.start()
        return "killed the broker"
