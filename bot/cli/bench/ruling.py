"""What `bench rules` measures: alerts through rules, groups and suspects on their own clock, all in memory.

The flow is that of `bench ingest`, over more services and as many teams as there are rules, so that every
alert is taken by some rule, and none takes more than its share.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from bot.cli.bench import flow
from bot.config.cel import condition
from bot.domain.correlation import DEFAULT_PARAMETERS
from bot.domain.rules import Rule, RuleSet, StormPolicy
from bot.ingest.labels import USUAL
from bot.ingest.patterns import parse_matcher
from bot.ingest.records import decode_alert, encode_alert
from bot.replay.engine import Engine

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.domain.alert import AlertEvent
    from bot.domain.change import Change

SERVICES: Final = 200
INDEXED: Final = "indexed"
SEARCHED: Final = "searched"
_STRIDE: Final = 7_919
"""A prime, by which even few groups are spread over all teams."""


@dataclass(frozen=True, slots=True)
class Case:
    """So many rules and changes; `matchers`: whether an index finds the rules, or each has to be tried."""

    rules: int
    changes: int
    matchers: str = INDEXED


@dataclass(frozen=True, slots=True)
class Took:
    """Seconds of processor time, and what became of the alerts."""

    seconds: float
    opened: int
    ranked: int


def rules(case: Case) -> RuleSet:
    """One rule a team. Those that must be tried ask by a regular expression or in CEL, half of them each."""
    made = []
    for number in range(case.rules):
        team = f"team-{number}"
        usual = Rule(
            name=team,
            matchers=(parse_matcher("severity=~critical|warning"),),
            group_by=("group",),
            window=flow.WINDOW,
            join_hops=0,
        )
        if case.matchers == INDEXED:
            made.append(replace(usual, matchers=(parse_matcher(f"team={team}"), *usual.matchers)))
        elif number % 2:
            made.append(replace(usual, matchers=(parse_matcher(f"team=~{team}(-[a-z]+)?"), *usual.matchers)))
        else:
            made.append(replace(usual, when=condition(f'labels["team"] == "{team}"')))
    return RuleSet(made, StormPolicy(openings=1_000_000_000))


def alerts(count: int, teams: int) -> list[AlertEvent]:
    """The flow's notifications, spread over so many teams and the services."""
    made = []
    for event in flow.alerts(count):
        group = int(event.labels["group"].removeprefix("group-"))
        service = f"service-{group % SERVICES}"
        labels = {**event.labels, "service": service, "team": f"team-{group * _STRIDE % teams}"}
        made.append(replace(event, service=service, labels=labels))
    return made


def changes(count: int) -> list[Change]:
    """So many over the day before the first alert, each of one of the services in turn."""
    known = flow.changes(flow.EPISODE, per_day=count, services=SERVICES)
    return [change for change in known if change.time < flow.BEGIN]


def take(case: Case, events: Sequence[AlertEvent], known: Sequence[Change]) -> Took:
    """Decide about all of the alerts, and rank each incident when it opens, and 5 and 15 minutes later."""
    engine = Engine(rules(case), flow.catalog(SERVICES), DEFAULT_PARAMETERS)
    for change in known:
        engine.feed(change)
    began = time.process_time()
    for event in events:
        engine.feed(event)
    seconds = time.process_time() - began
    return Took(seconds, len(engine.world.incidents), len(engine.world.rankings))


def yardstick(events: Sequence[AlertEvent]) -> float:
    """The seconds of processor time for reading the same alerts as records and writing them again."""
    records = [encode_alert(event) for event in events]
    began = time.process_time()
    for record in records:
        encode_alert(decode_alert(record.value, record.headers, 0, USUAL))
    return time.process_time() - began
