"""The consumer of `tocsin.changes.v1`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.ingest.records import CHANGES_TOPIC, decode_change
from consumers.component import Component

if TYPE_CHECKING:
    from bot.domain.change import Change
    from consumers.component import Handle, Record


def changes(handle: Handle[Change]) -> Component[Change]:
    """Changes go to `handle`, a batch at a time."""

    def decode(record: Record) -> Change:
        return decode_change(record.value, record.headers, record.timestamp)

    return Component("changes", CHANGES_TOPIC, decode, handle)
