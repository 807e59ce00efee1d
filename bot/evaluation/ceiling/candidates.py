"""The changes of a case as the ceiling knows them: what is told by a moment, and nothing that comes later."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.evaluation.simulator.changes import PAUSES
from bot.evaluation.simulator.rows import STOPPED_AFTER

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bot.evaluation.simulator.settings import Settings


@dataclass(frozen=True, slots=True)
class Undone:
    """A change was taken back at `time`, which was heard of at `received`."""

    time: float
    received: float


@dataclass(frozen=True, slots=True)
class Candidate:
    """One change. `waves`: (time, share newly reached). `stopped`: it ends at its canary, sooner or later."""

    change_id: str
    service: str | None
    guilt: float
    waves: tuple[tuple[float, float], ...]
    stopped: bool
    received: float
    time: float


class Candidates:
    """Reads the rows, and says what each change may carry, as far as it can be known.

    `guilt`: the chance that an ordinary deploy is guilty. `clocks`: by how much each service's is off.
    """

    def __init__(
        self,
        settings: Settings,
        guilt: float,
        clocks: Mapping[str, float],
        rows: Iterable[Mapping[str, Any]],
    ) -> None:
        self._settings, self._guilt, self._clocks = settings, guilt, clocks
        found: dict[str, Candidate] = {}
        self.undone: dict[str, Undone] = {}
        for row in rows:
            if row["id"] in found:
                continue
            one = found[row["id"]] = self._candidate(row)
            if "rolls_back" in row:
                self.undone[row["rolls_back"]] = Undone(one.time, one.received)
        self.all: Sequence[Candidate] = sorted(found.values(), key=lambda one: one.time)
        waved = (1.0 - settings.canary_stopped) * settings.waved
        self._stops = settings.canary_stopped / (settings.canary_stopped + waved)

    def carried(self, one: Candidate, at: float) -> list[tuple[float, float]]:
        """Each step up to a moment, with the chance that it carries the fault of a guilty change.

        Before it ends, or a second wave comes, nobody knows whether a canary goes on: if it does it carries
        its own share, else all, and such a change is less often guilty.
        """
        if not one.waves:
            return [(one.time, 1.0)]
        told = [wave for wave in one.waves if wave[0] <= at]
        if len(told) != 1:
            return told
        begun, share = told[0]
        stops = self._chance_of_stopping(one, at)
        return [(begun, stops * self._settings.canary_guilt + (1.0 - stops) * share)]

    def _chance_of_stopping(self, one: Candidate, at: float) -> float:
        since = at - one.time
        if since >= STOPPED_AFTER:
            return float(one.stopped)
        shortest, longest = PAUSES
        quiet = min(1.0, (longest - since) / (longest - shortest))
        return self._stops / (self._stops + (1.0 - self._stops) * quiet)

    def _candidate(self, row: Mapping[str, Any]) -> Candidate:
        off = self._clocks.get(row["service"], 0.0)
        waves: list[tuple[float, float]] = []
        reached = 0.0
        for wave in row.get("waves", ()):
            waves.append((wave["ts_epoch"] - off, wave["share"] - reached))
            reached = wave["share"]
        return Candidate(
            change_id=row["id"],
            service=row["service"],
            guilt=self._guilt * self._settings.kinds[row["type"]].guilt,
            waves=tuple(waves),
            stopped="ended_ts" in row,
            received=row["received_epoch"],
            time=row["ts_epoch"] - off,
        )
