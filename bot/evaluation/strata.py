"""What kind of fault it was: where ranking is easy, and where it earns its keep."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from bot.domain.alert import UNKNOWN
from bot.domain.change import EVERYWHERE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from bot.domain.alert import AlertEvent
    from bot.domain.change import Change
    from bot.evaluation.sight import Window
    from bot.evaluation.truth import Fault

_SHORT: Final = 600.0
_LONG: Final = 7_200.0
_HOUR: Final = 3_600.0
_DAY: Final = 24 * _HOUR
_QUIET: Final = 6.0
_BUSY: Final = 25.0
_MANY: Final = 3
_FADING: Final = timedelta(minutes=30)
"""How long a fault counts as going on after its last alert."""


class Strata:
    """The strata of the faults of one case."""

    def __init__(self, window: Window, faults: Sequence[Fault]) -> None:
        self._window = window
        self._times = [times for fault in faults if (times := self._span(fault)) is not None]

    def of(self, fault: Fault, first: datetime | None) -> Mapping[str, str]:
        """By name of the stratum; those that the truth does not tell are left out.

        Without a first alert those are left out too that can be said of a fault only by its alerts.
        """
        found: dict[str, str] = {}
        if first is not None:
            found |= self._by_alerts(fault, first)
        guilty = self._guilty(fault)
        if guilty is not None:
            found["change type"] = fault.kind or guilty.kind.value
            found["global change"] = "global" if guilty.service in EVERYWHERE else "of one service"
        return found

    def _by_alerts(self, fault: Fault, first: datetime) -> dict[str, str]:
        found = {"changes an hour": self._pace(first), "faults at once": self._at_once(fault)}
        if fault.service != UNKNOWN and fault.service not in EVERYWHERE:
            alerting = {alert.service for alert in self._alerts(fault)}
            found["silent root"] = "silent" if fault.service not in alerting else "alerts itself"
        guilty = self._guilty(fault)
        if guilty is not None:
            begun = max((wave.time for wave in guilty.waves if wave.time <= first), default=guilty.time)
            found["delay"] = _delay((first - begun).total_seconds())
        return found

    def _guilty(self, fault: Fault) -> Change | None:
        known = [change for one in fault.causes if (change := self._window.change(one)) is not None]
        return max(known, key=lambda one: one.time, default=None)

    def _alerts(self, fault: Fault) -> list[AlertEvent]:
        return [alert for one in fault.alert_ids if (alert := self._window.alert(one)) is not None]

    def _span(self, fault: Fault) -> tuple[datetime, datetime] | None:
        heard = [alert.received_at for alert in self._alerts(fault)]
        return (min(heard), max(heard) + _FADING) if heard else None

    def _at_once(self, fault: Fault) -> str:
        own = self._span(fault)
        if own is None:
            return "1"
        many = sum(start <= own[1] and own[0] <= end for start, end in self._times)
        return str(many) if many < _MANY else f"{_MANY} or more"

    def _pace(self, first: datetime) -> str:
        end = first.timestamp()
        known = min(_DAY, max(end - self._window.earliest, _HOUR))
        rate = self._window.changes_within(end - known, end) / known * _HOUR
        if rate < _QUIET:
            return "under 6"
        return "6 to 25" if rate <= _BUSY else "over 25"


def _delay(seconds: float) -> str:
    if seconds < _SHORT:
        return "under 10 min"
    return "10 min to 2 h" if seconds <= _LONG else "over 2 h"
