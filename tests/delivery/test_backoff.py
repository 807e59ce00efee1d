from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.app.ports import ClaimedEffect
from bot.delivery.backoff import Backoff
from bot.domain.effects import Effect, EffectKind
from bot.domain.errors import RateLimitedError, RemoteUnavailableError

NOW = datetime(2026, 3, 4, 3, 12, tzinfo=UTC)
MINUTE = timedelta(seconds=60)
FAILED = RemoteUnavailableError("503")


def claimed(attempt: int, failing_since: datetime | None = None) -> ClaimedEffect:
    effect = Effect("k", EffectKind.SET_TOPIC, "slack:1", "1")
    return ClaimedEffect("1", effect, attempt, 1, NOW, None, failing_since, NOW)


@given(st.integers(1, 10_000), st.floats(0, 1))
def test_a_pause_is_bounded(attempt: int, chance: float) -> None:
    assert timedelta() <= Backoff().pause(attempt, chance) <= timedelta(seconds=30)


def test_pauses_double() -> None:
    assert [Backoff().pause(n, 1.0).total_seconds() for n in (1, 2, 3, 9)] == [0.5, 1, 2, 30]


@given(st.integers(1, 50), st.floats(0, 1), st.integers(0, 5000))
def test_a_retry_is_never_later_than_the_alarm(attempt: int, chance: float, since: int) -> None:
    began = NOW - timedelta(seconds=since)
    due = Backoff().due(claimed(attempt, began), FAILED, NOW, chance=chance, silence=MINUTE)
    assert due >= NOW
    assert since >= 60 or due <= began + MINUTE


def test_retry_after_comes_first() -> None:
    error = RateLimitedError(300)
    due = Backoff().due(claimed(1), error, NOW, chance=0.1, silence=MINUTE)
    assert due == NOW + timedelta(seconds=300)
