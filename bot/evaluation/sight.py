"""What can be seen of one incident at one moment: its alerts so far and the changes before it."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from bot.domain.alert import UNKNOWN
from bot.domain.change import EVERYWHERE

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from bot.domain.alert import AlertEvent
    from bot.domain.catalog import Catalog
    from bot.domain.change import Change
    from bot.evaluation.cases import Case

LOOK_BACK: Final = 86_400.0
SKEW: Final = 120.0
"""Seconds after the onset up to which a change may still count as before it: clocks differ."""


class Candidate(NamedTuple):
    """A change that may be the cause: `age` is in seconds before the onset, never negative.

    `recent` grows with how late it was made; every method asks for it. `reached` is the age of its latest
    step: of the last wave before the onset, of the change itself where it has none.
    """

    change: Change
    age: float
    recent: float
    reached: float


@dataclass(frozen=True, slots=True)
class Sight:
    """One incident at one moment. `onsets` are by service, the earliest first; a nameless one is left out.

    `before` holds, by service, the latest firing before the onset of a fingerprint that fires now, within
    the look-back.
    """

    catalog: Catalog
    onset: datetime
    onsets: Mapping[str, datetime]
    candidates: tuple[Candidate, ...]
    before: Mapping[str, datetime] = field(default_factory=dict)

    @property
    def alerting(self) -> Collection[str]:
        """The services that alert."""
        return self.onsets.keys()

    def quiet_below(self, service: str) -> bool:
        """Whether an alerting service has no alerting service below it: the fault shows no deeper."""
        below = self.catalog.callees(service)
        return not any(other in below for other in self.onsets if other != service)


class Window:
    """The changes and alerts of one case, to be seen from many moments."""

    def __init__(self, case: Case) -> None:
        self._catalog = case.catalog
        # Of several tellings of a change the last is the whole of it; the first says when it was heard of.
        self._told = {change.change_id: change for change in case.changes}
        first = {change.change_id: change for change in reversed(case.changes)}
        self._changes = sorted(first.values(), key=lambda change: change.time)
        self._times = [change.time.timestamp() for change in self._changes]
        self._waves = {
            change.change_id: [wave.time.timestamp() for wave in change.waves]
            for change in self._told.values()
            if change.waves
        }
        self._alerts: dict[str, AlertEvent] = {}
        self._firings: dict[str, list[tuple[float, AlertEvent]]] = {}
        for one in case.alerts:
            self._alerts.setdefault(one.alert_id, one.fired)
            starts = one.fired.onset.timestamp()
            self._firings.setdefault(one.fired.fingerprint, []).append((starts, one.fired))

    def alert(self, alert_id: str) -> AlertEvent | None:
        """The alert of that id, if the case has one."""
        return self._alerts.get(alert_id)

    def sight(self, alert_ids: Collection[str], at: datetime) -> Sight:
        """What can be seen at a moment of the incident that has these alerts."""
        alerts = [alert for one in alert_ids if (alert := self._alerts.get(one)) is not None]
        alerts.sort(key=lambda alert: alert.onset)
        onset = alerts[0].onset if alerts else at
        onsets: dict[str, datetime] = {}
        for alert in alerts:
            if alert.service != UNKNOWN and alert.service not in EVERYWHERE:
                onsets.setdefault(alert.service, alert.onset)
        return Sight(self._catalog, onset, onsets, self._candidates(onset, at), self._before(alerts, onset))

    def change(self, change_id: str) -> Change | None:
        """The change of that id as it was told last, if the case has one."""
        return self._told.get(change_id)

    @property
    def earliest(self) -> float:
        """When the first change was made, in epoch seconds; for ever ago where there is none."""
        return self._times[0] if self._times else 0.0

    def changes_within(self, start: float, end: float) -> int:
        """How many changes were made from `start` to `end` (epoch seconds)."""
        return bisect_right(self._times, end) - bisect_left(self._times, start)

    def _candidates(self, onset: datetime, at: datetime) -> tuple[Candidate, ...]:
        began = onset.timestamp()
        first = bisect_left(self._times, began - LOOK_BACK)
        last = bisect_right(self._times, began + SKEW)
        seen = zip(self._changes[first:last], self._times[first:last], strict=True)
        return tuple(
            [
                Candidate(
                    change, age := max(0.0, began - made), -math.log1p(age), self._reached(change, age, began)
                )
                for change, made in seen
                if change.received_at <= at
            ]
        )

    def _reached(self, change: Change, age: float, began: float) -> float:
        """Every wave before the onset has been heard of by then, if its change has."""
        waves = self._waves.get(change.change_id)
        if waves is None:
            return age
        return min((began - at for at in waves if 0.0 <= began - at < age), default=age)

    def _before(self, alerts: Collection[AlertEvent], onset: datetime) -> dict[str, datetime]:
        began, found = onset.timestamp(), dict[str, "datetime"]()
        for alert in alerts:
            for starts, one in self._firings[alert.fingerprint]:
                if began - LOOK_BACK <= starts < began:
                    found[one.service] = max(one.onset, found.get(one.service, one.onset))
        return found
