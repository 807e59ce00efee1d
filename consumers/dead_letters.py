"""Records that can never be taken in: kept on a topic of their own, with everything that tells why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bot.app.ports import OutRecord
from bot.domain.errors import BrokerUnavailableError, PermanentError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.app.ports import Publisher
    from consumers.component import Record

AT_ONCE: Final = 100
"""So many letters are acknowledged together: less than the producer's buffer holds."""
CUT_BYTES: Final = 64 * 1024
_LONGEST_REASON: Final = 2_000


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A record with the error that condemned it, and how often it was attempted."""

    record: Record
    error: Exception
    attempts: int


async def bury(publisher: Publisher, topic: str, letters: Sequence[DeadLetter], within: float) -> None:
    """Publish the letters; returns when all of them are acknowledged.

    A letter that is larger than the broker takes goes without the end of its value.

    Raises:
        BrokerUnavailableError: not acknowledged in `within` seconds; all of them may be published again.
    """
    try:
        await publisher.publish([out_record(letter, topic) for letter in letters], within)
    except PermanentError:
        for letter in letters:
            await _bury_alone(publisher, topic, letter, within)


async def _bury_alone(publisher: Publisher, topic: str, letter: DeadLetter, within: float) -> None:
    try:
        await publisher.publish([out_record(letter, topic)], within)
    except PermanentError:
        try:
            await publisher.publish([_shortened(letter, topic)], within)
        except PermanentError as error:
            # Never given up: a letter that no topic takes would be a record lost.
            raise BrokerUnavailableError(f"{topic} takes no dead letter: {error}") from error


def out_record(letter: DeadLetter, topic: str) -> OutRecord:
    """The record for the dead letter topic: key, value and headers as they came, and ours after them.

    A tombstone, a record without a key and a header without a value get an empty one.
    """
    told = _told(letter)
    headers = [(name, value or b"") for name, value in letter.record.headers if name not in told]
    return _record(letter, topic, [*headers, *told.items()], letter.record.value or b"")


def _shortened(letter: DeadLetter, topic: str) -> OutRecord:
    """Only our own headers, and the beginning of the value."""
    value = letter.record.value or b""
    told = {**_told(letter), "dlq-value-bytes": str(len(value)).encode()}
    return _record(letter, topic, [*told.items()], value[:CUT_BYTES])


def _record(letter: DeadLetter, topic: str, headers: list[tuple[str, bytes]], value: bytes) -> OutRecord:
    return OutRecord(topic, letter.record.key or b"", value, tuple(headers))


def _told(letter: DeadLetter) -> dict[str, bytes]:
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
    return {name: text.encode("utf-8", "replace") for name, text in told.items()}
