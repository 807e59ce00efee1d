"""How often an alert's transaction goes to the database and back; whoever waits for it waits for each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import asyncpg
import pytest

from bot.domain.rules import DEFAULT_RULE, RuleSet
from tests.app.conftest import alert_intake
from tests.support.facts import alert_event

if TYPE_CHECKING:
    from bot.store.unit_of_work import PostgresStore

METHODS = ("execute", "fetch", "fetchrow", "fetchval", "copy_records_to_table")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The beginning of each statement, as it is sent."""
    statements: list[str] = []

    def listening(method: str) -> Any:
        ask = getattr(asyncpg.Connection, method)

        async def listened(connection: object, statement: str, *values: Any, **options: Any) -> Any:
            statements.append(" ".join(statement.split())[:60])
            return await ask(connection, statement, *values, **options)

        return listened

    for method in METHODS:
        monkeypatch.setattr(asyncpg.Connection, method, listening(method))
    return statements


async def test_an_opening_takes_six_a_joining_alert_five_and_one_heard_of_before_three(
    postgres: PostgresStore, asked: list[str]
) -> None:
    intake = alert_intake(postgres, RuleSet([DEFAULT_RULE]))
    await intake.take_in([alert_event("first", service="search")])  # reads up on silences, too
    for event, trips in (
        (alert_event("opens", service="checkout"), 6),
        (alert_event("joins", service="checkout"), 5),
        (alert_event("joins", service="checkout"), 3),
    ):
        asked.clear()
        await intake.take_in([event])
        assert len(asked) == trips, asked


async def test_an_incident_is_read_in_two(postgres: PostgresStore, asked: list[str]) -> None:
    intake = alert_intake(postgres, RuleSet([DEFAULT_RULE]))
    await intake.take_in([alert_event("opens", service="checkout")])
    asked.clear()
    async with postgres.singly() as uow:
        view = await uow.incidents.view("INC-1")
    assert (view.incident.services, len(asked)) == (("checkout",), 2)
