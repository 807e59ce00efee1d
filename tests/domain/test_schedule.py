from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.schedule import WHOLE_DAY, Calendar, Hours, Schedule

BERLIN = ZoneInfo("Europe/Berlin")
WORKING = Hours(BERLIN, frozenset(range(5)), 9 * 60, 18 * 60)
NIGHT = Hours(BERLIN, frozenset({4}), 22 * 60, 6 * 60)
HOLIDAYS = Calendar("holidays", frozenset({date(2026, 11, 20)}), frozenset({(12, 25)}))


def berlin(day: int, hour: int, minute: int = 0, *, month: int = 11, fold: int = 0) -> datetime:
    """A moment in UTC, told by Berlin's clock."""
    return datetime(2026, month, day, hour, minute, tzinfo=BERLIN, fold=fold).astimezone(UTC)


@pytest.mark.parametrize(
    ("moment", "within"),
    [
        (berlin(20, 8, 59), False),
        (berlin(20, 9), True),
        (berlin(20, 17, 59), True),
        (berlin(20, 18), False),
        (berlin(21, 12), False),  # a Saturday
        (berlin(23, 12), True),
    ],
)
def test_working_hours(moment: datetime, *, within: bool) -> None:
    assert WORKING.cover(moment) is within


@pytest.mark.parametrize(
    ("moment", "within"),
    [
        (berlin(20, 21, 59), False),
        (berlin(20, 22), True),
        (berlin(21, 5, 59), True),
        (berlin(21, 6), False),
        (berlin(20, 5), False),  # what began on Thursday would have had to be Thursday's
        (berlin(21, 23), False),
    ],
)
def test_hours_over_midnight_belong_to_the_day_when_they_began(moment: datetime, *, within: bool) -> None:
    assert NIGHT.cover(moment) is within


def test_nine_o_clock_stays_nine_o_clock_when_the_clocks_change() -> None:
    summer, winter = berlin(23, 9, month=10), berlin(26, 9, month=10)
    assert (summer.hour, winter.hour) == (7, 8)
    assert WORKING.cover(summer)
    assert WORKING.cover(winter)
    assert not WORKING.cover(winter - timedelta(hours=1))


def test_an_hour_that_the_clock_skips_is_never_covered_and_one_that_it_repeats_twice() -> None:
    two_to_three = Hours(BERLIN, start=120, end=180)
    spring = [datetime(2026, 3, 29, tzinfo=UTC) + timedelta(minutes=minute) for minute in range(0, 240, 10)]
    autumn = [datetime(2026, 10, 24, 23, tzinfo=UTC) + timedelta(minutes=m) for m in range(0, 240, 10)]
    assert sum(map(two_to_three.cover, spring)) == 0
    assert sum(map(two_to_three.cover, autumn)) == 12


def test_calendars() -> None:
    off = Hours(BERLIN, not_on=(HOLIDAYS,))
    assert not off.cover(berlin(20, 12))
    assert not off.cover(berlin(25, 12, month=12))
    assert off.cover(berlin(21, 12))
    only = Hours(BERLIN, on=(HOLIDAYS,))
    assert only.cover(berlin(20, 12))
    assert only.cover(berlin(25, 0, month=12))
    assert not only.cover(berlin(26, 0, month=12))


def test_a_holiday_is_the_people_s_not_utc_s() -> None:
    """22:30 UTC on the 24th is the 24th in London, and 07:30 on the 25th in Tokyo."""
    moment = datetime(2026, 12, 24, 22, 30, tzinfo=UTC)
    assert Hours(ZoneInfo("Asia/Tokyo"), on=(HOLIDAYS,)).cover(moment)
    assert not Hours(ZoneInfo("Europe/London"), on=(HOLIDAYS,)).cover(moment)


def test_any_of_the_hours() -> None:
    either = Schedule((WORKING, NIGHT))
    assert either.active(berlin(20, 10))
    assert either.active(berlin(20, 23))
    assert not either.active(berlin(20, 20))


@pytest.mark.parametrize(
    ("hours", "text"),
    [
        (WORKING, "mon-fri 09:00-18:00 Europe/Berlin"),
        (Hours(UTC), "00:00-24:00 UTC"),
        (Hours(UTC, frozenset({0, 1, 2, 6})), "mon-wed, sun 00:00-24:00 UTC"),
        (Hours(UTC, on=(Calendar("a"),), not_on=(HOLIDAYS,)), "00:00-24:00 UTC on a not on holidays"),
    ],
)
def test_hours_are_told_in_words(hours: Hours, text: str) -> None:
    assert str(hours) == text
    assert str(Schedule((hours, NIGHT))) == f"{text}, or fri 22:00-06:00 Europe/Berlin"


ZONES = st.sampled_from([UTC, BERLIN, ZoneInfo("America/New_York"), ZoneInfo("Asia/Kathmandu")])
MINUTES = st.integers(0, WHOLE_DAY)
DAYS = st.frozensets(st.integers(0, 6), min_size=1)
MOMENTS = st.datetimes(datetime(2025, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 -- bounds of aware ones


@given(ZONES, MINUTES.filter(lambda minute: minute < WHOLE_DAY), MINUTES, MOMENTS)
def test_hours_and_the_rest_of_the_day_are_the_whole_day(
    zone: ZoneInfo, start: int, end: int, moment: datetime
) -> None:
    """On all days, what is not within `start`-`end` is within `end`-`start`, and never within both."""
    if start == end:
        assert Hours(zone, start=start, end=end).cover(moment)
        return
    one = Hours(zone, start=start, end=end)
    other = Hours(zone, start=end % WHOLE_DAY, end=start or WHOLE_DAY)
    if end == WHOLE_DAY and start == 0:
        assert one.cover(moment)
    else:
        assert one.cover(moment) != other.cover(moment)


@given(ZONES, DAYS, MINUTES, MINUTES, MOMENTS)
def test_hours_of_several_days_are_the_hours_of_each(
    zone: ZoneInfo, days: frozenset[int], start: int, end: int, moment: datetime
) -> None:
    together = Hours(zone, days, start, end)
    apart = Schedule(tuple(Hours(zone, frozenset({day}), start, end) for day in days))
    assert together.cover(moment) == apart.active(moment)


WEEKEND = Hours(UTC, frozenset({5, 6}))
SPRING = datetime(2027, 3, 28, tzinfo=BERLIN)


@pytest.mark.parametrize(
    ("hours", "moment", "turn"),
    [
        ((WORKING,), berlin(20, 8, 30), berlin(20, 9)),
        ((WORKING,), berlin(20, 9), berlin(20, 18)),
        ((WORKING,), berlin(20, 18), berlin(23, 9)),
        ((NIGHT,), berlin(20, 23), berlin(21, 6)),
        ((WEEKEND,), datetime(2026, 11, 21, 0, 30, 17, tzinfo=UTC), datetime(2026, 11, 23, tzinfo=UTC)),
        ((WORKING, WEEKEND), berlin(20, 18), datetime(2026, 11, 21, tzinfo=UTC)),
        ((Hours(UTC),), berlin(20, 18), berlin(28, 18)),  # never: it is asked again
        ((Hours(UTC, on=(HOLIDAYS,)),), berlin(1, 12), berlin(9, 12)),
        ((Hours(UTC, on=(HOLIDAYS,)),), berlin(15, 12), datetime(2026, 11, 20, tzinfo=UTC)),
        ((Hours(BERLIN, start=150, end=300),), SPRING, SPRING.replace(hour=3)),  # 02:30 is skipped
        ((Hours(BERLIN, start=150, end=300),), SPRING.replace(hour=4), SPRING.replace(hour=5)),
    ],
)
def test_a_schedule_says_when_it_turns(hours: tuple[Hours, ...], moment: datetime, turn: datetime) -> None:
    assert Schedule(hours).turn(moment.astimezone(UTC)) == turn


@given(
    st.builds(
        Hours,
        st.sampled_from([UTC, BERLIN, ZoneInfo("Australia/Lord_Howe")]),
        st.frozensets(st.integers(0, 6), min_size=1),
        st.integers(0, WHOLE_DAY - 1),
        st.integers(1, WHOLE_DAY),
    ),
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - hypothesis wants naive bounds
)
def test_nothing_turns_before_its_turn(hours: Hours, moment: datetime) -> None:
    schedule = Schedule((hours,))
    minute = moment.replace(second=0, microsecond=0)
    turn = schedule.turn(moment)
    now = schedule.active(minute)
    between = range(0, int((turn - minute) / timedelta(minutes=1)), 7)
    assert all(schedule.active(minute + timedelta(minutes=after)) == now for after in between)
    assert turn - minute == timedelta(days=8) or schedule.active(turn) != now
