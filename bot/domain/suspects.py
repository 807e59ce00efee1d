"""Suspect changes: what is known about an incident's spread, and the ranked answer with its reasons."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from bot.domain.alert import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from bot.domain.change import Change

MOST_SEEN: Final = 200
"""As many alerts of an incident are read; more of a storm say nothing new."""
_EVEN: Final = 0.5


@dataclass(frozen=True, slots=True)
class Seen:
    """One alert of the incident, as far as ranking reads it.

    `ended_at` is None while it fires. `before` is the earliest onset of the same fingerprint within the
    look-back, if it fired before this time.
    """

    service: str
    name: str
    onset: datetime
    ended_at: datetime | None = None
    summary: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    before: datetime | None = None


def stated_onsets(services: Iterable[str], onset: datetime) -> dict[str, datetime]:
    """What an incident without alerts is about: its services, or one that nobody names, since its onset."""
    return dict.fromkeys(services, onset) or {UNKNOWN: onset}


def first_onsets(onsets: Iterable[tuple[str, datetime]]) -> dict[str, datetime]:
    """The earliest onset of each service, in the order in which the services are named."""
    first: dict[str, datetime] = {}
    for service, onset in onsets:
        first[service] = min(onset, first.get(service, onset))
    return first


@dataclass(frozen=True, slots=True)
class Evidence:
    """What ranking may look at, as of `at`.

    `onsets`: the services that alert, each with its first onset. `alerts`: what they say, in order of onset,
    at most `MOST_SEEN`. `later`: these are not the first alerts of the incident, but trouble that came later.
    """

    incident_id: str
    environment: str
    at: datetime
    onsets: Mapping[str, datetime]
    alerts: tuple[Seen, ...] = ()
    later: bool = False

    @property
    def onset(self) -> datetime:
        """The earliest onset of the incident; where no service alerts, the moment that is looked at."""
        return min(self.onsets.values(), default=self.at)

    @property
    def first(self) -> str:
        """What people call the alert of that onset."""
        return "the first of these alerts" if self.later else "the first alert"


@dataclass(frozen=True, slots=True)
class Term:
    """One reason: a named log-likelihood ratio (natural logarithm; positive speaks for guilt), in words."""

    name: str
    value: float
    text: str


@dataclass(frozen=True, slots=True)
class Suspect:
    """One change with the probability that it caused the incident, and the terms that sum to it."""

    change: Change
    probability: float
    reasons: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class LaterTrouble:
    """That alerts which came `since` then probably are trouble of their own, of these services.

    `former` is the best suspect for what the incident began with, where one is worth naming.
    """

    since: datetime
    services: tuple[str, ...]
    probability: float
    former: Suspect | None = None


@dataclass(frozen=True, slots=True)
class Ranking:
    """The suspects, best first, and the probability that no change is behind it.

    `shown` is false where no suspect is worth naming; `calibrated` is false until the probabilities have been
    measured against labelled incidents. `considered` counts the candidates that were looked at. With `later`
    trouble the suspects are those of that.
    """

    incident_id: str
    at: datetime
    suspects: tuple[Suspect, ...]
    no_change: float
    no_change_reasons: tuple[Term, ...]
    considered: int
    shown: bool
    calibrated: bool = False
    later: LaterTrouble | None = None

    @property
    def unfounded(self) -> bool:
        """Whether no change is known that could be the cause: then none is suspect, and that says little."""
        return not self.considered and not self.suspects

    @property
    def undecided(self) -> bool:
        """Whether some change is likelier than none, and still no single one is worth naming."""
        return bool(self.suspects) and not self.shown and self.no_change < _EVEN

    @property
    def some_change(self) -> float:
        """The probability that a change is behind it, whichever."""
        return 1 - self.no_change
