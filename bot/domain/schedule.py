"""When a rule is active: hours of the week in a time zone, and calendars of days that count otherwise.

All of it is wall-clock time where the people are: 09:00 stays 09:00 when the clocks change. An hour that
the clock skips is never covered, one that it repeats is covered twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, tzinfo

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WHOLE_DAY: Final = 24 * 60
LONGEST_LOOK: Final = timedelta(days=8)
"""So far ahead a turn is looked for: a week has every one of its hours."""
_DAY: Final = timedelta(days=1)
_HALF_AN_HOUR: Final = timedelta(minutes=30)
_HALF_HOURS: Final = LONGEST_LOOK // _HALF_AN_HOUR


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

    def turns(self, moment: datetime) -> Iterator[datetime]:
        """The moments about this one and in the week after it when it may begin or end, in UTC."""
        today = moment.astimezone(self.zone).date()
        for ahead in range(-1, LONGEST_LOOK.days + 2):
            midnight = datetime.combine(today + ahead * _DAY, time())
            for minute in (0, self.start, self.end):
                local = midnight + timedelta(minutes=minute)
                for fold in (0, 1):
                    yield local.replace(tzinfo=self.zone, fold=fold).astimezone(UTC)

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

    def local(self, moment: datetime) -> datetime:
        """The moment as clocks show it where the first of the hours are."""
        return moment.astimezone(next((each.zone for each in self.hours), UTC))

    def turn(self, moment: datetime) -> datetime:
        """The first minute after this one at which it is not as now; after `LONGEST_LOOK` one looks again."""
        return _turn(self, moment.replace(second=0, microsecond=0))

    def __str__(self) -> str:
        return ", or ".join(map(str, self.hours))


@lru_cache(maxsize=256)
def _turn(schedule: Schedule, minute: datetime) -> datetime:
    now, latest = schedule.active(minute), minute + LONGEST_LOOK
    turns = {at for hours in schedule.hours for at in hours.turns(minute)}
    # Clocks are put forward and back at whole or half hours, and days of theirs begin then.
    turns |= {minute.replace(minute=0) + number * _HALF_AN_HOUR for number in range(1, _HALF_HOURS)}
    return next((at for at in sorted(turns) if minute < at < latest and schedule.active(at) != now), latest)


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
