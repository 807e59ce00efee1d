"""Reads a line of a kept history: an alert or a change, each in the form of its topic."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from bot.domain.errors import InvalidInputError
from bot.ingest.alerts import all_within_reason
from bot.ingest.envelope import unwrap
from bot.ingest.instants import EPOCH, within_reason
from bot.ingest.records import decode_alert, decode_change

if TYPE_CHECKING:
    from bot.domain.alert import AlertEvent
    from bot.domain.change import Change
    from bot.ingest.labels import LabelPolicy

# A change must not lie far ahead of its receipt, so "not known" is later than any.
_FAR_MS: Final = 253_370_764_800_000
_FAR: Final = EPOCH + timedelta(milliseconds=_FAR_MS)


def decode_fact(line: bytes, policy: LabelPolicy) -> AlertEvent | Change:
    """Read one JSON document: an alert, which has labels and a start, or a change.

    Where it does not say when it was received, it was when it happened: an alert when it ended or began, a
    change when it was made.

    Raises:
        InvalidInputError: it is neither, or of a time that is out of range; the path names the field.
    """
    # Nearly all that has labels is an alert; of what then turns out to be none it is asked what else it is.
    if b'"labels"' in line:
        try:
            event = decode_alert(line, (), 0, policy)
        except InvalidInputError:
            if _is_alert(line):
                raise
        else:
            return _heard(event)
    return _told(decode_change(line, (), _FAR_MS, policy))


def _is_alert(line: bytes) -> bool:
    data = unwrap(line, "", {}).data
    return "starts_at" in data or ("labels" in data and "type" not in data)


def _heard(event: AlertEvent) -> AlertEvent:
    all_within_reason(event)
    if event.received_at != EPOCH:
        return event
    return replace(event, received_at=event.ends_at or event.starts_at)


def _told(change: Change) -> Change:
    within_reason(change.time, "time")
    within_reason(change.ended_at, "ended_at")
    for place, wave in enumerate(change.waves):
        within_reason(wave.time, f"waves[{place}].time")
    if change.received_at >= _FAR:
        return replace(change, received_at=change.time)
    within_reason(change.received_at, "received_at")
    return change
