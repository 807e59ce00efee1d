"""Rate tiers: a burst at once, then the rate."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.localslack.limits import Rate, RateLimiter
from tests.localslack.harness import Clock


def test_a_bucket_gives_its_burst_then_its_rate() -> None:
    clock = Clock(100.0)
    limiter = RateLimiter(clock)
    rate = Rate(20, 2)
    assert [limiter.take("a", rate) for _ in range(3)] == [None, None, 3]
    assert limiter.take("b", rate) is None
    clock.now += 3
    assert [limiter.take("a", rate) for _ in range(2)] == [None, 3]
    limiter.reset()
    assert limiter.take("a", rate) is None
    limiter.enabled = False
    assert all(limiter.take("a", rate) is None for _ in range(50))


@given(st.lists(st.floats(0, 10), min_size=1, max_size=50))
def test_no_more_calls_than_the_burst_and_the_rate(pauses: list[float]) -> None:
    clock = Clock(0.0)
    limiter = RateLimiter(clock)
    rate = Rate(60, 5)
    taken = 0
    for pause in pauses:
        clock.now += pause
        taken += limiter.take("key", rate) is None
    assert taken <= 5 + clock.now + 1e-6
