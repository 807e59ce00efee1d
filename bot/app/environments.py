"""Whether alerts and changes speak of the same environments: where they do not, no change is a suspect."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from bot.app.ports import IncidentFilter
from bot.domain.alert import UNKNOWN
from bot.domain.pace import LOOKED_OVER

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from bot.app.ports import UnitOfWork

_LOOKED_AT: Final = 200


class Apart(NamedTuple):
    """The environments, in order, that only incidents were in lately, and those that only changes were in."""

    incidents: tuple[str, ...]
    changes: tuple[str, ...]

    @property
    def text(self) -> str:
        """What that means, and what to write if it is not meant; empty where either has none of its own."""
        if not self.incidents or not self.changes:
            return ""
        here, there = ", ".join(self.incidents), ", ".join(self.changes)
        certain = len(self.incidents) == len(self.changes) == 1
        name, other = (here, there) if certain else ("NAME IN ALERTS", "NAME IN CHANGES")
        return (
            f"the last week's incidents in {here} have no changes, and changes in {there} no incidents; "
            f"a change is a suspect in its own environment only. If these are one, "
            f"say so in tocsin.yaml: change_environments: {{{name}: [{other}]}}"
        )


async def apart(uow: UnitOfWork, now: datetime, of_change: Callable[[str], str]) -> Apart:
    """Look at the changes of the last week, and at its newest incidents.

    `of_change` gives what alerts call the environment that a change names.
    """
    since = now - LOOKED_OVER
    made, _ = await uow.changes.count(since, now)
    views, _ = await uow.incidents.list(IncidentFilter(since=since, limit=_LOOKED_AT))
    opened = {view.incident.environment for view in views} - {UNKNOWN}
    changed = {of_change(name) for name in made} - {UNKNOWN}
    # A noisy environment may have had all of the newest ones, so the others are asked for by name.
    quiet = [name for name in sorted(changed - opened) if not await _any_incident(uow, since, now, name)]
    return Apart(tuple(sorted(opened - changed)), tuple(quiet))


async def _any_incident(uow: UnitOfWork, since: datetime, until: datetime, environment: str) -> bool:
    return (await uow.verdicts.activity(since, until, environment)).incidents > 0
