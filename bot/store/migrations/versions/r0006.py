"""A change knows when it was first told of, so that a replay hears of it when the consumers did."""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Expand the schema: the version before does not name the columns, and leaves them empty."""
    op.execute(
        "ALTER TABLE changes ADD COLUMN first_told_at timestamptz, ADD COLUMN first_ended_at timestamptz"
    )
    op.execute("CREATE INDEX changes_told_again ON changes (first_told_at) WHERE first_told_at < received_at")
