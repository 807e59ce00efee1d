"""The database for the time of one command."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from bot.store.unit_of_work import PostgresStore

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.settings import Settings


@contextlib.asynccontextmanager
async def opened_store(settings: Settings, command: str) -> AsyncIterator[PostgresStore]:
    """The store, looked at before it is used; PostgreSQL names the connection after the command.

    Raises:
        ConfigurationError: `DATABASE_URL` cannot be read.
        StoreUnavailableError, SchemaError: the database does not answer, or is not ours.
    """
    store = PostgresStore(settings.database_url.get_secret_value(), application=f"tocsin {command}")
    try:
        await store.check()
        yield store
    finally:
        await store.close()
