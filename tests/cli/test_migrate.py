"""`tocsin migrate` and `tocsin prune` on real servers."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import asyncpg
import pytest

from bot.store.schema import OURS

if TYPE_CHECKING:
    from collections.abc import Callable

    from click.testing import Result

    from tests.support.kafka import ApacheKafka

    Tocsin = Callable[..., Result]

FILL = """
    INSERT INTO inbox SELECT 'alerts', gen_random_uuid(), now() - interval '1 day' * n
        FROM generate_series(1, 20) n;
    INSERT INTO outbox (key, kind, lane, payload, state, ended_at)
        SELECT state || n, 'note', 'l', '{}', state, now() - interval '1 day' * n
        FROM generate_series(1, 40) n, unnest(ARRAY['done', 'dead']) state;
    INSERT INTO outbox (key, kind, lane, payload) VALUES ('waits', 'note', 'l', '{}');
    INSERT INTO quarantine (at, source, reason, path, body)
        SELECT now() - interval '1 day' * n, '', '', '', '' FROM generate_series(1, 40) n;
    INSERT INTO occurrences (source, fingerprint, starts_at, status, ends_at, name, service, environment,
        labels, annotations, generator_url, received_at, group_key, rule, incident_id)
        SELECT status || kept, n::text, at, status, at, '', '', '', '{}', '{}', '', at, '', '',
            CASE WHEN kept THEN gen_random_uuid() END
        FROM generate_series(1, 40) n, unnest(ARRAY['resolved', 'firing']) status,
            unnest(ARRAY[true, false]) kept, LATERAL (SELECT now() - interval '1 day' * n AS at) told;
    INSERT INTO changes (source, change_id, kind, service, environment, time, received_at, summary, version,
        previous_version, author, url, scope)
        SELECT 'ci', n::text, 'deploy', '', '', now(), now() - interval '100 days' * n, '', '', '', '', '',
            '{}' FROM generate_series(1, 6) n;
    INSERT INTO rankings (incident_id, revision, at, body)
        SELECT ('00000000-0000-0000-0000-00000000000' || i)::uuid, n, now() - interval '1 day' * (61 - n),
            '{}'
        FROM generate_series(1, 2) i, generate_series(1, 30 * i) n;
    CREATE TABLE events_20200101 PARTITION OF events
        FOR VALUES FROM ('2020-01-01 00:00+00') TO ('2020-01-02 00:00+00');
"""
_DROP_ALL = """
    DO $$ DECLARE name text; BEGIN
        FOR name IN SELECT inhrelid::regclass::text FROM pg_inherits
            WHERE inhparent = 'events'::regclass AND inhrelid <> 'events_other'::regclass
        LOOP EXECUTE 'DROP TABLE ' || name; END LOOP;
    END $$
"""
_STRAY = """
    INSERT INTO events (received_at, id, source, fingerprint, status, name, service, environment, labels,
        annotations, starts_at, generator_url, decision, reason)
    SELECT now() - interval '1 day' * n, '', '', '', '', '', '', '', '{}', '{}', now(), '', '', ''
    FROM unnest(ARRAY[0, 60]) n
"""


async def _run(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


async def _count(url: str, query: str) -> int:
    connection = await asyncpg.connect(url)
    try:
        counted: int = await connection.fetchval(query)
        return counted
    finally:
        await connection.close()


def test_the_database_alone(tocsin: Tocsin, database_url: str) -> None:
    for _ in range(2):
        result = tocsin("migrate", "--skip-topics", DATABASE_URL=database_url)
        assert (result.exit_code, result.stdout) == (0, f"database: at {OURS}\n")
    without = tocsin("migrate", DATABASE_URL=database_url)
    assert without.exit_code == 78
    assert "KAFKA_BOOTSTRAP_SERVERS must be set" in without.stderr


def test_topics_too(tocsin: Tocsin, database_url: str, real_kafka: ApacheKafka, topic_prefix: str) -> None:
    environment = {
        "DATABASE_URL": database_url,
        "KAFKA_BOOTSTRAP_SERVERS": real_kafka.bootstrap,
        "TOCSIN_KAFKA_TOPIC_PREFIX": topic_prefix,
        "TOCSIN_KAFKA_PARTITIONS": "2",
    }
    first = tocsin("migrate", **environment)
    assert first.exit_code == 0
    assert first.stdout.count("created with 2 partitions") == 3
    assert tocsin("migrate", **environment).stdout.count("as it should be") == 5
    other = tocsin("migrate", **{**environment, "TOCSIN_KAFKA_PARTITIONS": "3"})
    assert other.exit_code == 1
    assert other.stdout.count("partitions 2, wanted 3") == 3


def test_prune(tocsin: Tocsin, database_url: str) -> None:
    assert tocsin("prune", DATABASE_URL=database_url).exit_code == 78  # no schema: it says to migrate
    tocsin("migrate", "--skip-topics", DATABASE_URL=database_url)
    asyncio.run(_run(database_url, FILL))
    result = tocsin("prune", "-o", "json", DATABASE_URL=database_url)
    assert json.loads(result.stdout) == {
        "inbox": 7,
        "events": 0,
        "alerts": 11,
        "changes": 3,
        "rankings": 60,
        "effects": 11,
        "quarantine": 11,
        "dropped": ["events_20200101"],
        "made": [],
    }
    left = "SELECT count(*) FROM outbox WHERE state <> 'done'"
    assert asyncio.run(_count(database_url, left)) == 41
    assert asyncio.run(_count(database_url, "SELECT count(*) FROM occurrences")) == 149
    newest = "SELECT count(*) FROM rankings WHERE revision = 30 AND incident_id::text LIKE '%1'"
    assert asyncio.run(_count(database_url, newest)) == 1
    again = tocsin("prune", "--inbox-days", "10", DATABASE_URL=database_url)
    assert again.stdout.splitlines()[:2] == [
        "inbox: 4 entries deleted",
        "events: 0 rows deleted, 0 days dropped, 0 days made",
    ]


@pytest.mark.parametrize("command", ["migrate", "prune"])
def test_nobody_made_partitions_for_weeks(tocsin: Tocsin, database_url: str, command: str) -> None:
    """Events then lie in the default partition, which keeps the days that it holds."""
    tocsin("migrate", "--skip-topics", DATABASE_URL=database_url)
    asyncio.run(_run(database_url, _DROP_ALL))
    asyncio.run(_run(database_url, _STRAY))
    words = ("migrate", "--skip-topics") if command == "migrate" else ("prune",)
    assert tocsin(*words, DATABASE_URL=database_url).exit_code == 0
    days = "SELECT count(*) FROM pg_inherits WHERE inhparent = 'events'::regclass"
    assert asyncio.run(_count(database_url, days)) == 1 + 7  # the default, and the coming week without today
    rows = asyncio.run(_count(database_url, "SELECT count(*) FROM events"))
    assert rows == (2 if command == "migrate" else 1)
