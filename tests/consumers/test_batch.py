from __future__ import annotations

import pytest

from bot.domain.errors import PermanentError, StoreUnavailableError
from consumers.batch import decoded, take_in
from consumers.dead_letters import out_record
from tests.consumers.fake_consumer import Partition, Sums, component, records


async def letters_of(sums: Sums, *values: bytes | None) -> list[bytes | None]:
    one = component(sums)
    batch = decoded(one, {Partition("numbers", 0): records(*values)})
    assert len(batch.records()) == len(values)
    return [letter.record.value for letter in await take_in(one, batch, 1)]


async def test_a_good_batch_is_taken_in_whole() -> None:
    sums = Sums()
    assert await letters_of(sums, b"1", b"2", b"3") == []
    assert sums.taken == [[1, 2, 3]]


async def test_what_is_not_understood_does_not_keep_the_others_out() -> None:
    sums = Sums()
    assert await letters_of(sums, b"1", b"x", None, b"2") == [b"x", None]
    assert sums.taken == [[1, 2]]
    assert await letters_of(Sums(), b"x") == [b"x"]


async def test_what_can_never_be_written_is_found_among_many() -> None:
    sums = Sums(fail=lambda items: PermanentError("unlucky") if {13, 14} & set(items) else None)
    assert await letters_of(sums, *(str(n).encode() for n in range(32))) == [b"13", b"14"]
    assert sums.numbers == [n for n in range(32) if n not in {13, 14}]


async def test_an_outage_makes_no_dead_letters() -> None:
    sums = Sums(fail=lambda _items: StoreUnavailableError("away"))
    with pytest.raises(StoreUnavailableError):
        await letters_of(sums, b"1", b"x")


async def test_a_dead_letter_says_where_it_came_from_and_why() -> None:
    one = component(Sums())
    batch = decoded(one, {Partition("numbers", 3): records(b"\xff", partition=3, start=7)})
    (letter,) = await take_in(one, batch, 2)
    record = out_record(letter, "numbers.sums.dlq")
    headers = dict(record.headers)
    assert (record.topic, record.key, record.value) == ("numbers.sums.dlq", "key", b"\xff")
    assert headers["ce_id"] == b"1"
    assert {name: headers[name] for name in headers if name.startswith("dlq-")} == {
        "dlq-topic": b"numbers",
        "dlq-partition": b"3",
        "dlq-offset": b"7",
        "dlq-timestamp": b"1700000000000",
        "dlq-error-class": b"InvalidInputError",
        "dlq-error": str(letter.error).encode(),
        "dlq-attempts": b"2",
    }
