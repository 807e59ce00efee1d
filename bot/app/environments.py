"""Whether alerts and changes speak of the same environments: where they do not, no change is a suspect."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from bot.app.ports import IncidentFilter
from bot.domain.alert import UNKNOWN
from bot.domain.pace import LOOKED_OVER

if TYPE_CHECKING:
    from datetime import datetime

    from bot.app.ports import UnitOfWork

_LOOKED_AT: Final = 200


class Apart(NamedTuple):
    """The environments, in order, that only incidents were in lately, and those that only changes were in."""

    incidents: tuple[str, ...]
    changes: tuple[str, ...]

    @property
    def text(self) -> str:
        """What that means, and what to write if it is not meant; empty where neither has any."""
        if not self.incidents or not self.changes:
            return ""
        here, there = ", ".join(self.incidents), ", ".join(self.changes)
        one = f"labels: {{environments: {{{self.incidents[0]}: [{self.changes[0]}]}}}}"
        return (
            f"the last week's incidents in {here} have no changes, and changes in {there} no incidents; "
            f"a change is a suspect in its own environment only. If some of these are one, "
            f"say so in tocsin.yaml, as in {one}"
        )


async def apart(uow: UnitOfWork, now: datetime) -> Apart:
    """Look at the changes of the last week, and at its newest incidents."""
    made, _ = await uow.changes.count(now - LOOKED_OVER, now)
    views, _ = await uow.incidents.list(IncidentFilter(since=now - LOOKED_OVER, limit=_LOOKED_AT))
    opened = {view.incident.environment for view in views} - {UNKNOWN}
    changed = made.keys() - {UNKNOWN}
    return Apart(tuple(sorted(opened - changed)), tuple(sorted(changed - opened)))
