"""Advisory locks, all held until the transaction ends.

The order in every transaction, so that none waits in a circle: advisory locks (changes, then environments in
sorted order), inbox, incidents (by id), groups, occurrences (by key), what hangs on an incident, outbox (by
key), timers. What PostgreSQL finds in a circle all the same becomes a ConflictError, and is done again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection

    from bot.store.session import Session

_NAMESPACE: Final = 0x70C5
_CHANGES: Final = 0x70C5_0000_0001
MIGRATION: Final = 0x70C5_0000_0002


async def exclude_openings(session: Session) -> None:
    """Let no incident open until this transaction ends."""
    await session.execute("SELECT pg_advisory_xact_lock($1)", _CHANGES)


async def lock_openings(session: Session, environments: Collection[str]) -> None:
    """Let no other transaction open incidents in these environments, nor add changes, until this one ends."""
    if not environments:
        return
    # One statement after the other: the rows of a set are locked in no promised order.
    script = [f"SELECT pg_advisory_xact_lock_shared({_CHANGES})", *map(_lock, sorted(environments))]
    await session.run_first("; ".join(script))


def _lock(environment: str) -> str:
    """In hexadecimal digits nothing of what somebody called an environment is read as SQL."""
    name = f"convert_from('\\x{environment.encode().hex()}', 'UTF8')"
    return f"SELECT pg_advisory_xact_lock({_NAMESPACE}, hashtext({name}))"
