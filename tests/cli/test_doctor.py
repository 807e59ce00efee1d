"""What `tocsin doctor` notes of what lies in the database."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bot.store.unit_of_work import PostgresStore
from tests.cli.test_contract import REACHABLE
from tests.store.conftest import migrated_url
from tests.support.facts import change, incident

if TYPE_CHECKING:
    from collections.abc import Callable

    from click.testing import Result

__all__ = ["migrated_url"]


async def filled(url: str) -> None:
    moment = datetime.now(UTC)
    store = PostgresStore(url)
    async with store.begin() as uow:
        times = {"opened_at": moment, "onset": moment, "last_alert_at": moment}
        await uow.incidents.add(incident(environment="prod", **times))
        made = replace(change("c"), time=moment, received_at=moment, environment="production")
        await uow.changes.add([made])
    await store.close()


def test_environments_that_never_meet(tocsin: Callable[..., Result], migrated_url: str) -> None:
    asyncio.run(filled(migrated_url))
    result = tocsin("doctor", **{**REACHABLE, "DATABASE_URL": migrated_url})
    assert "database: ok" in result.stdout
    assert "note: the last week's incidents in prod have no changes" in result.stderr
    assert "change_environments: {prod: [production]}" in result.stderr
