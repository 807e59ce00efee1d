"""Groups, the owners of group keys, read and written in sets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from bot.domain.decisions import Group
from bot.store.gathered import Write, columns

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.store.session import Session

GROUP_COLUMNS: Final = ("key", "incident_id", "environment", "rule", "how", "opened_at", "open")
OWNERS: Final = """
    SELECT g.key, g.incident_id::text AS incident_id, g.environment, g.rule, g.how, g.opened_at, g.open
    FROM unnest($3::text[]) AS k (key)
    CROSS JOIN LATERAL (
        SELECT * FROM groups g WHERE g.key = k.key ORDER BY g.open DESC, g.opened_at DESC LIMIT 1
    ) g
"""
"""The open group of each key of the third parameter, else its newest."""
_SAVE: Final = Write(
    "owners",
    """
    INSERT INTO groups (key, incident_id, environment, rule, how, opened_at, open)
    SELECT * FROM unnest($1::text[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::timestamptz[],
                         $7::boolean[])
    ON CONFLICT (key, incident_id) DO UPDATE SET
        how = excluded.how, opened_at = excluded.opened_at, open = excluded.open
    RETURNING 1
    """,
    7,
)
_RELEASE: Final = """
    UPDATE groups g SET open = false FROM unnest($1::text[], $2::uuid[]) AS r (key, incident_id)
    WHERE g.key = r.key AND g.incident_id = r.incident_id
"""


async def save_groups(session: Session, groups: Sequence[Group]) -> None:
    """Write them over what is known of each key and incident."""
    # A key is free for its next owner only when the one before has let go of it.
    released = [group for group in groups if not group.open]
    if released:
        await session.execute(_RELEASE, [g.key for g in released], [g.incident_id for g in released])
    opened = [group for group in groups if group.open]
    if opened:
        rows = ((g.key, g.incident_id, g.environment, g.rule, g.how, g.opened_at, g.open) for g in opened)
        await session.put(_SAVE, columns(rows))


def group_of(row: Mapping[str, Any]) -> Group:
    """The group of a row of `OWNERS`."""
    return Group(
        key=row["key"],
        environment=row["environment"],
        rule=row["rule"],
        incident_id=row["incident_id"],
        opened_at=row["opened_at"],
        how=row["how"],
        open=row["open"],
    )
