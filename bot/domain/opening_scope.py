"""Which rows of the board could matter to a batch that may open, join or hold. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.domain.alert import AlertStatus
from bot.domain.joining import kin

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from datetime import datetime

    from bot.domain.catalog import Catalog
    from bot.domain.rules import Routed, RuleSet


@dataclass(frozen=True, slots=True)
class OpeningScope:
    """What could be opened, joined or held by a batch, and so which of the board's rows to read.

    `services`: by (environment, service) near the batch's, since when an incident counts as heard of.
    `held`: by group key, since when an alert counts as waiting.
    `openings_since`: by environment, since when openings count towards a storm; more than the latest
    `most_openings` of each say nothing new.
    """

    services: Mapping[tuple[str, str], datetime]
    held: Mapping[str, datetime]
    openings_since: Mapping[str, datetime]
    most_openings: int


def opening_scope(
    routed: Iterable[Routed], environments: Collection[str], rules: RuleSet, catalog: Catalog
) -> OpeningScope:
    """The scope of the batch's firing alerts in these environments."""
    services: dict[tuple[str, str], datetime] = {}
    held: dict[str, datetime] = {}
    openings: dict[str, datetime] = {}
    # Alerts of one service under one rule look at the same neighbours: each pair is spread once.
    earliest: dict[tuple[str, str, str], datetime] = {}
    for one in routed:
        rule, event = one.rule, one.event
        if rule is None or rule.suppress or event.status is not AlertStatus.FIRING:
            continue
        if event.environment not in environments:
            continue
        place = (event.environment, event.service, rule.name)
        known = earliest.get(place)
        if known is None or event.received_at < known:
            earliest[place] = event.received_at
        if rule.min_alerts > 1:
            since = event.received_at - rule.window
            held[one.group_key] = min(since, held.get(one.group_key, since))
    for (environment, service, name), received_at in earliest.items():
        rule = rules.by_name[name]
        since = received_at - rules.storm.window
        openings[environment] = min(since, openings.get(environment, since))
        if rule.join_hops:
            for neighbour in kin(catalog, service, rule.join_hops):
                since = received_at - rule.window
                services[environment, neighbour] = min(since, services.get((environment, neighbour), since))
    return OpeningScope(services, held, openings, rules.storm.openings)
