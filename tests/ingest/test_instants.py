from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import example, given
from hypothesis import strategies as st

from bot.domain.alert import instant
from bot.ingest.instants import EPOCH, written

FIRST = datetime(1970, 1, 1)  # noqa: DTZ001 - hypothesis wants naive bounds


@given(st.datetimes(FIRST, timezones=st.just(UTC)))
@example(EPOCH)
@example(datetime(2026, 3, 1, 12, tzinfo=UTC))
@example(datetime(2026, 3, 1, 12, 0, 0, 1, tzinfo=UTC))
def test_a_time_is_written_as_identities_need_it(moment: datetime) -> None:
    assert written(moment) == instant(moment)
