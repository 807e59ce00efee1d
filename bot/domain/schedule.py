"""When a rule is active: hours of the week in a time zone, and calendars of days that count otherwise.

All of it is wall-clock time where the people are: 09:00 stays 09:00 when the clocks change. An hour that
the clock skips is never covered, one that it repeats is covered twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import date, datetime, tzinfo

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WHOLE_DAY: Final = 24 * 60
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Calendar:
    """Days with a name, such as public holidays: single dates, and (month, day) of every year."""

    name: str
    dates: frozenset[date] = frozenset()
    yearly: frozenset[tuple[int, int]] = frozenset()

    def has(self, day: date) -> bool:
        """Whether that day is one of them."""
        return day in self.dates or (day.month, day.day) in self.yearly


@dataclass(frozen=True, slots=True)
class Hours:
    """From `start` to before `end`, in minutes after midnight, on these days of the week (Monday is 0).

    Where `end` is not after `start` the time runs over midnight, and belongs to the day when it began.
    `on`: only on a day of these calendars, if there are any; `not_on`: on no day of those.
    """

    zone: tzinfo
    days: frozenset[int] = frozenset(range(7))
    start: int = 0
    end: int = WHOLE_DAY
    on: tuple[Calendar, ...] = ()
    not_on: tuple[Calendar, ...] = ()

    def cover(self, moment: datetime) -> bool:
        """Whether the aware moment lies within."""
        local = moment.astimezone(self.zone)
        minute, today = local.hour * 60 + local.minute, local.date()
        if self.start < self.end:
            return self.start <= minute < self.end and self._counts(today)
        return (minute >= self.start and self._counts(today)) or (
            minute < self.end and self._counts(today - _DAY)
        )

    def _counts(self, day: date) -> bool:
        return (
            day.weekday() in self.days
            and not any(calendar.has(day) for calendar in self.not_on)
            and (not self.on or any(calendar.has(day) for calendar in self.on))
        )

    def __str__(self) -> str:
        parts = [_days(self.days), f"{_clock(self.start)}-{_clock(self.end)}", str(self.zone)]
        parts += [f"on {calendar.name}" for calendar in self.on]
        parts += [f"not on {calendar.name}" for calendar in self.not_on]
        return " ".join(filter(None, parts))


@dataclass(frozen=True, slots=True)
class Schedule:
    """Any of the hours."""

    hours: tuple[Hours, ...]

    def active(self, moment: datetime) -> bool:
        """Whether the aware moment lies in one of them."""
        return any(each.cover(moment) for each in self.hours)

    def __str__(self) -> str:
        return ", or ".join(map(str, self.hours))


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _days(days: frozenset[int]) -> str:
    """Days of the week with runs drawn together, as in `mon-fri, sun`; empty for all of them."""
    if len(days) == len(DAYS):
        return ""
    runs: list[list[int]] = []
    for day in sorted(days):
        if runs and runs[-1][-1] == day - 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    return ", ".join(DAYS[run[0]] if len(run) == 1 else f"{DAYS[run[0]]}-{DAYS[run[-1]]}" for run in runs)
