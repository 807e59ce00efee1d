"""The likelihood of alerts is the share of simulated faults that show them."""

from __future__ import annotations

import math
from itertools import product

import pytest

from bot.evaluation.ceiling.spread import CELLS, UNIT, Explaining, Seen
from bot.evaluation.simulator.changes import GLOBAL
from bot.evaluation.simulator.graph import Graph
from bot.evaluation.simulator.settings import Settings
from bot.evaluation.simulator.spread import draw_alerting, shape_of
from tests.evaluation.simulator.sources import source

NAMES = ("web", "api", "core", "db")
GRAPH = Graph(
    layers={"web": "web", "api": "api", "core": "core", "db": "store"},
    edges=[("web", "api"), ("api", "core"), ("core", "db")],
    pace=dict.fromkeys(NAMES, 1.0),
    ear=dict.fromkeys(NAMES, 0.8),
    slowness=dict.fromkeys(NAMES, 1.0),
)
SETTINGS = Settings(noise=0.0)


def test_a_root_explains_what_it_reaches() -> None:
    explaining = Explaining(GRAPH, SETTINGS)
    seen = Seen({"web": 0.0, "api": 5.0}, 300.0)
    assert explaining.strangers("core", seen) == 0
    assert explaining.strangers("web", seen) == 0, "what it calls may suffer, too"
    assert explaining.strangers("db", Seen({"elsewhere": 0.0}, 300.0)) == 1


@pytest.mark.unmeasured
@pytest.mark.parametrize("root", ["db", "core", "web", GLOBAL])
def test_sets_of_alerting_services_are_as_likely_as_simulated(root: str) -> None:
    """Summed over when each alert may come, for the onset of one cell: the chance of the set."""
    rng = source()
    many = 20_000
    within = 200.0
    shape = shape_of(root, GRAPH, SETTINGS)
    drawn = [draw_alerting(shape, SETTINGS, rng)[1] for _ in range(many)]
    explaining = Explaining(GRAPH, SETTINGS)
    for services in (("db",), ("core",), ("web",), ("api", "core"), ("core", "db")):
        share = (
            sum({name for name, lag in one.items() if lag <= within} == set(services) for one in drawn) / many
        )
        assert chance_of(explaining, root, services, within) == pytest.approx(share, abs=0.012)


def chance_of(explaining: Explaining, root: str, services: tuple[str, ...], within: float) -> float:
    """Integrates the density over the times of up to two alerts; the onset lies in the middle of cell 0."""
    pieces = 100 if len(services) == 1 else 30
    step = within / pieces
    times = [(place + 0.5) * step - CELLS[0] for place in range(pieces)]
    found = [
        explaining.likelihood(root, Seen(dict(zip(services, at, strict=True)), within - CELLS[0]))[0]
        for at in product(times, repeat=len(services))
    ]
    return math.fsum(found) * (UNIT * step) ** len(services)
