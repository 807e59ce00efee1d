"""The draft of a postmortem from what is stored about an incident."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain.postmortem import draft

if TYPE_CHECKING:
    from bot.app.ports import Clock, Store


async def postmortem(store: Store, clock: Clock, reference: str) -> str:
    """The draft in Markdown.

    Raises:
        NotFoundError: there is no such incident.
    """
    async with store.begin() as uow:
        view = await uow.incidents.view(reference)
    return draft(view, now=clock())
