"""The victims of a scene: started, killed, and started again by their keeper."""

from __future__ import annotations

import signal
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.crashes.forked import ForkedProcess
from tests.crashes.fuse import Orders, mark
from tests.crashes.victim import play

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from tests.crashes.fuse import Point


@dataclass(slots=True)
class Victim:
    """One process and the file with its orders."""

    role: str
    process: ForkedProcess
    orders: Path
    started_at: float = 0.0

    def start(self, orders: Orders | None = None) -> None:
        """Start it, with orders or to live."""
        (orders or Orders()).write(self.orders)
        self.process.start()
        self.started_at = time.monotonic()

    def says(self, words: str) -> bool:
        """Whether they are in its log."""
        return self.process.log.exists() and words in self.process.log.read_text(errors="replace")


@dataclass(slots=True)
class Fleet:
    """All victims; `odd_ends` names those that ended by anything but SIGKILL."""

    folder: Path
    environment: Mapping[str, str]
    victims: list[Victim] = field(default_factory=list)
    odd_ends: list[str] = field(default_factory=list)

    def enlist(self, role: str, orders: Orders | None = None) -> Victim:
        """Add a victim and start it."""
        name = f"{role}-{len(self.victims)}"
        orders_file = self.folder / f"{name}.json"
        process = ForkedProcess(
            f"victim {name}",
            play,
            (role, str(orders_file)),
            self.folder / f"{name}.log",
            environment=self.environment,
        )
        enlisted = Victim(role, process, orders_file)
        self.victims.append(enlisted)
        enlisted.start(orders)
        return enlisted

    def keep(self, orders: Orders | Callable[[Victim], Orders]) -> None:
        """Start those again that have died, each with its next orders."""
        for victim in self.victims:
            if not victim.process.running:
                if victim.process.returncode != -signal.SIGKILL:
                    self.odd_ends.append(f"{victim.process.name} ended with {victim.process.returncode}")
                victim.start(orders if isinstance(orders, Orders) else orders(victim))

    def struck(self, role: str, point: Point) -> bool:
        """Whether a victim of this role has been struck at this point."""
        return any(one.role == role and one.says(mark(point)) for one in self.victims)

    def close(self) -> None:
        """Kill them all."""
        for victim in self.victims:
            victim.process.kill()
