"""Labelled incidents drawn from known parameters, so that a fit can be held against what it should find."""

from __future__ import annotations

import math
import random
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from bot.domain.catalog import Catalog, Service
from bot.domain.change import Change, ChangeKind
from bot.domain.delays import DelayMixture, LogNormal
from bot.domain.spread import Spread
from bot.domain.suspects import Evidence
from bot.domain.suspicion import DEFAULT_PARAMETERS, Parameters
from bot.domain.verdicts import key_of
from bot.evaluation.labelled import LOOKED_AT, Example
from tests.support.facts import NOW

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

LAYERS: Final = (("web", "app"), ("cart", "search", "login"), ("orders", "stock"), ("db",))
"""Each service calls every one of the layer below."""
_SERVICES: Final = [
    Service(name, depends_on=below)
    for layer, below in zip(LAYERS, (*LAYERS[1:], ()), strict=True)
    for name in layer
]
CATALOG: Final = Catalog(_SERVICES)
NAMES: Final = sorted(CATALOG.names())
UNLIKE: Final = replace(
    DEFAULT_PARAMETERS,
    change=0.85,
    kinds={**DEFAULT_PARAMETERS.kinds, ChangeKind.DEPLOY: 0.3, ChangeKind.CONFIG: 3.0},
    delay=DelayMixture(
        (
            LogNormal(0.05, 180, 0.9),
            LogNormal(0.05, 1500, 0.8),
            LogNormal(0.75, 7200, 0.7),
            LogNormal(0.15, 43_200, 0.6),
        )
    ),
    spread=replace(Spread(), root=0.4, strengths=((0.05, 0.05), (0.05, 0.2), (0.1, 0.5), (0.8, 0.8))),
)
"""A world in which configuration, hours before, is to blame, roots are silent and callers are not."""


def drawn(number: int, parameters: Parameters, seed: int = 1) -> list[Example]:
    """So many incidents, an hour apart, as these parameters say that they are."""
    chance = random.Random(seed)  # noqa: S311 - spreads cases, keeps no secret
    return [_example(f"i{one}", NOW + timedelta(hours=one), parameters, chance) for one in range(number)]


def _example(name: str, onset: datetime, parameters: Parameters, chance: random.Random) -> Example:
    changes = [
        _change(f"{name}-c{number}", onset - timedelta(seconds=chance.uniform(0, 86_000)), chance)
        for number in range(chance.randint(6, 14))
    ]
    cause: Change | None = None
    root = chance.choice(NAMES)
    if chance.random() < parameters.change:
        kinds = list(parameters.kinds)
        (kind,) = chance.choices(kinds, [parameters.kinds[one] for one in kinds])
        made = onset - timedelta(seconds=min(_delay(parameters.delay, chance), 86_000))
        cause = replace(_change(f"{name}-guilty", made, chance), kind=kind, service=root)
        changes.append(cause)
    alerting = _alerting(root, parameters.spread, chance)
    evidence = Evidence(name, "production", onset + LOOKED_AT, dict.fromkeys(sorted(alerting), onset))
    return Example(evidence, tuple(changes), CATALOG, None if cause is None else key_of(cause))


def _change(name: str, made: datetime, chance: random.Random) -> Change:
    kind = chance.choice([ChangeKind.DEPLOY, ChangeKind.CONFIG, ChangeKind.FEATURE_FLAG, ChangeKind.INFRA])
    return Change(name, "ci", kind, chance.choice(NAMES), "production", made, made)


def _delay(mixture: DelayMixture, chance: random.Random) -> float:
    (part,) = chance.choices(mixture.parts, [one.weight for one in mixture.parts])
    return part.median * math.exp(chance.gauss(0.0, part.sigma))


def _alerting(root: str, spread: Spread, chance: random.Random) -> set[str]:
    (strength,) = chance.choices(spread.strengths, [share for share, _ in spread.strengths])
    alerting = {root} if chance.random() < spread.root else set()
    for caller, hops in CATALOG.callers(root).items():
        if hops and chance.random() < strength[1] ** hops:
            alerting.add(caller)
    return alerting or {root}


def rotated(examples: Sequence[Example]) -> list[Example]:
    """The same in another order."""
    return [*examples[3:], *examples[:3]]
