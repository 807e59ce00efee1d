"""Changes: what somebody did to a service, and so may have broken it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime


EVERYWHERE: Final = frozenset({"global", "*", "all"})
"""Names of the service under which senders report what concerns every service."""

LONGEST_ROLLOUT: Final = timedelta(hours=48)
"""How long before its latest wave a change may have begun, to be looked for."""


class ChangeKind(StrEnum):
    """What was changed; the names are those of the public contract."""

    DEPLOY = "deploy"
    CONFIG = "config"
    FEATURE_FLAG = "feature_flag"
    INFRA = "infra"
    DATABASE = "database"
    ROLLBACK = "rollback"


@dataclass(frozen=True, slots=True)
class Wave:
    """One step of a rollout: when it began, the share it reached (0 to 1), and what it reached."""

    time: datetime
    share: float | None = None
    targets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """One change. Times are aware and in UTC; `change_id` is the sender's, unique within `source`.

    `time` is its start, `ended_at` its end (None: not known, or still going on). `waves` are in order of
    time. `rolls_back` is the id of the change that this one undoes, of the same source. With `maintenance`
    the sender says that alerts of the service are expected while it is made.
    """

    change_id: str
    source: str
    kind: ChangeKind
    service: str
    environment: str
    time: datetime
    received_at: datetime
    summary: str = ""
    version: str = ""
    previous_version: str = ""
    author: str = ""
    url: str = ""
    scope: Mapping[str, str] = field(default_factory=dict)
    ended_at: datetime | None = None
    waves: tuple[Wave, ...] = ()
    rolls_back: str = ""
    maintenance: bool = False

    @property
    def latest(self) -> datetime:
        """When it last reached anything: its latest wave, else its start."""
        return max((self.time, *(wave.time for wave in self.waves))) if self.waves else self.time

    @property
    def undoes(self) -> bool:
        """Whether it takes another change back."""
        return bool(self.rolls_back) or self.kind is ChangeKind.ROLLBACK


def as_told(change: Change, at: datetime) -> Change:
    """The change as it was known when it was told of then: without later waves, and without a later end."""
    waves = tuple(wave for wave in change.waves if wave.time <= at)
    over = change.ended_at if change.ended_at and change.ended_at <= at else None
    if (at, waves, over) == (change.received_at, change.waves, change.ended_at):
        return change
    return replace(change, received_at=at, waves=waves, ended_at=over)


def merged(known: Change, newer: Change) -> Change:
    """A change as it stands after a newer statement, which may tell of one more wave or of the end alone."""
    waves = {wave.time: wave for wave in (*known.waves, *newer.waves)}
    return replace(
        newer,
        waves=tuple(waves[time] for time in sorted(waves)),
        ended_at=newer.ended_at or known.ended_at,
        rolls_back=newer.rolls_back or known.rolls_back,
        # Who tells the end need not say again what it is the end of.
        maintenance=newer.maintenance or known.maintenance,
    )


def standing(statements: Iterable[Change], known: Mapping[tuple[str, str], Change]) -> list[Change]:
    """Each change that is spoken of as it stands after the statements, by source and id.

    `known` is what was known before; a statement that is older than that says nothing.
    """
    stands: dict[tuple[str, str], Change] = {}
    for one in sorted(statements, key=lambda change: change.received_at):
        key = one.source, one.change_id
        before = stands.get(key) or known.get(key)
        if before is None:
            stands[key] = one
        elif one.received_at >= before.received_at:
            stands[key] = merged(before, one)
    return [stands[key] for key in sorted(stands)]
