"""How often services are changed, looked up now and then, so that no ranking waits for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain.pace import LOOKED_OVER, Pace, look_backs

if TYPE_CHECKING:
    from datetime import datetime

    from bot.app.ports import UnitOfWork


class Paces:
    """The pace of changes as it was last looked up; None until then, and where nothing was changed lately."""

    def __init__(self) -> None:
        self.known: Pace | None = None

    async def look(self, uow: UnitOfWork, now: datetime, look_back: float) -> None:
        """Look it up; `look_back` is in seconds.

        Raises:
            StoreUnavailableError: what was known stays.
        """
        made, first = await uow.changes.count(now - LOOKED_OVER, now)
        self.known = None if first is None else Pace(made, look_backs(now - first, look_back))
