"""Results as tables in Markdown, for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from bot.evaluation.bars import PRECISION

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

NOTHING: Final = "–"
_ABSTENTION: Final = {
    "change_precision": "precision of “a change”",
    "change_recall": "recall of “a change”",
    "none_precision": "precision of “no change”",
    "none_recall": "recall of “no change”",
    "shown_precision": "precision of suspects shown",
    "shown_recall": "recall of suspects shown",
    "false_accusations": "false accusations, for a fault without a change",
}
_GROUPING: Final = {
    "incidents_per_fault": "incidents for a fault",
    "false_merge_rate": "false merges",
    "split_rate": "splits",
    "missed_rate": "faults without an incident",
    "compression": "compression (of the faults' alerts)",
    "compression_possible": "compression, were each fault one incident",
    "compression_with_noise": "compression (of all alerts, noise included)",
    "pairwise_f1": "pairwise F1",
}


def summary(results: Mapping[str, Any]) -> str:
    """One run: every method, abstention, grouping, calibration, strata and bars."""
    return "\n\n".join("\n".join(part) for part in _parts(results) if part) + "\n"


def _parts(results: Mapping[str, Any]) -> Iterator[list[str]]:
    if not results["faults"]:
        yield ["Nothing could be scored: no case has a truth."]
        return
    text = (
        f"{results['faults']} faults, {results['by_change']} of them by a change; grouping: "
        f"{results['grouping']}; {results['seconds_after_first_alert']} s after the first alert; "
        "in brackets 95 % intervals."
    )
    yield [text]
    yield list(methods(results))
    yield list(
        table(["change or none", "tocsin"], _named(results["methods"]["tocsin"]["abstention"], _ABSTENTION))
    )
    yield list(_incidents(results))
    yield list(table(["further", "tocsin"], _further(results)))
    yield list(_strata(results))
    yield list(table(["said", "was", "incidents"], _reliability(results)))
    yield list(bars(results))


def methods(results: Mapping[str, Any]) -> Iterator[str]:
    """Every method's ranking, and the difference to each."""
    rows = []
    for name, one in results["methods"].items():
        ranking = one["ranking"]
        pair = results["paired"].get(name)
        ahead = cell(pair["top1"], signed=True) if pair else ""
        figures = [cell(ranking[top]) for top in ("top1", "top3", "top5", "mrr")]
        rows.append([name, *figures, cell(one["abstention"]["auroc"]), ahead])
    yield from table(["method", "top-1", "top-3", "top-5", "MRR", "AUROC", "tocsin ahead, top-1"], rows)


def bars(results: Mapping[str, Any]) -> Iterator[str]:
    """Every bar with what was measured: met or not met."""
    rows = [
        [
            one["name"] + (f" ({one['note']})" if one["note"] else ""),
            number(one["value"]),
            _bounds(one),
            number(one["ceiling"]),
            "met" if one["met"] else "**not met**",
        ]
        for one in results["bars"]
    ]
    yield from table(["bar", "measured", "wanted", "ceiling", ""], rows)


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """The lines of a table."""
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def cell(figure: Mapping[str, Any], *, signed: bool = False) -> str:
    """A figure with its interval."""
    interval = figure.get("interval")
    text = number(figure["value"], signed=signed)
    if figure["value"] is None or interval is None:
        return text
    return f"{text} [{number(interval[0], signed=signed)}, {number(interval[1], signed=signed)}]"


def number(value: float | None, *, signed: bool = False) -> str:
    """A share with three digits behind the point."""
    if value is None:
        return NOTHING
    return f"{value:+.3f}" if signed else f"{value:.3f}"


def _incidents(results: Mapping[str, Any]) -> Iterator[str]:
    rows, best = _named(results["incidents"], _GROUPING), results["incidents_ceiling"]
    if best is None or results["grouping"] == "given":
        return table(["incidents", "tocsin"], rows)
    rows = [[*row, *limit[1:]] for row, limit in zip(rows, _named(best, _GROUPING), strict=True)]
    return table(["incidents", "tocsin", "ceiling"], rows)


def _named(figures: Mapping[str, Any], names: Mapping[str, str]) -> list[list[str]]:
    return [[text, cell(figures[name])] for name, text in names.items() if name in figures]


def _further(results: Mapping[str, Any]) -> list[list[str]]:
    times, calibration = results["time_to_cause"], results["calibration"]

    def seconds(value: float | None) -> str:
        return "never" if value is None else f"{value:.0f} s"

    rows = [
        ["first alert to the cause among the first three, p50", seconds(times["p50"])],
        ["the same, p95", seconds(times["p95"])],
        ["the same, never", number(times["never"])],
        ["calibration error, first suspect", cell(calibration["first_suspect"]["ece"])],
        ["calibration error, “a change”", cell(calibration["some_change"]["ece"])],
        ["false accusations at any moment", cell(results["accusations"]["ever"])],
        ["false accusations, for an incident of noise", cell(results["accusations"]["noise"])],
    ]
    at_best = [results[key]["shown_recall"] for key in ("in_hindsight", "possible") if results.get(key)]
    says = "; ".join(number(recall) for recall in at_best)
    rows.append([f"recall of suspects shown at a precision of {PRECISION:.2f}, by hindsight; ceiling", says])
    for after, one in results["moments"].items():
        rows.append([f"top-1 after {after} s", cell(one["ranking"]["top1"])])
        rows.append([f"top-3 after {after} s", cell(one["ranking"]["top3"])])
    return rows


def _strata(results: Mapping[str, Any]) -> Iterator[str]:
    shown = [name for name in ("tocsin", *_best_baselines(results), "ceiling") if name in results["methods"]]
    rows = []
    for stratum, values in results["methods"]["tocsin"]["strata"].items():
        for value, ranking in values.items():
            if not ranking["top1"]["n"]:
                continue
            others = [results["methods"][name]["strata"][stratum][value] for name in shown]
            figures = [f"{number(one['top1']['value'])} / {number(one['top3']['value'])}" for one in others]
            rows.append([f"{stratum}: {value}", str(ranking["top1"]["n"]), *figures])
    yield from table(["stratum, top-1 / top-3", "faults", *shown], rows)


def _best_baselines(results: Mapping[str, Any]) -> list[str]:
    scores = {name: results["methods"][name]["ranking"]["top1"]["value"] or 0.0 for name in results["paired"]}
    return sorted(scores, key=lambda name: -scores[name])[:2]


def _reliability(results: Mapping[str, Any]) -> list[list[str]]:
    return [
        [number(one["said"]), number(one["was"]), str(one["n"])]
        for one in results["calibration"]["first_suspect"]["bins"]
    ]


def _bounds(bar: Mapping[str, Any]) -> str:
    if bar["least"] is not None and bar["most"] is not None:
        return f"{number(bar['least'])} to {number(bar['most'])}"
    if bar["least"] is not None:
        return f"at least {number(bar['least'])}"
    return f"at most {number(bar['most'])}"
