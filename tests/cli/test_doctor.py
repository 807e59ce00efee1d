"""What `tocsin doctor` notes: of what lies in the database, and of whom an incident would reach."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from bot.localslack.server import start
from bot.localslack.settings import LocalSlackSettings
from bot.store.unit_of_work import PostgresStore
from tests.cli.test_contract import REACHABLE
from tests.store.conftest import migrated_url
from tests.support.facts import change, incident

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

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


@pytest.fixture
def workspace() -> Iterator[dict[str, str]]:
    """A local Slack that runs beside the test; gives the variables with which it is reached."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    running = asyncio.run_coroutine_threadsafe(start(LocalSlackSettings(rate_limits=False)), loop).result()
    yield {
        "SLACK_API_URL": running.api_url,
        "SLACK_BOT_TOKEN": running.slack.workspace.app.bot_token,
    }
    asyncio.run_coroutine_threadsafe(running.stop(), loop).result()
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


def test_whom_an_incident_would_not_reach(
    tocsin: Callable[..., Result], workspace: dict[str, str], tmp_path: Path
) -> None:
    rules = tmp_path / "conf/rules/a.yaml"
    rules.parent.mkdir(parents=True)
    people = "[ada@example.com, '@oncall', nobody@example.com, U0NOBODY01]"
    rules.write_text(f"rules: [{{name: a, invite: {people}, announce: ['#nowhere']}}]\n")
    result = tocsin("doctor", **{**REACHABLE, **workspace, "TOCSIN_CONFIG": str(tmp_path / "conf")})
    assert "slack: ok" in result.stdout
    assert [line for line in result.stderr.splitlines() if line.startswith("note: ")] == [
        "note: nobody is woken: TOCSIN_PAGER_URL is not set, and a would page",
        "note: nobody@example.com would not be invited: users_not_found",
        "note: U0NOBODY01 would not be invited: user_not_found",
        "note: #nowhere would hear of nothing: no public channel has this name",
    ]
    silent = tocsin("doctor", **REACHABLE, TOCSIN_PAGER_URL="http://127.0.0.1:1/")
    assert "note: " not in silent.stderr
