"""Whether this version can work with the schema that is there.

Migrations only expand until the version before is gone, and then contract. So a process works with its own
revision and with the next one, and the program is updated after `tocsin migrate`, one process at a time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from bot.domain.errors import SchemaError

if TYPE_CHECKING:
    import asyncpg

OURS: Final = "0006"
"""The revision that this version was written for, and the newest that it can make."""
_NEXT: Final = f"{int(OURS) + 1:04}"


async def check_schema(raw: asyncpg.Connection[Any]) -> None:
    """Make sure that the schema is ours or the next one.

    Raises:
        SchemaError: it is older, newer, or not there; the message says what to do.
    """
    revision = await revision_of(raw)
    if revision is None:
        raise SchemaError("the database has no schema of ours; run `tocsin migrate`")
    if revision < OURS:
        raise SchemaError(f"the schema is at {revision}, older than {OURS}; run `tocsin migrate`")
    if revision > _NEXT:
        raise SchemaError(
            f"the schema is at {revision}, newer than {_NEXT}; update this program, "
            "since its `tocsin migrate` leaves a newer schema as it is"
        )


async def revision_of(raw: asyncpg.Connection[Any]) -> str | None:
    """The revision of the schema; None where there is none of ours."""
    if await raw.fetchval("SELECT to_regclass('alembic_version')") is None:
        return None
    found: str | None = await raw.fetchval("SELECT version_num FROM alembic_version")
    return found
