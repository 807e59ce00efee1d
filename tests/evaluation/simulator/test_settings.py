"""The parameters go into `simulation.json` and come back as they were."""

from __future__ import annotations

import json

import pytest

from bot.evaluation.simulator.graph import Graph, make_graph
from bot.evaluation.simulator.settings import Flaws, Settings
from tests.evaluation.simulator.sources import source


def test_settings_come_back_from_json() -> None:
    settings = Settings(rate=7.0, services=50, flaws=Flaws(missing_edges=0.5))
    assert Settings.from_json(json.loads(json.dumps(settings.as_json()))) == settings


def test_a_graph_comes_back_from_json() -> None:
    graph = make_graph(40, source())
    assert Graph.from_json(json.loads(json.dumps(graph.as_json()))) == graph


@pytest.mark.parametrize("services", [12, 40, 200])
def test_a_graph_has_its_services_in_layers_without_a_cycle(services: int) -> None:
    graph = make_graph(services, source())
    assert len(graph.layers) == pytest.approx(services, abs=2)
    assert all(name not in graph.callers[name] for name in graph.layers)
    assert all(graph.callers[name] for name, layer in graph.layers.items() if layer != "web")


def test_many_share_a_database_and_a_cache() -> None:
    graph = make_graph(100, source())
    direct = [sum(callee == shared for _, callee in graph.edges) for shared in ("shared-db", "shared-cache")]
    assert min(direct) > 10


def test_guilt_adds_up_to_the_share_of_faults() -> None:
    settings = Settings(rate=10.0, gap=2.0)
    mean = sum(kind.share * kind.guilt for kind in settings.kinds.values())
    assert settings.guilt(0.6) * mean * 10.0 * 2.0 == pytest.approx(0.6, rel=0.05)
