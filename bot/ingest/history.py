"""Reads a line of a kept history: an alert or a change, each in the form of its topic."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from bot.ingest.instants import EPOCH
from bot.ingest.records import decode_alert, decode_change

if TYPE_CHECKING:
    from bot.domain.alert import AlertEvent
    from bot.domain.change import Change
    from bot.ingest.labels import LabelPolicy

# A change must not lie far ahead of its receipt, so "not known" is later than any.
_FAR_MS: Final = 253_370_764_800_000
_FAR: Final = EPOCH + timedelta(milliseconds=_FAR_MS)


def decode_fact(line: bytes, policy: LabelPolicy) -> AlertEvent | Change:
    """Read one JSON document; what has labels is an alert.

    Where it does not say when it was received, it was when it happened: an alert when it ended or began, a
    change when it was made.

    Raises:
        InvalidInputError: it is neither; the path names the field.
    """
    if b'"labels"' in line:
        event = decode_alert(line, (), 0, policy)
        if event.received_at != EPOCH:
            return event
        return replace(event, received_at=event.ends_at or event.starts_at)
    change = decode_change(line, (), _FAR_MS)
    return change if change.received_at < _FAR else replace(change, received_at=change.time)
