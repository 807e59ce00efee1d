from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.domain.change import Wave
from bot.domain.errors import InvalidInputError
from bot.ingest.waves import MOST_WAVES, read_waves

EIGHT, NINE = "2026-11-21T08:00:00Z", "2026-11-21T09:00:00Z"


def hour(number: int) -> datetime:
    return datetime(2026, 11, 21, number, tzinfo=UTC)


def test_waves_come_in_order_of_time_with_what_is_known_of_them() -> None:
    given = [{"time": NINE, "share": 1}, {"time": EIGHT, "share": 0.05, "targets": ["eu"], "note": "x"}]
    assert read_waves(given) == (Wave(hour(8), 0.05, ("eu",)), Wave(hour(9), 1.0))
    assert read_waves([NINE, EIGHT]) == (Wave(hour(8)), Wave(hour(9)))
    assert read_waves(None) == ()


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ("now", "waves"),
        ([NINE] * (MOST_WAVES + 1), "waves"),
        ([{"share": 1}], "waves[0].time"),
        ([EIGHT, {"time": "noon"}], "waves[1].time"),
        ([{"time": NINE, "share": "half"}], "waves[0].share"),
        ([{"time": NINE, "share": True}], "waves[0].share"),
        ([{"time": NINE, "share": 5}], "waves[0].share"),
        ([{"time": NINE, "targets": "eu"}], "waves[0].targets"),
        ([{"time": NINE, "targets": [1]}], "waves[0].targets"),
    ],
)
def test_what_is_wrong_is_named_by_its_path(given: Any, path: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        read_waves(given)
    assert path in str(caught.value)
