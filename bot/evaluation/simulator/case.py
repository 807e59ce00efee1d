"""One simulated case: everything put together from one seed."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any

from bot.evaluation.simulator.alerts import fire
from bot.evaluation.simulator.draws import between
from bot.evaluation.simulator.faults import live
from bot.evaluation.simulator.flaws import deliver, draw_clocks, known_edges, set_clocks, unname
from bot.evaluation.simulator.graph import make_graph
from bot.evaluation.simulator.rows import alert_rows, change_rows, group_rows, truth_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.evaluation.simulator.rows import Row
    from bot.evaluation.simulator.settings import Settings


@dataclass(frozen=True, slots=True)
class Case:
    """The rows of each file of a case folder, and what only the ceiling may know."""

    topology: dict[str, Any]
    alerts: Sequence[Row]
    changes: Sequence[Row]
    truth: Sequence[Row]
    groups: Sequence[Row]
    simulation: dict[str, Any]


def simulate(name: str, seed: int, settings: Settings) -> Case:
    """The case of a seed: always the same. `name` begins every id.

    Raises:
        InvalidInputError: the settings do not go together.
    """

    def source(part: str) -> Random:
        return Random(f"tocsin/{seed}/{part}")  # noqa: S311 - a simulation, not a secret

    flaws = settings.flaws
    shape = source("shape")
    many = settings.services or round(between(*settings.sizes, shape.random()))
    share = shape.uniform(*settings.change_share)
    graph = make_graph(many, source("graph"))
    history = live(settings, graph, share, source("life"))
    firings = fire(history, graph, settings, source("alerts"))
    truth = truth_rows(name, history, firings)
    services = sorted(graph.layers)
    alert_clocks = draw_clocks(services, flaws.clock_skew, source("alert clocks"))
    change_clocks = draw_clocks(services, flaws.clock_skew, source("change clocks"))
    alerts = set_clocks(alert_rows(name, firings), alert_clocks)
    changes = set_clocks(change_rows(name, history.changes), change_clocks)
    edges = known_edges(graph.edges, flaws.missing_edges, source("edges"))
    return Case(
        topology={
            "services": services,
            "edges": [{"caller": caller, "callee": callee} for caller, callee in edges],
        },
        alerts=deliver(
            unname(alerts, flaws.unnamed, source("unnamed alerts")), flaws, source("alert arrival")
        ),
        changes=deliver(
            unname(changes, flaws.unnamed, source("unnamed changes")), flaws, source("change arrival")
        ),
        truth=truth,
        groups=group_rows(truth),
        simulation={
            "seed": seed,
            "change_share": share,
            "settings": settings.as_json(),
            "graph": graph.as_json(),
            "alert_clocks": alert_clocks,
            "change_clocks": change_clocks,
        },
    )
