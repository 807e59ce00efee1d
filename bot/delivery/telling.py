"""Lines on the timeline that are told once, however often what they tell of happens."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.app.ports import UnitOfWork
    from bot.domain.decisions import TimelineEntry


async def tell_once(uow: UnitOfWork, line: TimelineEntry) -> bool:
    """Add the line unless the timeline has one of the same kind and text; says whether it was added."""
    view = await uow.incidents.view(line.incident_id)
    if any((one.kind, one.text) == (line.kind, line.text) for one in view.timeline):
        return False
    await uow.incidents.tell([line])
    return True
