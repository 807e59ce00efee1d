"""Silences and maintenance windows: alerts that match make no incident until it is over.

An alert that one of them quietens is remembered with its cause; at its end, whoever still fires is considered
again (see `waking`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Protocol

from bot.domain.incident import Reason
from bot.domain.schedule import LONGEST_LOOK
from bot.domain.wording import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from bot.domain.matchers import Matcher

LONGEST_COMMENT: Final = 200
LONGEST_QUIET: Final = timedelta(days=30)
"""For so long at most may a person silence, or a change announce maintenance whose end it states."""
CONFIGURATION: Final = "configuration"


class QuietKind(StrEnum):
    """Why alerts are quiet: a person asked for it, or work on the service is planned."""

    SILENCE = "silence"
    MAINTENANCE = "maintenance"


_REASONS: Final = {QuietKind.SILENCE: "silenced", QuietKind.MAINTENANCE: "maintenance"}
_WORDS: Final = {QuietKind.SILENCE: "Silenced by", QuietKind.MAINTENANCE: "Maintenance, announced by"}


@dataclass(frozen=True, slots=True)
class Quiet:
    """One of them, from `starts_at` until `ends_at` (aware, in UTC; the end is outside).

    `by` is who asked for it, as people read it; `source` where it is from: `tocsin`, an Alertmanager's
    address, a change, or the configuration. All `matchers` must hold.
    """

    id: str
    kind: QuietKind
    matchers: tuple[Matcher, ...]
    starts_at: datetime
    ends_at: datetime
    by: str
    comment: str = ""
    source: str = "tocsin"

    @property
    def cause(self) -> str:
        """The name under which alerts remember it."""
        return f"{self.kind}:{self.id}"

    @property
    def reason(self) -> Reason:
        """Why an alert is quiet, in words: who, until when, what for."""
        # Of hours that last longer than one looks ahead the end is not known.
        least = "at least " if self.source == CONFIGURATION and self._lasts() >= LONGEST_LOOK else ""
        text = f"{_WORDS[self.kind]} {one_line(self.by)} until {least}{self.ends_at:%Y-%m-%d %H:%M} UTC"
        comment = one_line(self.comment, LONGEST_COMMENT)
        return Reason(_REASONS[self.kind], f"{text}: {comment}" if comment else f"{text}.")

    def _lasts(self) -> timedelta:
        return self.ends_at - self.starts_at.replace(second=0, microsecond=0)

    def holds(self, labels: Mapping[str, str], at: datetime) -> bool:
        """Whether it quietens an alert with these labels then."""
        return self.starts_at <= at < self.ends_at and all(one.matches(labels) for one in self.matchers)

    def __str__(self) -> str:
        return ", ".join(map(str, self.matchers))


class Recurrence(Protocol):
    """When a window of the configuration is open, to the minute."""

    def active(self, moment: datetime) -> bool:
        """Whether it is open at that moment."""
        ...

    def turn(self, moment: datetime) -> datetime:
        """The first minute after this one at which it is not as now, or one at which to look again."""
        ...


@dataclass(frozen=True, slots=True)
class Window:
    """A maintenance window of the configuration, which comes back."""

    name: str
    matchers: tuple[Matcher, ...]
    when: Recurrence
    comment: str = ""

    def quiet(self, labels: Mapping[str, str], at: datetime) -> Quiet | None:
        """The window as it is open then for an alert with these labels; None where it is not."""
        if not all(one.matches(labels) for one in self.matchers) or not self.when.active(at):
            return None
        until = self.when.turn(at)
        kind = QuietKind.MAINTENANCE
        return Quiet(self.name, kind, self.matchers, at, until, self.name, self.comment, CONFIGURATION)


class QuietSet:
    """Silences and windows that are known, filed by the values that their matchers ask for."""

    def __init__(self, quiets: Iterable[Quiet] = ()) -> None:
        self.quiets = tuple(quiets)
        self._unfiled: list[Quiet] = []
        self._filed: dict[str, dict[str, list[Quiet]]] = {}
        for quiet in self.quiets:
            listed = next((one for one in quiet.matchers if one.choices and "" not in one.choices), None)
            if listed is None:
                self._unfiled.append(quiet)
                continue
            for value in listed.choices:
                self._filed.setdefault(listed.name, {}).setdefault(value, []).append(quiet)

    def of(self, labels: Mapping[str, str], at: datetime) -> Quiet | None:
        """The one that quietens an alert with these labels then; of several the one that ends last."""
        found = (quiet for quiet in self._candidates(labels) if quiet.holds(labels, at))
        return max(found, key=lambda quiet: (quiet.ends_at, quiet.id), default=None)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, QuietSet) and self.quiets == other.quiets

    def __hash__(self) -> int:
        return hash(self.quiets)

    def _candidates(self, labels: Mapping[str, str]) -> Iterator[Quiet]:
        yield from self._unfiled
        for name, values in self._filed.items():
            yield from values.get(labels.get(name, ""), ())


NO_QUIET: Final = QuietSet()
