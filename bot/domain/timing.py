"""How long before the first alert each change was made, and what that says of it."""

from __future__ import annotations

import math
from bisect import bisect_right
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.domain.delays import LEAST, LONGEST, chances, staircase

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bot.domain.change import Change, Wave
    from bot.domain.suspicion import Parameters


class Timing:
    """The delays of the candidates of one incident, against its onset."""

    def __init__(self, onset: datetime, parameters: Parameters) -> None:
        curve = (parameters.delay, parameters.look_back, parameters.skew, parameters.skewed)
        self._onset, self._by_share = onset, parameters.by_share
        self._stairs, self._chances = staircase(*curve), chances(*curve)
        self._look_back = timedelta(seconds=min(parameters.look_back, LONGEST))
        self._skew = timedelta(seconds=parameters.skew)

    def values(self, candidates: Sequence[Change]) -> list[float]:
        """What the delay of each candidate says; minus infinity beyond the look-back.

        A busy day has a thousand candidates, hence the local names.
        """
        onset, begins, values = self._onset, self._stairs.begins, self._stairs.values
        found = [values[bisect_right(begins, onset - change.time)] for change in candidates]
        for index, waved in [(index, change) for index, change in enumerate(candidates) if change.waves]:
            found[index] = self.value(waved)
        return found

    def passed(self, change: Change) -> timedelta:
        """From the latest of its steps that had been made to the first alert."""
        made = self._made_by_then(change)
        return self._onset - (made[-1].time if made else change.time)

    def _made_by_then(self, change: Change) -> tuple[Wave, ...]:
        """The steps of a rollout, in order, that can have caused it: not those after the first alert."""
        waves, latest = change.waves, self._onset + self._skew
        if not waves or waves[-1].time <= latest:
            return waves
        return tuple(wave for wave in waves if wave.time <= latest)

    def value(self, change: Change) -> float:
        """What the delay says; minus infinity where the latest step lies beyond the look-back.

        A step carries a fault mostly by the share that it newly reached, so that a canary is a weak suspect;
        where no share is known all steps are alike.
        """
        onset, waves = self._onset, self._made_by_then(change)
        if not waves:
            return self._stairs.value(onset - change.time)
        if onset - waves[-1].time > self._look_back:
            return -math.inf
        begins, values = self._chances.begins, self._chances.values
        by_share = self._by_share
        alike = 1.0 / len(waves)
        evenly = (1.0 - by_share) * alike
        reached = total = 0.0
        for wave in waves:
            gain, share = alike, wave.share
            if share is not None:
                gain = evenly
                if share > reached:
                    gain += by_share * (share - reached)
                    reached = share
            total += gain * values[bisect_right(begins, onset - wave.time)]
        return math.log(max(total, LEAST))
