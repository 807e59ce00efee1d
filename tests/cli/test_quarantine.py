"""`tocsin quarantine` on a database of its own."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

from bot.store.unit_of_work import PostgresStore
from tests.store.conftest import migrated_url
from tests.support.facts import later

if TYPE_CHECKING:
    from collections.abc import Callable

    from click.testing import Result

    Tocsin = Callable[..., Result]

__all__ = ["migrated_url"]


async def filled(url: str) -> None:
    store = PostgresStore(url)
    async with store.begin() as uow:
        for number in range(3):
            await uow.dead_letters.quarantine(
                "alertmanager", f"reason\n{number}", f"alerts[{number}]", b"{\xff", later(number)
            )
    await store.close()


def test_list_and_show(tocsin: Tocsin, migrated_url: str) -> None:
    assert tocsin("quarantine", "list", DATABASE_URL=migrated_url).stderr == "0 in quarantine\n"
    asyncio.run(filled(migrated_url))
    listed = json.loads(tocsin("quarantine", "list", "-o", "json", DATABASE_URL=migrated_url).stdout)
    assert [(one["path"], one["reason"], one["source"]) for one in listed] == [
        (f"alerts[{number}]", f"reason\n{number}", "alertmanager") for number in range(3)
    ]
    newest = tocsin("quarantine", "list", "--newest", "1", DATABASE_URL=migrated_url)
    number = listed[2]["id"]
    assert newest.stdout.split(maxsplit=1)[0] == str(number)
    assert newest.stdout.endswith("Z  alertmanager alerts[2]: reason 2\n")
    assert newest.stderr == "1 in quarantine\n"
    shown = json.loads(tocsin("quarantine", "show", str(number), DATABASE_URL=migrated_url).stdout)
    assert shown == listed[2] | {"body": "{\N{REPLACEMENT CHARACTER}"}
    missing = tocsin("quarantine", "show", "9999", DATABASE_URL=migrated_url)
    assert missing.exit_code == 1
    assert "9999 in quarantine" in missing.stderr
