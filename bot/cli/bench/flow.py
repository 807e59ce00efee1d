"""The flow of alerts that `bench ingest` measures: every share of it is known, so the outcome can be checked.

There are 2,000 groups at a time, all active side by side. Each lives for 50 notifications: thirty alerts
fire, of which the first opens an incident, ten of them are sent again, and ten end; then another
takes its place.
Hence 2 % open, 20 % repeat, 20 % resolve.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from bot.domain.alert import AlertEvent, AlertStatus, event_identity
from bot.domain.catalog import Catalog, Service
from bot.domain.change import Change, ChangeKind
from bot.domain.rules import Rule, RuleSet, StormPolicy
from bot.ingest.patterns import parse_matcher

if TYPE_CHECKING:
    from collections.abc import Iterator

RULES: Final = 100
SERVICES: Final = 50
CHANGES: Final = 5_000
GROUPS: Final = 2_000
EPISODE: Final = 50
_FIRINGS: Final = 30
_REPEATS: Final = 10
_ENDS: Final = 10
_ROUND: Final = GROUPS * EPISODE
_ACTIVE: Final = timedelta(minutes=55)
_ROUND_TIME: Final = timedelta(hours=1)
WINDOW: Final = timedelta(minutes=30)
BEGIN: Final = datetime(2026, 1, 5, tzinfo=UTC)
_CHAIN: Final = 5


@dataclass(frozen=True, slots=True)
class Expected:
    """What so many alerts must lead to."""

    alerts: int
    opened: int
    repeats: int
    resolved: int


def expected(alerts: int) -> Expected:
    """The outcome of `alerts` notifications, which make whole episodes."""
    episodes = alerts // EPISODE
    return Expected(alerts, episodes, episodes * _REPEATS, episodes * _ENDS)


def rules() -> RuleSet:
    """A hundred rules that group by a label; neighbours do not join and no storm rises: both merge groups."""
    return RuleSet(
        [
            Rule(
                name=f"team-{number}",
                matchers=(parse_matcher(f"team=team-{number}"), parse_matcher("severity=~critical|warning")),
                group_by=("group",),
                window=WINDOW,
                join_hops=0,
            )
            for number in range(RULES)
        ],
        StormPolicy(openings=1_000_000_000),
    )


def catalog(services: int = SERVICES) -> Catalog:
    """Services in chains of five, each calling the next."""
    return Catalog(
        Service(
            f"service-{number}",
            depends_on=(f"service-{number + 1}",) if (number + 1) % _CHAIN else (),
        )
        for number in range(services)
    )


def changes(alerts: int, seed: int = 1, *, per_day: int = CHANGES, services: int = SERVICES) -> list[Change]:
    """So many changes a day over all services, from a day before the first alert until the last."""
    chance = random.Random(seed)  # noqa: S311 - a repeatable flow, nothing secret
    seconds = 86_400 + -(-alerts // _ROUND) * _ROUND_TIME.total_seconds()
    count = int(per_day * seconds / 86_400)
    made = []
    for number in range(count):
        time = BEGIN - timedelta(days=1) + timedelta(seconds=seconds * number / count)
        made.append(
            Change(
                change_id=str(number),
                source="bench",
                kind=chance.choice(list(ChangeKind)),
                service=f"service-{chance.randrange(services)}",
                environment="production",
                time=time,
                received_at=time,
                summary=f"Change {number}",
                version=f"1.{number}",
            )
        )
    return made


def alerts(count: int, seed: int = 1, *, services: int = SERVICES) -> Iterator[AlertEvent]:
    """`count` notifications in the order of their receipt, in whole episodes."""
    chance = random.Random(seed)  # noqa: S311 - a repeatable flow, nothing secret
    number = 0
    while count > 0:
        groups = min(GROUPS, count // EPISODE)
        yield from _round(chance, groups, number, services)
        count -= groups * EPISODE
        number += 1


def _round(chance: random.Random, groups: int, number: int, services: int) -> Iterator[AlertEvent]:
    """The lives of so many groups, side by side."""
    begin = BEGIN + number * _ROUND_TIME
    everything: list[AlertEvent] = []
    spare = (_ROUND_TIME - _ACTIVE).total_seconds()
    for group in range(number * GROUPS, number * GROUPS + groups):
        start = begin + timedelta(seconds=chance.random() * spare)
        everything += _life(chance, group, f"service-{group % services}", start)
    everything.sort(key=lambda event: event.received_at)
    return iter(everything)


def _life(chance: random.Random, group: int, service: str, start: datetime) -> Iterator[AlertEvent]:
    step = _ACTIVE / EPISODE
    moments = (start + step * (number + chance.random()) for number in range(EPISODE))
    fired = []
    for number in range(_FIRINGS):
        moment = next(moments)
        fired.append(_alert(group, number, service, moment - timedelta(seconds=20), moment))
        yield fired[-1]
        if number % (_FIRINGS // _REPEATS) == 0:
            yield _again(chance.choice(fired), next(moments))
    for number in chance.sample(range(_FIRINGS), _ENDS):
        moment = next(moments)
        yield _alert(group, number, service, fired[number].starts_at, moment, ended=moment)


def _alert(
    group: int,
    number: int,
    service: str,
    starts_at: datetime,
    received_at: datetime,
    ended: datetime | None = None,
) -> AlertEvent:
    fingerprint = f"{group:014x}{number:02x}"
    status = AlertStatus.FIRING if ended is None else AlertStatus.RESOLVED
    return AlertEvent(
        event_id=event_identity("bench", fingerprint, starts_at, status, ended),
        source="bench",
        fingerprint=fingerprint,
        status=status,
        name="HighErrorRate",
        service=service,
        environment="production",
        labels={
            "alertname": "HighErrorRate",
            "service": service,
            "environment": "production",
            "severity": "warning",
            "team": f"team-{group % RULES}",
            "group": f"group-{group}",
            "instance": f"10.{group // 250 % 250}.{group % 250}.{number}:9100",
            "region": "eu-west-1",
        },
        annotations={
            "summary": f"Error rate of {service} is above 5 %",
            "runbook_url": f"https://runbooks.example.com/{service}/high-error-rate",
        },
        starts_at=starts_at,
        ends_at=ended,
        received_at=received_at,
        generator_url=f"https://prometheus.example.com/graph?g0.expr=errors{group}",
    )


def _again(event: AlertEvent, received_at: datetime) -> AlertEvent:
    return AlertEvent(
        event_id=event.event_id,
        source=event.source,
        fingerprint=event.fingerprint,
        status=event.status,
        name=event.name,
        service=event.service,
        environment=event.environment,
        labels=event.labels,
        annotations=event.annotations,
        starts_at=event.starts_at,
        ends_at=event.ends_at,
        received_at=received_at,
        generator_url=event.generator_url,
    )
