"""Refuses a database whose schema this version cannot work with: at the start, and while the process runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import structlog

from bot.app.turns import in_turns
from bot.domain.errors import RetryableError, SchemaError

if TYPE_CHECKING:
    import asyncio

    from bot.app.ports import Store

LOOK_EVERY_S: Final = 10.0
AGAIN_AFTER_S: Final = 1.0
log: Final = structlog.get_logger(__name__)


class SchemaWatch:
    """Looks at the schema for one process. A database that is away is waited for: it may be the right one."""

    def __init__(self, store: Store, *, every: float = LOOK_EVERY_S, again: float = AGAIN_AFTER_S) -> None:
        self._store = store
        self._every = every
        self._again = again

    async def begin(self) -> None:
        """Look once, before anything is begun.

        Raises:
            SchemaError: the schema is out of our range, or not there.
            ConfigurationError: the database's address cannot be used.
        """
        try:
            await self._store.check()
        except SchemaError:
            raise
        except RetryableError as error:
            log.warning("the database is away; it is waited for", error=str(error))

    async def run(self, stop: asyncio.Event) -> None:
        """Look until asked to stop; a migration may take the schema out of our range at any time.

        Raises:
            SchemaError: as `begin`.
        """
        await in_turns(self._look, stop)

    async def _look(self) -> float:
        try:
            await self._store.check()
        except SchemaError:
            raise
        except RetryableError:
            return self._again
        return self._every
