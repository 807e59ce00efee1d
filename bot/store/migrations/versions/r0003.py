"""What is known of a change grows: environment scope, waves and its end."""

from __future__ import annotations

from typing import Final

from alembic import op

revision = "0003"
down_revision = "0002"

_STATEMENTS: Final[tuple[str, ...]] = ()


def upgrade() -> None:
    """Expand the schema."""
    for statement in _STATEMENTS:
        op.execute(statement)
