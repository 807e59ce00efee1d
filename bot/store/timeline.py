"""Writes the stored lines of incidents' stories."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.store.gathered import Write, columns

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.domain.decisions import TimelineEntry
    from bot.store.session import Session

_ADD: Final = Write(
    "told",
    """
    INSERT INTO timeline (incident_id, time, kind, text, source)
    SELECT * FROM unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::text[], $5::text[]) RETURNING 1
    """,
    5,
)


async def add_entries(session: Session, entries: Iterable[TimelineEntry]) -> None:
    """Add lines, in their order."""
    rows = list(entries)
    if rows:
        await session.put(
            _ADD, columns((one.incident_id, one.time, one.kind, one.text, one.source) for one in rows)
        )
