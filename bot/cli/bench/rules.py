"""`tocsin bench rules`: what rules, groups and suspects cost, and how that grows with rules and changes."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any, Final

import click

from bot.cli.bench import flow
from bot.cli.bench.ruling import INDEXED, SEARCHED, SERVICES, Case, alerts, changes, take, yardstick
from bot.cli.errors import CHECK_FAILED
from consumers.garbage import collect_rarely

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bot.cli.bench.ruling import Took

_RULES: Final = (10, 100, 1_000)
_CHANGES: Final = (100, 5_000, 50_000)
_USUAL_RULES: Final = 100
_USUAL_CHANGES: Final = 5_000
_USUAL: Final = Case(_USUAL_RULES, _USUAL_CHANGES)
_CASES: Final = (
    *(Case(rules, many) for many in _CHANGES for rules in _RULES),
    *(Case(rules, _USUAL_CHANGES, SEARCHED) for rules in _RULES),
)


@click.command()
@click.option("--alerts", "count", type=click.IntRange(50), default=20_000, show_default=True)
@click.option("-o", "output", type=click.Choice(["text", "json"]), default="text", show_default=True)
def rules(count: int, output: str) -> None:
    """Alerts a second through rules, groups and suspects, for 10 to 1,000 rules and 100 to 50,000 changes.

    In memory, without servers, in processor time. The yardstick is to read the same alerts as records and
    to write them again; the ratio is for 100 rules and 5,000 changes, in times of the yardstick.
    """
    count -= count % flow.EPISODE
    took, yardstick_s = _measure(count)
    figures = _figures(took, yardstick_s, count)
    click.echo(in_words(figures) if output == "text" else json.dumps(figures))
    if wrong := list(_wrong(took, count)):
        click.echo("\n".join(wrong), err=True)
        raise SystemExit(CHECK_FAILED)


def _measure(count: int) -> tuple[dict[Case, Took], float]:
    """Each case, with the yardstick before it: the seconds of the yardstick are their mean."""
    took: dict[Case, Took] = {}
    yardstick_s = 0.0
    by_teams = {teams: alerts(count, teams) for teams in _RULES}
    known = {many: changes(many) for many in _CHANGES}
    collect_rarely()
    with click.progressbar(_CASES, label="Rules and changes", file=sys.stderr) as cases:
        for case in cases:
            events = by_teams[case.rules]
            yardstick_s += yardstick(events)
            took[case] = take(case, events, known[case.changes])
    return took, yardstick_s / len(_CASES)


def _wrong(took: Mapping[Case, Took], count: int) -> Iterator[str]:
    should = flow.expected(count).opened
    for case, one in took.items():
        for what, was in (("incidents opened", one.opened), ("incidents ranked", one.ranked)):
            if was != should:
                yield f"{case.rules} rules, {case.changes} changes: {what}: {was}, but the flow has {should}"


def _figures(took: Mapping[Case, Took], yardstick_s: float, count: int) -> dict[str, Any]:
    seconds = {case: one.seconds for case, one in took.items()}
    fewest, most = _CHANGES[0], _CHANGES[-1]
    return {
        "ratio": round(seconds[_USUAL] / yardstick_s, 2),
        "ours_us": round(seconds[_USUAL] / count * 1e6, 1),
        "yardstick_us": round(yardstick_s / count * 1e6, 1),
        "alerts": count,
        "services": SERVICES,
        "grows_with_rules": _growth(seconds, _USUAL_CHANGES, INDEXED),
        "grows_with_searched_rules": _growth(seconds, _USUAL_CHANGES, SEARCHED),
        "grows_with_changes": round(
            seconds[Case(_USUAL_RULES, most)] / seconds[Case(_USUAL_RULES, fewest)], 2
        ),
        "cases": [
            {
                "rules": case.rules,
                "changes": case.changes,
                "matchers": case.matchers,
                "ours_per_s": round(count / one),
            }
            for case, one in seconds.items()
        ],
    }


def _growth(seconds: Mapping[Case, float], many: int, matchers: str) -> float:
    """How many times the cost at the fewest rules that at the most of them is."""
    return round(seconds[Case(_RULES[-1], many, matchers)] / seconds[Case(_RULES[0], many, matchers)], 2)


def in_words(figures: Mapping[str, Any]) -> str:
    """The figures as a table."""
    rates = {(one["matchers"], one["changes"], one["rules"]): one["ours_per_s"] for one in figures["cases"]}
    lines = [f"alerts/s{'':28}" + "".join(f"{f'{rules:,} rules':>14}" for rules in _RULES)]
    for matchers, many in dict.fromkeys(key[:2] for key in rates):
        name = f"{many:,} changes" + ("" if matchers == INDEXED else ", each rule tried")
        lines.append(f"{name:36}" + "".join(f"{rates[matchers, many, rules]:>14,}" for rules in _RULES))
    more_rules, more_changes = _RULES[-1] // _RULES[0], _CHANGES[-1] // _CHANGES[0]
    lines.append(
        f"{more_rules} times as many rules cost {figures['grows_with_rules']} times as much, "
        f"{figures['grows_with_searched_rules']} times where each is tried; "
        f"{more_changes} times as many changes {figures['grows_with_changes']} times"
    )
    lines.append(
        f"{_USUAL_RULES} rules, {_USUAL_CHANGES:,} changes, {figures['services']} services: "
        f"{figures['ours_us']} microseconds an alert; reading and writing it {figures['yardstick_us']}; "
        f"ratio {figures['ratio']}"
    )
    return "\n".join(lines)
