"""Effects know the trace of the transaction that made them."""

from __future__ import annotations

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Expand the schema: the version before does not name the column."""
    op.execute("ALTER TABLE outbox ADD COLUMN traceparent text")
