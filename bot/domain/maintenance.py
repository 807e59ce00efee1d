"""Maintenance that a change announces: from its start until its end, or until a timeout."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from bot.domain.alert import UNKNOWN
from bot.domain.matchers import Matcher
from bot.domain.quieting import LONGEST_COMMENT, LONGEST_QUIET, Quiet, QuietKind
from bot.domain.wording import one_line

if TYPE_CHECKING:
    from bot.domain.change import Change, ChangeKind

BY_A_CHANGE: Final = "change:"
"""What the source of such a window begins with, before the change's own source."""


@dataclass(frozen=True, slots=True)
class MaintenancePolicy:
    """Which kinds of changes announce maintenance unasked; how long it lasts where nobody states its end."""

    kinds: frozenset[ChangeKind] = frozenset()
    timeout: timedelta = timedelta(hours=1)

    def window_of(self, change: Change) -> Quiet | None:
        """The window that the change opens, moves or closes; None where it announces none.

        A change that does not say which service it is made to would keep everything quiet, and so opens none.
        """
        announced = change.maintenance or change.kind in self.kinds
        if not announced or change.service == UNKNOWN:
            return None
        matchers = [Matcher("service", "=", change.service)]
        if change.environment != UNKNOWN:
            matchers.append(Matcher("environment", "=", change.environment))
        ended, latest = change.ended_at, change.time + LONGEST_QUIET
        return Quiet(
            id=f"{change.source}/{change.change_id}",
            kind=QuietKind.MAINTENANCE,
            matchers=tuple(matchers),
            starts_at=change.time,
            ends_at=change.time + self.timeout if ended is None else max(change.time, min(ended, latest)),
            by=change.author or change.source,
            comment=one_line(change.summary, LONGEST_COMMENT),
            source=f"{BY_A_CHANGE}{change.source}",
        )
