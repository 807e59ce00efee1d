"""Silences, maintenance windows and inhibition."""

from __future__ import annotations

from typing import Final

from alembic import op

revision = "0002"
down_revision = "0001"

_STATEMENTS: Final = (
    """
    CREATE TABLE quiets (
        id text PRIMARY KEY,
        kind text NOT NULL,
        matchers json NOT NULL,
        starts_at timestamptz NOT NULL,
        ends_at timestamptz NOT NULL,
        asked_by text NOT NULL,
        comment text NOT NULL,
        source text NOT NULL
    )
    """,
    "CREATE INDEX quiets_end ON quiets (ends_at)",
    # One row: consumers compare it with what they have in memory, in a statement that they make anyway.
    "CREATE TABLE quiet_revision (id integer PRIMARY KEY CHECK (id = 1), revision bigint NOT NULL)",
    "INSERT INTO quiet_revision (id, revision) VALUES (1, 0)",
    """
    CREATE TABLE inhibitors (
        key text NOT NULL,
        source text NOT NULL,
        fingerprint text NOT NULL,
        name text NOT NULL,
        service text NOT NULL,
        both_sides boolean NOT NULL,
        PRIMARY KEY (key, source, fingerprint)
    )
    """,
    "ALTER TABLE occurrences ADD COLUMN quiet text NOT NULL DEFAULT ''",
    "CREATE INDEX occurrences_quiet ON occurrences (quiet) WHERE incident_id IS NULL AND quiet <> ''",
    "ALTER TABLE incidents ADD COLUMN flips integer NOT NULL DEFAULT 0",
    "ALTER TABLE incidents ADD COLUMN flapping_since timestamptz",
    "ALTER TABLE incidents ADD COLUMN calm_at timestamptz",
    "ALTER TABLE events ADD COLUMN detail text NOT NULL DEFAULT ''",
)


def upgrade() -> None:
    """Expand the schema."""
    for statement in _STATEMENTS:
        op.execute(statement)
