"""Source alerts that fire, by the key that they share with what they inhibit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from bot.domain.inhibition import Inhibitor

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from bot.domain.alert import AlertKey
    from bot.store.session import Session

# Whoever keeps a target quiet holds on to its sources until it has written so: an end waits for that, and so
# finds the target. A source counts while its latest occurrence fires.
_READ: Final = """
    SELECT i.key, i.source, i.fingerprint, i.name, i.service, i.both_sides FROM inhibitors i
    WHERE i.key = ANY($1::text[]) AND (
        SELECT o.status FROM occurrences o WHERE o.source = i.source AND o.fingerprint = i.fingerprint
        ORDER BY o.starts_at DESC LIMIT 1
    ) = 'firing'
    ORDER BY i.key, i.source, i.fingerprint FOR SHARE OF i
"""
_ALL: Final = "SELECT key, source, fingerprint, name, service, both_sides FROM inhibitors"
_BEGIN: Final = """
    INSERT INTO inhibitors (key, source, fingerprint, name, service, both_sides)
    SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::boolean[])
    ON CONFLICT (key, source, fingerprint) DO UPDATE
        SET name = excluded.name, service = excluded.service, both_sides = excluded.both_sides
"""
_END: Final = """
    DELETE FROM inhibitors i USING unnest($1::text[], $2::text[], $3::text[]) AS e (key, source, fingerprint)
    WHERE i.key = e.key AND i.source = e.source AND i.fingerprint = e.fingerprint
"""


async def read_inhibitors(session: Session, keys: Collection[str]) -> dict[str, list[Inhibitor]]:
    """The sources that fire, by key."""
    found: dict[str, list[Inhibitor]] = {}
    for one in map(_inhibitor, await session.fetch(_READ, sorted(keys))):
        found.setdefault(one.key, []).append(one)
    return found


async def read_all_inhibitors(session: Session) -> dict[tuple[str, AlertKey], Inhibitor]:
    """All that are entered, by key and alert."""
    return {(one.key, one.alert): one for one in map(_inhibitor, await session.fetch(_ALL))}


def _inhibitor(row: Mapping[str, Any]) -> Inhibitor:
    alert = (row["source"], row["fingerprint"])
    return Inhibitor(row["key"], alert, row["name"], row["service"], row["both_sides"])


async def write_inhibitors(
    session: Session, changes: Mapping[tuple[str, AlertKey], Inhibitor | None]
) -> None:
    """Enter sources that fire from now on, and take out those that have ended (None)."""
    ended = sorted(place for place, one in changes.items() if one is None)
    if ended:
        columns = zip(*((key, *alert) for key, alert in ended), strict=True)
        await session.execute(_END, *map(list, columns))
    begun = sorted((one for one in changes.values() if one is not None), key=lambda one: (one.key, one.alert))
    if begun:
        rows = ((one.key, *one.alert, one.name, one.service, one.both) for one in begun)
        await session.execute(_BEGIN, *map(list, zip(*rows, strict=True)))
