"""What is to be replayed, in a form that another process can be given."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import click
import msgspec

from bot.config.folder import Configuration, configuration_with
from bot.ingest.instants import AwareTime

if TYPE_CHECKING:
    from pathlib import Path

    from bot.store.history import Period

_UNITS: Final = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
_SPAN: Final = re.compile(r"(\d{1,6})([smhd])")


@dataclass(frozen=True, slots=True)
class Database:
    """The stored history; `snapshot` names the state of the database that every process reads."""

    period: Period
    snapshot: str


@dataclass(frozen=True, slots=True)
class Topics:
    """What Kafka still has until then: (topic, partition, first offset, the one after the last)."""

    ranges: tuple[tuple[str, int, int, int], ...]
    until: datetime


@dataclass(frozen=True, slots=True)
class Lines:
    """A file of JSON lines."""

    path: Path


Source = Database | Topics | Lines


@dataclass(frozen=True, slots=True)
class Plan:
    """A replay of a source through the rules of a folder; with `stored`, what was decided at the time."""

    source: Source
    config: Path | None
    rules: Path | None
    resolve_after: timedelta | None
    stored: bool = False


def configuration(plan: Plan) -> Configuration:
    """The configuration of a plan: its rules, in their own folder or with all that belongs to them.

    Raises:
        ConfigurationError: a file is wrong; the message holds every problem with its place.
    """
    return configuration_with(plan.rules, plan.config)


class Moment(click.ParamType[datetime]):
    """A time, as RFC 3339 or as a span before now: 90m, 24h, 7d."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Read it."""
        if isinstance(value, datetime):
            return value
        found = _SPAN.fullmatch(value)
        if found is not None:
            return datetime.now(UTC) - timedelta(seconds=int(found[1]) * _UNITS[found[2]])
        try:
            return msgspec.convert(value, AwareTime).astimezone(UTC)
        except (msgspec.ValidationError, OverflowError):
            self.fail(f"{value!r} is neither a span as 24h nor a time as 2026-03-01T12:00:00Z", param, ctx)


class Span(click.ParamType[timedelta]):
    """How long: 90s, 30m, 24h, 7d."""

    name = "span"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """Read it."""
        if isinstance(value, timedelta):
            return value
        found = _SPAN.fullmatch(value)
        if found is None:
            self.fail(f"{value!r} is no span as 30m or 24h", param, ctx)
        return timedelta(seconds=int(found[1]) * _UNITS[found[2]])
