"""The bars of grouping, as they are where the ceiling lies within them and where it does not."""

from __future__ import annotations

from typing import Any

import pytest

from bot.evaluation.bars import bars

NAMES = ("incidents_per_fault", "false_merge_rate", "split_rate")


def results(mine: tuple[float, float, float], ceiling: tuple[float, float, float] | None) -> dict[str, Any]:
    def figures(values: tuple[float, float, float]) -> dict[str, Any]:
        return {name: {"value": value} for name, value in zip(NAMES, values, strict=True)}

    return {
        "grouping": "own",
        "methods": {"tocsin": {"ranking": {}, "abstention": {}}},
        "paired": {},
        "calibration": {"first_suspect": {"ece": {"value": None}}},
        "incidents": figures(mine),
        "incidents_ceiling": None if ceiling is None else figures(ceiling),
    }


@pytest.mark.parametrize(
    ("ceiling", "met"),
    [
        (None, [False, False, False]),
        ((1.0, 0.02, 0.05), [False, False, False]),  # the ceiling meets them: so must the product
        ((1.06, 0.03, 0.06), [True, True, True]),  # it does not: three points from it are enough
        ((0.9, 0.005, 0.01), [False, False, False]),
    ],
)
def test_a_bar_beyond_the_ceiling_is_the_ceiling_and_three_points(
    ceiling: tuple[float, float, float] | None, met: list[bool]
) -> None:
    found = bars(results((1.08, 0.055, 0.085), ceiling))
    assert [one.name for one in found] == list(NAMES)
    assert [one.met for one in found] == met
    assert [one.ceiling for one in found] == list(ceiling or (None, None, None))


def test_fewer_incidents_than_faults_are_held_to_the_ceiling_too() -> None:
    (first, *_) = bars(results((0.89, 0.0, 0.0), (0.91, 0.0, 0.0)))
    assert first.least == pytest.approx(0.88)
    assert (first.most, first.met) == (1.05, True)


def above(baseline: float, ceiling: float | None) -> dict[str, float | None]:
    """What is asked of the distance to the best baseline, which was measured as .03, from 0 on."""
    top1 = {"ranking": {"top1": {"value": baseline}}, "abstention": {}}
    methods: dict[str, Any] = {"tocsin": {"ranking": {}, "abstention": {}}, "latest": top1}
    if ceiling is not None:
        methods["ceiling"] = {"ranking": {"top1": {"value": ceiling}}, "abstention": {}}
    paired = {"latest": {"top1": {"value": 0.03, "interval": [0.0, 0.1]}}}
    given = {**results((1.0, 0.0, 0.0), None), "grouping": "given", "methods": methods, "paired": paired}
    return {one.name: one.least for one in bars(given)}


def test_on_a_simulation_the_best_baseline_is_beaten_by_five_points() -> None:
    found = above(0.5, 0.8)
    assert found == {"top1 above the best baseline": 0.05, "its interval's lower end": 0.0}


def test_near_the_ceiling_less_will_do() -> None:
    assert above(0.5, 0.56)["top1 above the best baseline"] == pytest.approx(0.03)


def test_elsewhere_it_is_enough_to_be_no_worse_than_the_best_baseline() -> None:
    assert above(0.9, None) == {"top1 above the best baseline": 0.0}
