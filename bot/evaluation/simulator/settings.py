"""What a simulation assumes. The model under test never sees it; the ceiling is computed from it.

docs/explanation/simulation.md says what each rests on.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Final

from bot.domain.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Mapping

HOUR: Final = 3_600.0
LONGEST_DELAY: Final = 24 * HOUR
"""No change shows later than this, in seconds after the wave that carries the fault."""


@dataclass(frozen=True, slots=True)
class Kind:
    """How common a kind of change is, and how often it is guilty against an ordinary deploy."""

    share: float
    guilt: float


@dataclass(frozen=True, slots=True)
class DelayPart:
    """One part of the delay, Erlang: so many exponential stages, with `mean` seconds in all."""

    weight: float
    mean: float
    stages: int


@dataclass(frozen=True, slots=True)
class NoChange:
    """One reason without a change: its share, and how likely each layer of the graph is its root."""

    share: float
    layers: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Flaws:
    """What is wrong with the data, as shares of rows or edges; `clock_skew` in seconds."""

    missing_edges: float = 0.0
    unnamed: float = 0.01
    clock_skew: float = 2.0
    late: float = 0.02
    late_mean: float = 240.0
    duplicates: float = 0.02


_KINDS: Final = {
    "deploy": Kind(0.52, 1.0),
    "config": Kind(0.24, 0.8),
    "feature_flag": Kind(0.14, 0.9),
    "infra": Kind(0.06, 0.4),
    "database": Kind(0.02, 1.2),
    "rollback": Kind(0.02, 0.15),
}
_NO_CHANGE: Final = {
    "load": NoChange(0.28, {"web": 2.0, "api": 2.0, "core": 1.0, "platform": 1.0, "store": 0.5}),
    "hardware": NoChange(0.22, {"web": 1.0, "api": 1.0, "core": 1.0, "platform": 1.0, "store": 1.0}),
    "provider": NoChange(0.17, {"api": 0.5, "core": 1.0, "platform": 2.0, "store": 0.5}),
    "decay": NoChange(0.18, {"api": 0.5, "core": 1.0, "platform": 1.0, "store": 1.0}),
    "dependency": NoChange(0.15, {"core": 1.0, "platform": 1.5, "store": 1.5}),
}


@dataclass(frozen=True, slots=True)
class Settings:
    """All of a simulation's numbers. Times are in seconds, rates an hour, chances 0 to 1.

    `rate`: changes an hour. `services`: how many; None draws from the range `sizes`, even in the
    logarithm. `gap`: hours between two faults on average. `change_share`: the range out of
    which a case takes its share of faults that a change causes. `canary_stopped`: the share of changes that
    end at their canary, with `canary_guilt` times the guilt. `waved`: the share rolled out in waves.
    `global_share`: of configuration changes that reach every service. `silent`: the chance that a root with
    callers does not alert itself. `strengths`: equally likely; the chance that a fault reaches a direct
    caller of ordinary susceptibility. `decay`: by which that falls with each further hop. `below`: the
    chance, per unit of strength, that a direct callee suffers. `everywhere`: the chance, per unit of
    strength, that a global change hits a service. Lags are means of exponential times
    from the onset to a service's first alert. `noise`: alerts an hour, for forty services, that belong to no
    fault.
    """

    rate: float = 12.0
    incidents: int = 400
    services: int | None = None
    sizes: tuple[float, float] = (40.0, 200.0)
    gap: float = 3.0
    change_share: tuple[float, float] = (0.50, 0.65)
    kinds: Mapping[str, Kind] = field(default_factory=lambda: _KINDS)
    no_change: Mapping[str, NoChange] = field(default_factory=lambda: _NO_CHANGE)
    canary_stopped: float = 0.036
    canary_guilt: float = 0.5
    waved: float = 0.3
    global_share: float = 0.03
    delay: tuple[DelayPart, ...] = (
        DelayPart(0.55, 180.0, 2),
        DelayPart(0.25, 1_500.0, 2),
        DelayPart(0.12, 7_200.0, 3),
    )
    late_delay: tuple[float, float, float] = (0.08, 6 * HOUR, LONGEST_DELAY)
    silent: float = 0.18
    strengths: tuple[float, ...] = (0.05, 0.15, 0.3, 0.45, 0.65, 0.9)
    decay: float = 0.6
    below: float = 0.1
    everywhere: float = 0.4
    root_lag: float = 90.0
    caller_lag: float = 90.0
    hop_lag: float = 60.0
    below_lag: float = 150.0
    everywhere_lag: float = 150.0
    noise: float = 0.4
    flapping: float = 0.12
    rolled_back: float = 0.7
    wrongly_rolled_back: float = 0.15
    flaws: Flaws = field(default_factory=Flaws)

    def as_json(self) -> dict[str, Any]:
        """The same as plain JSON, for `simulation.json`."""
        return asdict(self)

    @staticmethod
    def from_json(row: Mapping[str, Any]) -> Settings:
        """The settings that `as_json` gave."""
        return Settings(
            **{
                **row,
                "sizes": tuple(row["sizes"]),
                "change_share": tuple(row["change_share"]),
                "kinds": {name: Kind(**kind) for name, kind in row["kinds"].items()},
                "no_change": {name: NoChange(**reason) for name, reason in row["no_change"].items()},
                "delay": tuple(DelayPart(**part) for part in row["delay"]),
                "late_delay": tuple(row["late_delay"]),
                "strengths": tuple(row["strengths"]),
                "flaws": Flaws(**row["flaws"]),
            }
        )

    def guilt(self, share: float) -> float:
        """The chance that an ordinary deploy is guilty, where changes cause `share` of the faults.

        Raises:
            InvalidInputError: so few changes cannot cause so many faults.
        """
        mean = math.fsum(kind.share * kind.guilt for kind in self.kinds.values())
        mean *= 1.0 - self.canary_stopped * (1.0 - self.canary_guilt)
        guilt = share / (self.gap * self.rate * mean)
        if guilt * max(kind.guilt for kind in self.kinds.values()) > 1.0:
            raise InvalidInputError(
                "rate",
                f"{self.rate:g} changes an hour cannot cause a fault each {self.gap:g} h",
                "raise --gap",
            )
        return guilt
