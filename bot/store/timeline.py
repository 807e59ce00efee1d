"""Writes the stored lines of incidents' stories."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    import asyncpg

    from bot.domain.decisions import TimelineEntry

_ADD: Final = """
    INSERT INTO timeline (incident_id, time, kind, text, source)
    SELECT * FROM unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::text[], $5::text[])
"""


async def add_entries(raw: asyncpg.Connection[Any], entries: Iterable[TimelineEntry]) -> None:
    """Add lines, in their order."""
    rows = list(entries)
    if rows:
        await raw.execute(
            _ADD,
            [entry.incident_id for entry in rows],
            [entry.time for entry in rows],
            [entry.kind for entry in rows],
            [entry.text for entry in rows],
            [entry.source for entry in rows],
        )
