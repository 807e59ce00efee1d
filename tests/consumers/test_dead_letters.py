from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import pytest

from bot.domain.errors import BrokerUnavailableError, PermanentError
from consumers.dead_letters import CUT_BYTES, DeadLetter, bury, out_record
from tests.consumers.fake_consumer import FakeRecord

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.app.ports import OutRecord

POISON = FakeRecord(b"poison", 7, 3)


def letter(record: FakeRecord = POISON, error: Exception | None = None) -> DeadLetter:
    return DeadLetter(record, error or PermanentError("never"), 2)


class Topic:
    """A publisher that takes records up to a size, all or none at a time."""

    def __init__(self, largest: int = 10_000_000) -> None:
        self.largest = largest
        self.kept: list[OutRecord] = []

    async def publish(self, records: Sequence[OutRecord], within: float) -> None:
        for record in records:
            if len(record.value) + sum(len(value) for _, value in record.headers) > self.largest:
                raise PermanentError("a record is larger than the broker takes")
        self.kept += records

    async def check(self) -> None:
        """It answers."""


def test_key_value_and_headers_stay_as_they_came_and_ours_say_why() -> None:
    record = replace(POISON, headers=(("ce_id", b"1"), ("trace", b"a"), ("trace", b"b")))
    made = out_record(letter(record), "numbers.sums.dlq")
    assert (made.topic, made.key, made.value) == ("numbers.sums.dlq", b"key", b"poison")
    assert made.headers == (
        ("ce_id", b"1"),
        ("trace", b"a"),
        ("trace", b"b"),
        ("dlq-topic", b"numbers"),
        ("dlq-partition", b"3"),
        ("dlq-offset", b"7"),
        ("dlq-timestamp", b"1700000000000"),
        ("dlq-error-class", b"PermanentError"),
        ("dlq-error", str(PermanentError("never")).encode()),
        ("dlq-attempts", b"2"),
    )


def test_a_letter_that_was_replayed_in_vain_tells_of_its_last_way() -> None:
    record = replace(POISON, headers=(("dlq-offset", b"1"), ("dlq-error", b"before")))
    headers = out_record(letter(record), "dlq").headers
    assert [value for name, value in headers if name == "dlq-offset"] == [b"7"]
    assert b"before" not in dict(headers).values()


def test_tombstones_missing_keys_empty_headers_and_odd_bytes_are_no_obstacle() -> None:
    without_value = cast("Any", (("empty", None),))
    record = FakeRecord(None, 0, key=None, headers=without_value)
    made = out_record(letter(record, ValueError("\ud800")), "dlq")
    assert (made.key, made.value, made.headers[0]) == (b"", b"", ("empty", b""))
    assert dict(made.headers)["dlq-error-class"] == b"ValueError"
    assert dict(made.headers)["dlq-error"] == b"?"
    assert out_record(letter(replace(POISON, key=b"\xff\x00!")), "dlq").key_bytes == b"\xff\x00!"


def test_a_long_reason_is_cut() -> None:
    made = out_record(letter(error=PermanentError("x" * 5_000)), "dlq")
    assert len(dict(made.headers)["dlq-error"]) == 2_000


async def test_all_letters_go_together() -> None:
    topic = Topic()
    await bury(topic, "dlq", [letter(), letter()], 1)
    assert [one.value for one in topic.kept] == [b"poison", b"poison"]


async def test_a_letter_too_large_for_the_topic_loses_its_end_and_keeps_its_neighbours() -> None:
    topic = Topic(largest=CUT_BYTES + 1_000)
    large = replace(POISON, value=b"x" * 2 * CUT_BYTES, headers=(("huge", b"y" * CUT_BYTES),))
    await bury(topic, "dlq", [letter(), letter(large), letter()], 1)
    assert [len(one.value) for one in topic.kept] == [6, CUT_BYTES, 6]
    headers = dict(topic.kept[1].headers)
    assert (headers["dlq-value-bytes"], headers["dlq-offset"], "huge" in headers) == (b"131072", b"7", False)


async def test_a_letter_that_no_topic_takes_is_not_given_up() -> None:
    with pytest.raises(BrokerUnavailableError, match="dlq takes no dead letter"):
        await bury(Topic(largest=10), "dlq", [letter(replace(POISON, value=None))], 1)
