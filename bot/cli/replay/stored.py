"""What was decided at the time, told as a replay tells it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.replay.rows import Heard, Opening, Page, Row
from bot.store.history import history

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    from bot.cli.replay.plan import Database
    from bot.store.history import Kept


async def stored_pages(url: str, source: Database) -> AsyncIterator[Page]:
    """The stored decisions; the rule that led to each was not written down.

    Raises:
        StoreUnavailableError: the database cannot be read.
    """
    seen: set[int] = set()
    async with history(url, source.snapshot) as stored:
        async for kept in stored.decisions(source.period):
            yield _page(kept, seen)


def _page(kept: Iterable[Kept], seen: set[int]) -> Page:
    page = Page(0, 0, 0.0, [], [], [], [], [], [])
    until = 0.0
    for one in kept:
        until = one.received_at.timestamp()
        number = one.number or 0
        page.rows.append(
            Row(one.event_id, one.decision, "", number, one.reason, one.reason.replace("_", " "))
        )
        page.heard.append(Heard(until, "", "", ""))
        if number and number not in seen:
            seen.add(number)
            page.openings.append(_opening(number, one, until))
    return page._replace(facts=len(page.rows), until=until)


def _opening(number: int, one: Kept, heard: float) -> Opening:
    """An incident is told of with its first event of the period, though it may have opened before."""
    at = one.opened_at.timestamp() if one.opened_at is not None else heard
    texts = (one.rule or "", one.title or "", one.environment or "", one.reason_text or "")
    return Opening(number, at, *texts)
