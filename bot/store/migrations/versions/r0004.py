"""Responders' verdicts on suspects."""

from __future__ import annotations

from typing import Final

from alembic import op

revision = "0004"
down_revision = "0003"

_STATEMENTS: Final[tuple[str, ...]] = (
    """
    CREATE TABLE verdicts (
        id uuid PRIMARY KEY,
        number bigint GENERATED ALWAYS AS IDENTITY,
        incident_id uuid NOT NULL,
        judgement text NOT NULL,
        change jsonb,
        person text NOT NULL,
        said_by text NOT NULL,
        via text NOT NULL,
        at timestamptz NOT NULL,
        withdrawn_at timestamptz,
        withdrawn_by text NOT NULL
    )
    """,
    "CREATE INDEX verdicts_incident ON verdicts (incident_id)",
    "CREATE INDEX verdicts_at ON verdicts (at)",
)


def upgrade() -> None:
    """Expand the schema."""
    for statement in _STATEMENTS:
        op.execute(statement)
