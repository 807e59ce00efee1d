"""The first schema."""

from __future__ import annotations

from typing import Final

from alembic import op

revision = "0001"
down_revision = None

_STATEMENTS: Final = (
    "CREATE SEQUENCE incident_numbers",
    """
    CREATE TABLE incidents (
        id uuid PRIMARY KEY,
        number bigint NOT NULL UNIQUE DEFAULT nextval('incident_numbers'),
        title text NOT NULL,
        state text NOT NULL,
        severity text NOT NULL,
        environment text NOT NULL,
        rule text NOT NULL,
        reason_name text NOT NULL,
        reason_text text NOT NULL,
        services text[] NOT NULL,
        opened_at timestamptz NOT NULL,
        onset timestamptz NOT NULL,
        last_alert_at timestamptz NOT NULL,
        firing integer NOT NULL,
        alerts integer NOT NULL,
        storm boolean NOT NULL,
        acknowledged_at timestamptz,
        acknowledged_by text NOT NULL,
        monitoring_at timestamptz,
        resolved_at timestamptz,
        resolved_by text NOT NULL,
        reopen_seconds double precision NOT NULL,
        version integer NOT NULL
    ) WITH (fillfactor = 70)
    """,
    "CREATE INDEX incidents_open ON incidents (environment) WHERE state <> 'resolved' AND NOT storm",
    "CREATE INDEX incidents_storm ON incidents (environment) WHERE state <> 'resolved' AND storm",
    """
    CREATE TABLE groups (
        key text NOT NULL,
        incident_id uuid NOT NULL,
        environment text NOT NULL,
        rule text NOT NULL,
        how text NOT NULL,
        opened_at timestamptz NOT NULL,
        open boolean NOT NULL,
        PRIMARY KEY (key, incident_id)
    )
    """,
    "CREATE UNIQUE INDEX groups_open_key ON groups (key) WHERE open",
    "CREATE INDEX groups_opened ON groups (environment, opened_at)",
    "CREATE INDEX groups_incident ON groups (incident_id)",
    """
    CREATE TABLE occurrences (
        source text NOT NULL,
        fingerprint text NOT NULL,
        starts_at timestamptz NOT NULL,
        status text NOT NULL,
        ends_at timestamptz,
        name text NOT NULL,
        service text NOT NULL,
        environment text NOT NULL,
        labels json NOT NULL,
        annotations json NOT NULL,
        generator_url text NOT NULL,
        received_at timestamptz NOT NULL,
        group_key text NOT NULL,
        rule text NOT NULL,
        incident_id uuid,
        PRIMARY KEY (source, fingerprint, starts_at)
    ) WITH (fillfactor = 80)
    """,
    "CREATE INDEX occurrences_incident ON occurrences (incident_id) WHERE incident_id IS NOT NULL",
    """
    CREATE INDEX occurrences_held ON occurrences (group_key)
    WHERE incident_id IS NULL AND group_key <> ''
    """,
    """
    CREATE TABLE inbox (
        consumer text NOT NULL,
        event_id uuid NOT NULL,
        received_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (consumer, event_id)
    )
    """,
    "CREATE INDEX inbox_received ON inbox USING brin (received_at)",
    """
    CREATE TABLE events (
        received_at timestamptz NOT NULL,
        id text NOT NULL,
        source text NOT NULL,
        fingerprint text NOT NULL,
        status text NOT NULL,
        name text NOT NULL,
        service text NOT NULL,
        environment text NOT NULL,
        labels json NOT NULL,
        annotations json NOT NULL,
        starts_at timestamptz NOT NULL,
        ends_at timestamptz,
        generator_url text NOT NULL,
        decision text NOT NULL,
        reason text NOT NULL,
        incident_id uuid
    ) PARTITION BY RANGE (received_at)
    """,
    "CREATE INDEX events_received ON events USING brin (received_at)",
    "CREATE TABLE events_other PARTITION OF events DEFAULT",
    """
    CREATE TABLE changes (
        source text NOT NULL,
        change_id text NOT NULL,
        kind text NOT NULL,
        service text NOT NULL,
        environment text NOT NULL,
        time timestamptz NOT NULL,
        received_at timestamptz NOT NULL,
        summary text NOT NULL,
        version text NOT NULL,
        previous_version text NOT NULL,
        author text NOT NULL,
        url text NOT NULL,
        scope jsonb NOT NULL,
        PRIMARY KEY (source, change_id)
    )
    """,
    "CREATE INDEX changes_service_time ON changes (service, time)",
    "CREATE INDEX changes_received ON changes (received_at)",
    """
    CREATE TABLE rankings (
        incident_id uuid NOT NULL,
        revision integer NOT NULL,
        at timestamptz NOT NULL,
        body json NOT NULL,
        PRIMARY KEY (incident_id, revision)
    )
    """,
    """
    CREATE TABLE timeline (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        incident_id uuid NOT NULL,
        time timestamptz NOT NULL,
        kind text NOT NULL,
        text text NOT NULL,
        source text NOT NULL
    )
    """,
    "CREATE INDEX timeline_incident ON timeline (incident_id)",
    """
    CREATE TABLE outbox (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        key text NOT NULL UNIQUE,
        kind text NOT NULL,
        lane text NOT NULL,
        incident_id uuid,
        payload json NOT NULL,
        "coalesce" text,
        due_at timestamptz,
        state text NOT NULL DEFAULT 'waiting',
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        attempt integer NOT NULL DEFAULT 0,
        fence bigint NOT NULL DEFAULT 0,
        worker text,
        leased_at timestamptz,
        lease_until timestamptz,
        uncertain_since timestamptz,
        failing_since timestamptz,
        ended_at timestamptz,
        error text,
        result json
    )
    """,
    """CREATE UNIQUE INDEX outbox_coalesce ON outbox ("coalesce") WHERE state = 'waiting'""",
    "CREATE INDEX outbox_lanes ON outbox (lane, id) WHERE state IN ('waiting', 'retry', 'leased')",
    "CREATE INDEX outbox_ended ON outbox (ended_at) WHERE ended_at IS NOT NULL",
    """
    CREATE TABLE timers (
        kind text NOT NULL,
        subject text NOT NULL,
        generation integer NOT NULL,
        due_at timestamptz NOT NULL,
        lease_until timestamptz,
        fence bigint NOT NULL DEFAULT 0,
        PRIMARY KEY (kind, subject)
    )
    """,
    "CREATE INDEX timers_due ON timers (due_at)",
    """
    CREATE TABLE channels (
        incident_id uuid PRIMARY KEY,
        team_id text NOT NULL,
        channel_id text NOT NULL,
        name text NOT NULL,
        CONSTRAINT channels_owned_once UNIQUE (channel_id, team_id)
    )
    """,
    """
    CREATE TABLE messages (
        incident_id uuid NOT NULL,
        purpose text NOT NULL,
        channel_id text NOT NULL,
        ts text NOT NULL,
        digest text NOT NULL,
        PRIMARY KEY (incident_id, purpose)
    )
    """,
    """
    CREATE TABLE runs (
        id text PRIMARY KEY,
        incident_id uuid NOT NULL,
        playbook text NOT NULL,
        state text NOT NULL,
        definition_hash text NOT NULL,
        body jsonb NOT NULL,
        number bigint GENERATED ALWAYS AS IDENTITY
    )
    """,
    "CREATE INDEX runs_incident ON runs (incident_id)",
    "CREATE TABLE definitions (hash text PRIMARY KEY, source bytea NOT NULL)",
    """
    CREATE TABLE pages (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        incident_id uuid NOT NULL,
        time timestamptz NOT NULL,
        why text NOT NULL
    )
    """,
    "CREATE INDEX pages_incident ON pages (incident_id)",
    """
    CREATE TABLE quarantine (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        at timestamptz NOT NULL,
        source text NOT NULL,
        reason text NOT NULL,
        path text NOT NULL,
        body bytea NOT NULL
    )
    """,
    "CREATE INDEX quarantine_at ON quarantine (at)",
)


def upgrade() -> None:
    """Make every table; partitions of `events` follow the calendar and are made by `bot.store.migrate`."""
    for statement in _STATEMENTS:
        op.execute(statement)
