"""Advisory locks, all held until the transaction ends.

The order in every transaction, so that none waits in a circle: advisory locks (changes, then environments in
sorted order), inbox, incidents (by id), groups, occurrences (by key), what hangs on an incident, outbox (by
key), timers. What PostgreSQL finds in a circle all the same becomes a ConflictError, and is done again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Collection

    import asyncpg

_NAMESPACE: Final = 0x70C5
_CHANGES: Final = 0x70C5_0000_0001
_FIRST: Final = "SELECT pg_advisory_xact_lock_shared($1), pg_advisory_xact_lock($2, hashtext($3))"
MIGRATION: Final = 0x70C5_0000_0002


async def exclude_openings(raw: asyncpg.Connection[Any]) -> None:
    """Let no incident open until this transaction ends."""
    await raw.execute("SELECT pg_advisory_xact_lock($1)", _CHANGES)


async def lock_openings(raw: asyncpg.Connection[Any], environments: Collection[str]) -> None:
    """Let no other transaction open incidents in these environments, nor add changes, until this one ends."""
    if not environments:
        return
    first, *others = sorted(environments)
    # The expressions of one row are evaluated from left to right; the rows of a set in no promised order.
    await raw.execute(_FIRST, _CHANGES, _NAMESPACE, first)
    for environment in others:
        await raw.execute("SELECT pg_advisory_xact_lock($1, hashtext($2))", _NAMESPACE, environment)
