"""A schema that is not ours ends the process; a database that is away does not."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, cast

import pytest

from bot.domain.errors import SchemaError, StoreUnavailableError, TocsinError
from bot.wiring.roles import Died, running
from bot.wiring.schema_watch import SchemaWatch
from tests.support.waiting import eventually

if TYPE_CHECKING:
    from bot.app.ports import Store


class Database:
    """Answers each look with the next error, and at last that all is well."""

    def __init__(self, *errors: TocsinError | None) -> None:
        self.errors = list(errors)
        self.looks = 0

    async def check(self) -> None:
        self.looks += 1
        if self.errors and (error := self.errors.pop(0)):
            raise error


def watch(database: Database) -> SchemaWatch:
    return SchemaWatch(cast("Store", database), every=0.001, again=0.001)


async def test_another_schema_is_refused_at_the_start() -> None:
    with pytest.raises(SchemaError, match="older"):
        await watch(Database(SchemaError("older"))).begin()


async def test_a_database_that_is_away_is_waited_for_and_then_looked_at() -> None:
    away = StoreUnavailableError("ConnectionRefusedError")
    database = Database(away, away, away, SchemaError("none of ours"))
    watching, died = watch(database), Died()
    await watching.begin()
    async with asyncio.timeout(5), running("schema", watching.run, died):
        await died.wait()
    assert isinstance(died.error, SchemaError)
    assert database.looks == 4


async def test_a_schema_that_leaves_the_range_ends_a_process_at_work() -> None:
    database = Database(None, None, SchemaError("newer"))
    died = Died()
    async with asyncio.timeout(5), running("schema", watch(database).run, died):
        await died.wait()
    assert isinstance(died.error, SchemaError)
    assert database.looks == 3


async def test_a_schema_of_ours_is_left_in_peace() -> None:
    database, died = Database(), Died()
    async with running("schema", watch(database).run, died):
        await eventually(lambda: database.looks > 3)
    assert died.error is None
