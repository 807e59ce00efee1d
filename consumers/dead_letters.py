"""Records that can never be taken in: kept on a topic of their own, with everything that tells why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.app.ports import OutRecord

if TYPE_CHECKING:
    from bot.domain.errors import PermanentError
    from consumers.component import Record

_LONGEST_REASON = 2_000


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A record with the error that condemned it, and how often it was attempted."""

    record: Record
    error: PermanentError
    attempts: int


def out_record(letter: DeadLetter, topic: str) -> OutRecord:
    """The record for the dead letter topic: key, value and headers as they came, and ours after them."""
    record = letter.record
    told = {
        "dlq-topic": record.topic,
        "dlq-partition": str(record.partition),
        "dlq-offset": str(record.offset),
        "dlq-timestamp": str(record.timestamp),
        "dlq-error-class": type(letter.error).__name__,
        "dlq-error": str(letter.error)[:_LONGEST_REASON],
        "dlq-attempts": str(letter.attempts),
    }
    headers = [(name, value) for name, value in record.headers if name not in told]
    headers += [(name, value.encode("utf-8", "replace")) for name, value in told.items()]
    key = (record.key or b"").decode("utf-8", "replace")
    return OutRecord(topic, key, record.value or b"", tuple(headers))
