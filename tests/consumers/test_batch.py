from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.errors import PermanentError, StoreUnavailableError
from consumers.batch import UNFORESEEN_ATTEMPTS, UnforeseenError, decoded, take_in
from consumers.dead_letters import out_record
from tests.consumers.fake_consumer import Partition, Sums, component, records

if TYPE_CHECKING:
    from collections.abc import Sequence


async def letters_of(sums: Sums, *values: bytes | None) -> list[bytes | None]:
    one = component(sums)
    batch = await decoded(one, {Partition("numbers", 0): records(*values)})
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
    batch = await decoded(one, {Partition("numbers", 3): records(b"\xff", partition=3, start=7)})
    (letter,) = await take_in(one, batch, 2)
    record = out_record(letter, "numbers.sums.dlq")
    headers = dict(record.headers)
    assert (record.topic, record.key, record.value) == ("numbers.sums.dlq", b"key", b"\xff")
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


@pytest.mark.parametrize("attempt", [1, UNFORESEEN_ATTEMPTS - 1])
async def test_an_error_nobody_foresaw_is_taken_for_an_outage_at_first(attempt: int) -> None:
    sums = Sums(fail=lambda items: KeyError("bug") if 3 in items else None)
    one = component(sums)
    batch = await decoded(one, {0: records(b"1", b"3")})
    with pytest.raises(UnforeseenError, match="KeyError") as raised:
        await take_in(one, batch, attempt)
    assert isinstance(raised.value.__cause__, KeyError)
    assert sums.taken == []


async def test_an_error_nobody_foresaw_is_blamed_on_its_record_at_last() -> None:
    sums = Sums(fail=lambda items: KeyError("bug") if 3 in items else None)
    one = component(sums)
    batch = await decoded(one, {0: records(b"1", b"2", b"3", b"4")})
    (letter,) = await take_in(one, batch, UNFORESEEN_ATTEMPTS)
    assert (letter.record.value, type(letter.error), letter.attempts) == (b"3", KeyError, UNFORESEEN_ATTEMPTS)
    assert sums.numbers == [1, 2, 4]


async def test_an_outage_during_the_search_for_the_culprit_blames_nobody() -> None:
    def fail(items: Sequence[int]) -> Exception | None:
        if len(items) == 4:
            return PermanentError("one of them")
        return StoreUnavailableError("away") if 4 in items else None

    with pytest.raises(StoreUnavailableError):
        await letters_of(Sums(fail=fail), b"1", b"2", b"3", b"4")


@given(st.sets(st.integers(0, 40)), st.sets(st.integers(0, 40)), st.integers(0, 41))
def test_every_record_is_taken_in_once_or_buried_once(
    garbled: set[int], refused: set[int], size: int
) -> None:
    sums = Sums(fail=lambda items: PermanentError("no") if refused & set(items) else None)
    values = [b"x%d" % n if n in garbled else b"%d" % n for n in range(size)]
    buried = asyncio.run(letters_of(sums, *values))
    bad = (garbled | refused) & set(range(size))
    assert sums.numbers == sorted(set(range(size)) - bad)
    assert sorted(buried, key=lambda value: int((value or b"").lstrip(b"x"))) == [
        values[n] for n in sorted(bad)
    ]
