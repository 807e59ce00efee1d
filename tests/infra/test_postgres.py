from __future__ import annotations

import contextlib

import asyncpg
import pytest

from tests.support.postgres import PostgresServer


async def test_each_test_gets_an_empty_database(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    tables = await connection.fetchval(
        "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace"
    )
    await connection.close()
    assert tables == 0


def test_a_template_is_made_once_and_copied(postgres_server: PostgresServer) -> None:
    calls: list[str] = []

    def prepare(url: str) -> None:
        calls.append(url)
        postgres_server.sql(
            "CREATE TABLE thing (id int); INSERT INTO thing VALUES (7)", url.rpartition("/")[2]
        )

    first = postgres_server.create_database(postgres_server.template("things", prepare))
    second = postgres_server.create_database(postgres_server.template("things", prepare))
    names = [url.rpartition("/")[2] for url in (first, second)]
    assert len(calls) == 1
    assert [postgres_server.sql("SELECT id FROM thing", name) for name in names] == ["7", "7"]
    for url in (first, second):
        postgres_server.drop_database(url)


@pytest.mark.parametrize("end", ["kill", "stop"])
def test_what_was_committed_survives(own_postgres: PostgresServer, end: str) -> None:
    own_postgres.sql("CREATE TABLE thing (id int); INSERT INTO thing VALUES (1)")
    getattr(own_postgres, end)()
    assert not own_postgres.process.running
    own_postgres.start()
    assert own_postgres.sql("SELECT count(*) FROM thing") == "1"


async def test_a_crash_ends_open_connections(own_postgres: PostgresServer) -> None:
    connection = await asyncpg.connect(own_postgres.url("postgres"))
    own_postgres.kill()
    own_postgres.start()
    with pytest.raises((OSError, asyncpg.PostgresError, asyncpg.InterfaceError)):
        await connection.execute("SELECT 1")
    connection.terminate()


def test_sql_that_fails_says_which(postgres_server: PostgresServer) -> None:
    with pytest.raises(RuntimeError, match=r"SELECT nothing: ERROR: +column"):
        postgres_server.sql("SELECT nothing")


def test_without_a_packaged_server_the_wheels_serves() -> None:
    server = PostgresServer(embedded=True)
    with contextlib.closing(server):
        server.start()
        server.sql("CREATE TABLE thing (id int); INSERT INTO thing VALUES (1)")
        server.kill()
        server.start()
        assert server.sql("SELECT count(*) FROM thing") == "1"
        assert server.description.endswith("(embedded)")
