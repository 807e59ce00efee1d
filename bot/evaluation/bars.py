"""The bars that were set for the product, and whether a measurement meets them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

NEAR: Final = 0.03
NEAR_AREA: Final = 0.02
NEAR_END_TO_END: Final = 0.06
ABOVE_BASELINES: Final = 0.05
PRECISION: Final = 0.80
RECALL: Final = 0.60
ERROR: Final = 0.05
ACCUSATIONS: Final = 0.2
PER_FAULT: Final = (0.95, 1.05)
MERGED: Final = 0.02
SPLIT: Final = 0.05
COMPRESSION: Final = 0.85


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar. `least` and `most` bound the value; `ceiling` is what a posterior can reach."""

    name: str
    value: float
    least: float | None = None
    most: float | None = None
    ceiling: float | None = None
    note: str = ""

    @property
    def met(self) -> bool:
        """Whether the value lies within its bounds."""
        return (self.least is None or self.value >= self.least) and (
            self.most is None or self.value <= self.most
        )

    def as_json(self) -> dict[str, Any]:
        """For the results."""
        return {**asdict(self), "met": self.met}


def bars(results: Mapping[str, Any]) -> list[Bar]:
    """Every bar that the results can answer."""
    found = [*_ranking(results), *_abstention(results)]
    if results["grouping"] == "own":
        found += _grouping(results)
    return found


def _ranking(results: Mapping[str, Any]) -> Iterator[Bar]:
    mine, ceiling = results["methods"]["tocsin"], results["methods"].get("ceiling")
    own = results["grouping"] == "own"
    if ceiling is not None:
        near = NEAR_END_TO_END if own else NEAR
        for top in ("top1",) if own else ("top1", "top3"):
            best = _value(ceiling["ranking"], top)
            if (value := _value(mine["ranking"], top)) is not None and best is not None:
                yield Bar(top, value, least=best - near, ceiling=best)
        best, value = _value(ceiling["abstention"], "auroc"), _value(mine["abstention"], "auroc")
        if value is not None and best is not None and not own:
            yield Bar("auroc", value, least=best - NEAR_AREA, ceiling=best)
    if results["paired"] and not own:
        yield from _above(results, ceiling)


def _above(results: Mapping[str, Any], ceiling: Mapping[str, Any] | None) -> Iterator[Bar]:
    """Against the best baseline: five points above it, or as near to the ceiling as asked where that is less.

    Cases that were not simulated are few and mostly easy: there it is enough not to be worse.
    """
    scores = {
        name: value
        for name in results["paired"]
        if (value := _value(results["methods"][name]["ranking"], "top1")) is not None
    }
    if not scores:
        return
    name = max(scores, key=lambda one: scores[one])
    pair = results["paired"][name]["top1"]
    limit = _value(ceiling["ranking"], "top1") if ceiling is not None else None
    least = ABOVE_BASELINES if limit is not None else 0.0
    if limit is not None and scores[name] + ABOVE_BASELINES > limit - NEAR:
        least = limit - NEAR - scores[name]
    yield Bar("top1 above the best baseline", pair["value"], least=least, note=name)
    if limit is not None:
        yield Bar("its interval's lower end", pair["interval"][0], least=0.0, note="paired, 95 %")


def _abstention(results: Mapping[str, Any]) -> Iterator[Bar]:
    mine = results["methods"]["tocsin"]["abstention"]
    possible = results.get("possible") or {}
    for name, least in (("shown_precision", PRECISION), ("shown_recall", RECALL)):
        if (value := _value(mine, name)) is None:
            continue
        limit = possible.get(name)
        if limit is not None and name == "shown_recall" and least > limit - NEAR:
            least = limit - NEAR  # noqa: PLW2901 - a bar above the ceiling is the ceiling less three points
        yield Bar(name, value, least=least, ceiling=limit)
    if (value := _value(mine, "false_accusations")) is not None:
        yield Bar("false_accusations", value, most=ACCUSATIONS, ceiling=possible.get("false_accusations"))
    if (value := results["calibration"]["first_suspect"]["ece"]["value"]) is not None:
        yield Bar("ece", value, most=ERROR)


def _grouping(results: Mapping[str, Any]) -> Iterator[Bar]:
    grouping, ceiling = results["incidents"], results.get("incidents_ceiling") or {}
    if (value := _value(grouping, "incidents_per_fault")) is not None:
        least, most = PER_FAULT
        limit = _value(ceiling, "incidents_per_fault")
        if limit is not None:
            least, most = _within(least, limit, -1), _within(most, limit, 1)
        yield Bar("incidents_per_fault", value, least, most, limit)
    for name, most in (("false_merge_rate", MERGED), ("split_rate", SPLIT)):
        if (value := _value(grouping, name)) is not None:
            limit = _value(ceiling, name)
            yield Bar(name, value, most=most if limit is None else _within(most, limit, 1), ceiling=limit)
    value, possible = _value(grouping, "compression"), _value(grouping, "compression_possible")
    if value is not None and possible is not None:
        least = min(COMPRESSION, possible - NEAR)
        yield Bar("compression", value, least=least, ceiling=possible)


def _within(bar: float, ceiling: float, side: int) -> float:
    """The bar, or where the ceiling lies beyond it (`side`: 1 above, -1 below) what is near the ceiling."""
    return ceiling + side * NEAR if (ceiling - bar) * side > 0 else bar


def _value(figures: Mapping[str, Any], name: str) -> float | None:
    found: float | None = figures.get(name, {}).get("value")
    return found
