"""The way to PostgreSQL: an engine whose every wait has an end, and its errors in our words."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import asyncpg
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError, DisconnectionError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from bot.domain.errors import (
    ConfigurationError,
    ConflictError,
    PermanentError,
    SchemaError,
    StoreUnavailableError,
    TocsinError,
)
from bot.store.dsn import plain_dsn

if TYPE_CHECKING:
    from collections.abc import Iterator

# Somebody else was faster: serialisation failure, deadlock, unique violation, lock not available.
_CONFLICTS: Final = frozenset({"40001", "40P01", "23505", "55P03"})
# The server's fault or its operator's: connection, credentials, database, resources, intervention (a
# statement timeout among it), system, internal; a server that only reads (as after a failover, or with a full
# disk), and what we were not granted.
_UNAVAILABLE: Final = ("08", "28", "3D", "53", "57", "58", "XX", "25006", "42501")
# A table or a column of ours is not there.
_NOT_OUR_SCHEMA: Final = frozenset({"42P01", "42703"})
# What is to be written cannot be written, and never will be.
_UNFIT: Final = ("22", "23")

# asyncpg's internal error is what a connection says that broke off within an operation.
_BROKEN_OFF: Final = (
    OSError, TimeoutError, asyncpg.InterfaceError, asyncpg.InternalClientError, SQLAlchemyError,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Bounds:
    """How long anything may take, in seconds, and how many connections a process may hold.

    With `in_turn` all of them are used alike; else as few as there is need of, and those the most.
    """

    connect: float = 5.0
    statement: float = 30.0
    lock: float = 15.0
    idle_in_transaction: float = 60.0
    pool: int = 10
    pool_wait: float = 10.0
    in_turn: bool = False


def create_engine(url: str, bounds: Bounds | None = None, application: str = "tocsin") -> AsyncEngine:
    """An engine for a DSN (`postgresql://user:password@host:port/database?sslmode=...`); connects lazily.

    Connections are in autocommit towards SQLAlchemy: the unit of work begins and ends its transaction itself,
    so that COPY and `unnest` on asyncpg and SQLAlchemy's statements share it.
    """
    limits = bounds or Bounds()
    dsn = plain_dsn(url)

    async def connect() -> Any:
        return await open_connection(dsn, limits, application)

    engine = create_async_engine(
        "postgresql+asyncpg://",
        async_creator=connect,
        isolation_level="AUTOCOMMIT",
        pool_size=limits.pool,
        max_overflow=0,
        pool_timeout=limits.pool_wait,
        pool_use_lifo=not limits.in_turn,
        # SQLAlchemy hooks this into asyncpg's codec: rows give JSON as text, read only where it is needed.
        json_deserializer=str,
    )
    event.listen(engine.sync_engine, "checkout", _refuse_closed)
    return engine


def _refuse_closed(connection: Any, _record: Any, _proxy: Any) -> None:
    """Asyncpg notices at once that its server has gone: then all that the pool holds is replaced."""
    if connection.driver_connection.is_closed():
        raise DisconnectionError


async def open_connection(dsn: str, bounds: Bounds, application: str) -> asyncpg.Connection[Any]:
    """One connection of asyncpg with our bounds.

    Raises:
        ConfigurationError: the DSN asks for what cannot be; the message does not repeat it.
    """
    try:
        return await _connect(dsn, bounds, application)
    except OSError:  # a certificate that does not convince is a ValueError, too
        raise
    except asyncpg.exceptions.ClientConfigurationError as error:
        raise ConfigurationError(f"DATABASE_URL: {error}") from None
    except ValueError:
        raise ConfigurationError(
            "DATABASE_URL holds a parameter or a host's name that cannot be used"
        ) from None


async def _connect(dsn: str, bounds: Bounds, application: str) -> asyncpg.Connection[Any]:
    return await asyncpg.connect(
        dsn,
        timeout=bounds.connect,
        # A little later than the server's own bound: only a server that is gone lets it strike.
        command_timeout=bounds.statement + 5.0,
        # By default every statement is prepared anew after five minutes, while somebody waits for it.
        max_cached_statement_lifetime=0,
        server_settings={
            "application_name": application,
            "timezone": "UTC",
            "jit": "off",
            # Every statement finds its rows by an index, whatever its values are; to plan it anew for each
            # set of them costs more than to run it. The server alone would do that: it takes sets for larger.
            "plan_cache_mode": "force_generic_plan",
            "statement_timeout": _milliseconds(bounds.statement),
            "lock_timeout": _milliseconds(bounds.lock),
            "idle_in_transaction_session_timeout": _milliseconds(bounds.idle_in_transaction),
        },
    )


@contextlib.contextmanager
def translated() -> Iterator[None]:
    """Turn what drivers raise into our errors; ours pass.

    Raises:
        ConflictError: somebody else was faster; doing it again will help.
        StoreUnavailableError: the database cannot be reached, or broke off.
        SchemaError: it has not the tables or the columns that we ask for.
        PermanentError: PostgreSQL cannot hold such a value.
    """
    try:
        yield
    except TocsinError:
        raise
    except asyncpg.PostgresError as error:
        _raise_for(error, error.sqlstate)
        raise
    except DBAPIError as error:
        _raise_for(error, getattr(error.orig, "sqlstate", None))
        raise
    except _BROKEN_OFF as error:
        if isinstance(error, SQLAlchemyError) and not _is_pool_timeout(error):
            raise
        raise StoreUnavailableError(_said(error)) from error


def _raise_for(error: Exception, sqlstate: str | None) -> None:
    if sqlstate in _CONFLICTS:
        raise ConflictError(_said(error)) from error
    if sqlstate is None or sqlstate.startswith(_UNAVAILABLE) or sqlstate == "25P03":
        raise StoreUnavailableError(_said(error)) from error
    if sqlstate in _NOT_OUR_SCHEMA:
        raise SchemaError(f"{_said(error)}; run `tocsin migrate`") from error
    if sqlstate.startswith(_UNFIT):
        raise PermanentError(_said(error)) from error


def _is_pool_timeout(error: SQLAlchemyError) -> bool:
    return type(error).__name__ == "TimeoutError"


def _said(error: Exception) -> str:
    """The kind and the first line; never the statement's parameters."""
    original = getattr(error, "orig", None) or error
    lines = str(original).strip().splitlines() or [""]
    return f"{type(original).__name__}: {lines[0]}".rstrip(": ")


def _milliseconds(seconds: float) -> str:
    return str(int(seconds * 1000))
