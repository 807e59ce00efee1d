"""What is known of a change grows: its waves, its end, and what it rolls back."""

from __future__ import annotations

from typing import Final

from alembic import op

revision = "0003"
down_revision = "0002"

# Defaults, as the version before does not name the columns: the latest wave of its changes is their start.
_STATEMENTS: Final = (
    """
    ALTER TABLE changes
        ADD COLUMN ended_at timestamptz,
        ADD COLUMN waves jsonb NOT NULL DEFAULT '[]',
        ADD COLUMN rolls_back text NOT NULL DEFAULT '',
        ADD COLUMN maintenance boolean NOT NULL DEFAULT false,
        ADD COLUMN latest_at timestamptz NOT NULL DEFAULT '-infinity'
    """,
    "CREATE INDEX changes_undoing ON changes (time) WHERE kind = 'rollback' OR rolls_back <> ''",
)


def upgrade() -> None:
    """Expand the schema."""
    for statement in _STATEMENTS:
        op.execute(statement)
