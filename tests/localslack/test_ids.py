"""Timestamps and ids never come twice."""

from __future__ import annotations

from bot.localslack.ids import Timestamps, microseconds, random_id
from tests.localslack.harness import Clock


def test_timestamps_only_go_up() -> None:
    clock = Clock(1_790_000_000.5)
    stamps = Timestamps(clock)
    first = stamps.next()
    assert first == "1790000000.500000"
    assert stamps.next() == "1790000000.500001"
    clock.now -= 100
    assert stamps.next() == "1790000000.500002"
    stamps.seen("1790000009.000001")
    assert stamps.next() == "1790000009.000002"
    assert microseconds("1.5") == 1_500_000
    assert random_id("C") != random_id("C")
