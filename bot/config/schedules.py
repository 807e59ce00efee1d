"""Hours of the week and calendars from YAML."""

from __future__ import annotations

import re
from datetime import UTC, date, timedelta, tzinfo
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Final
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainValidator, WithJsonSchema

from bot.config.fields import refused
from bot.domain.schedule import DAYS, WHOLE_DAY, Calendar, Hours, Schedule
from playbooks.problem import closest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_CLOCK: Final = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
_YEARLY: Final = re.compile(r"(?P<month>\d{2})-(?P<day>\d{2})")
_LONGEST_SPAN: Final = 366
_LEAP_YEAR: Final = 2000


@cache
def zone_of(name: str) -> tzinfo:
    """The time zone of that name in the IANA database.

    Raises:
        ZoneInfoNotFoundError: there is none; names that passed `Zone` are there.
    """
    return UTC if name == "UTC" else ZoneInfo(name)


def _is_zone(value: str) -> str:
    zones = available_timezones()
    if value not in zones:
        refused(f"there is no time zone {value}", meant=closest(value, zones))
    return value


def _minute(value: Any) -> int:
    """A time of the day in minutes after midnight."""
    if value == "24:00":
        return WHOLE_DAY
    found = _CLOCK.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        refused('write a time as "09:00", in quotes; "24:00" is the end of a day')
    return int(found[1]) * 60 + int(found[2])


def _days(value: Any) -> frozenset[int]:
    """The day in `mon`, the days in `fri-mon`; Monday is 0."""
    names = value.lower().split("-") if isinstance(value, str) else []
    unknown = next((name for name in names if name not in DAYS), None)
    if unknown is not None:
        refused(f"there is no day {unknown}", meant=closest(unknown[:3], DAYS))
    if not 1 <= len(names) <= 2:  # noqa: PLR2004 -- one day, or two ends
        refused(f"write days as mon, or mon-fri; there are {', '.join(DAYS)}")
    first, last = DAYS.index(names[0]), DAYS.index(names[-1])
    return frozenset((first + ahead) % len(DAYS) for ahead in range((last - first) % len(DAYS) + 1))


Zone = Annotated[str, AfterValidator(_is_zone)]
_CLOCK_SCHEMA: Final = WithJsonSchema(
    {"type": "string", "pattern": r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$"}
)
Minute = Annotated[int, PlainValidator(_minute), _CLOCK_SCHEMA]
Days = Annotated[
    frozenset[int],
    PlainValidator(_days),
    WithJsonSchema({"type": "string", "pattern": rf"^({'|'.join(DAYS)})(-({'|'.join(DAYS)}))?$"}),
]


CalendarName = Annotated[str, Field(min_length=1)]
"""What a calendar is called in tocsin.yaml: whatever its author likes."""


class HoursModel(BaseModel):
    """Hours of the week; where `to` is not after `from` they run over midnight."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    days: list[Days] = Field(default_factory=list, description="mon, or mon-fri; all of them if left out")
    start: Minute = Field("00:00", alias="from", validate_default=True)
    end: Minute = Field("24:00", alias="to", validate_default=True)
    zone: Zone | None = Field(None, description="an IANA time zone; tocsin.yaml's `zone` if left out")
    on: list[CalendarName] = Field(default_factory=list, description="calendars: only on their days")
    not_on: list[CalendarName] = Field(default_factory=list, description="calendars: on none of their days")


def schedule_of(models: Sequence[HoursModel], zone: str, calendars: Mapping[str, Calendar]) -> Schedule:
    """The schedule that they mean; calendars that are not known are left out (see `unknown_calendars`)."""
    return Schedule(
        tuple(
            Hours(
                zone=zone_of(model.zone or zone),
                days=frozenset().union(*model.days) if model.days else frozenset(range(len(DAYS))),
                start=model.start,
                end=model.end,
                on=tuple(calendars[name] for name in model.on if name in calendars),
                not_on=tuple(calendars[name] for name in model.not_on if name in calendars),
            )
            for model in models
        )
    )


def unknown_calendars(
    models: Sequence[HoursModel], calendars: Mapping[str, Calendar]
) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """The path and the name of each calendar that is named and not there."""
    for position, model in enumerate(models):
        for field, names in (("on", model.on), ("not_on", model.not_on)):
            for index, name in enumerate(names):
                if name not in calendars:
                    yield (position, field, index), name


class Dates:
    """What one entry of a calendar stands for: a day, the days from one to another, or a day of each year."""

    def __init__(self, days: frozenset[date] = frozenset(), yearly: tuple[int, int] | None = None) -> None:
        self.days = days
        self.yearly = yearly


def _dates(value: Any) -> Dates:
    if not isinstance(value, str):
        refused("write a day as 2026-12-25, 12-25 or 2026-12-24/2027-01-01")
    yearly = _YEARLY.fullmatch(value)
    try:
        if yearly is not None:
            day = date(_LEAP_YEAR, int(yearly["month"]), int(yearly["day"]))
            return Dates(yearly=(day.month, day.day))
        first, _, last = value.partition("/")
        start = date.fromisoformat(first)
        span = (date.fromisoformat(last) - start).days if last else 0
    except ValueError:
        refused(f"{value} is no day; write 2026-12-25, 12-25 or 2026-12-24/2027-01-01")
    if not 0 <= span <= _LONGEST_SPAN:
        refused(f"{value} ends before it begins, or lasts more than a year")
    return Dates(frozenset(start + timedelta(days=ahead) for ahead in range(span + 1)))


DatesField = Annotated[
    Dates,
    PlainValidator(_dates),
    WithJsonSchema({"type": "string", "pattern": r"^(\d{4}-)?\d{2}-\d{2}(/\d{4}-\d{2}-\d{2})?$"}),
]


def calendar_of(name: str, entries: Sequence[Dates]) -> Calendar:
    """The calendar that they make."""
    days = frozenset().union(*(entry.days for entry in entries)) if entries else frozenset[date]()
    return Calendar(name, days, frozenset(entry.yearly for entry in entries if entry.yearly is not None))
