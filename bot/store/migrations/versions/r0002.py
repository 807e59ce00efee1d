"""Silences, maintenance windows and inhibition."""

from __future__ import annotations

from typing import Final

from alembic import op

revision = "0002"
down_revision = "0001"

_STATEMENTS: Final[tuple[str, ...]] = ()


def upgrade() -> None:
    """Expand the schema."""
    for statement in _STATEMENTS:
        op.execute(statement)
