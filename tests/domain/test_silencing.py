"""Which matchers are proposed to silence an incident's alerts."""

from __future__ import annotations

from typing import Any

import pytest

from bot.domain.alert import AlertStatus, Occurrence
from bot.domain.silencing import proposed_matchers
from tests.support.incident_views import alert

EVERY = ('alertname="HighErrors"', 'service="checkout"', 'environment="production"')


def named(name: str = "HighErrors", **more: Any) -> Occurrence:
    return alert(labels={"alertname": name}, **more)


def ended(name: str) -> Occurrence:
    return named(name, status=AlertStatus.RESOLVED)


@pytest.mark.parametrize(
    ("alerts", "proposed"),
    [
        ([named()], EVERY),
        ([named(), named("Latency")], ('alertname=~"HighErrors|Latency"', *EVERY[1:])),
        ([named(), ended("Latency")], EVERY),
        ([ended("HighErrors")], EVERY),
        ([named("5xx (all).*")], ('alertname="5xx (all).*"', *EVERY[1:])),
        ([named("a.b"), named("c d")], ('alertname=~"a[.]b|c d"', *EVERY[1:])),
        ([named(), alert(labels={})], EVERY[1:]),
        ([named('say "x"')], (r'alertname="say \"x\""', *EVERY[1:])),
        ([named("[a^"), named("b\\")], (r'alertname=~"\\[a\\^|b\\\\"', *EVERY[1:])),
        ([named("“x”")], EVERY[1:]),
        ([named(service="unknown")], (EVERY[0], EVERY[2])),
        ([named(f"Alert{number}") for number in range(11)], EVERY[1:]),
        ([], ()),
    ],
)
def test_what_all_that_fire_have_in_common(alerts: list[Occurrence], proposed: tuple[str, ...]) -> None:
    assert tuple(proposed_matchers(alerts)) == proposed
