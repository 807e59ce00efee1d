from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.domain.change import Change, ChangeKind
from bot.domain.maintenance import MaintenancePolicy
from tests.domain.world import at

CHANGE = Change(
    change_id="42",
    source="ci",
    kind=ChangeKind.DATABASE,
    service="payments",
    environment="production",
    time=at(0),
    received_at=at(0),
    summary="grow the table",
    author="ada",
    maintenance=True,
)
POLICY = MaintenancePolicy(timeout=timedelta(minutes=30))


def test_a_change_that_says_so_opens_a_window_until_the_timeout() -> None:
    window = POLICY.window_of(CHANGE)
    assert window is not None
    assert (window.id, window.cause, window.source) == ("ci/42", "maintenance:ci/42", "change:ci")
    assert (window.starts_at, window.ends_at) == (at(0), at(30))
    assert str(window) == 'service="payments", environment="production"'
    assert window.reason.text == "Maintenance, announced by ada until 2026-11-21 03:30 UTC: grow the table"


def test_a_stated_end_closes_the_window_whether_before_the_timeout_or_after_it() -> None:
    month = 30 * 24 * 60
    for ended, closes in ((10, 10), (90, 90), (-5, 0), (month + 1, month)):
        window = POLICY.window_of(replace(CHANGE, ended_at=at(ended)))
        assert window is not None
        assert window.ends_at == at(closes)


def test_a_kind_may_always_mean_maintenance() -> None:
    silent = replace(CHANGE, maintenance=False, environment="unknown", author="")
    assert POLICY.window_of(silent) is None
    window = MaintenancePolicy(frozenset({ChangeKind.DATABASE})).window_of(silent)
    assert window is not None
    assert (str(window), window.by) == ('service="payments"', "ci")


def test_a_change_to_nobody_knows_what_keeps_nothing_quiet() -> None:
    assert POLICY.window_of(replace(CHANGE, service="unknown")) is None
