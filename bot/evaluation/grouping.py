"""The metrics of grouping: one fault should be one incident, and one incident one fault."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from bot.evaluation.bootstrap import intervals
from bot.evaluation.judging import incident_of_alerts
from bot.evaluation.scores import figure

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.evaluation.cases import Case
    from bot.evaluation.predictions import Prediction
    from bot.evaluation.truth import Fault


@dataclass(frozen=True, slots=True)
class Grouped:
    """How the alerts of one fault came out.

    `incidents`: those that it has alerts in. `mixed`: of the incidents that are mostly its own, how many hold
    another fault's alerts too; `own`: how many are mostly its own. `pairs`: of its alerts, pairs in all and
    pairs in one incident.
    """

    incidents: int
    own: int
    mixed: int
    alerts: int
    pairs: int
    pairs_together: int


_UNHEARD: Final = Grouped(0, 0, 0, 0, 0, 0)
"""A fault of which the case has no alert: it was missed."""


@dataclass(slots=True)
class Tally:
    """What the cases add up to."""

    faults: list[Grouped] = field(default_factory=list)
    pairs_in_incidents: int = 0
    alerts: int = 0
    incidents: int = 0
    noise_alerts: int = 0
    noise_incidents: int = 0


def count(found: Tally, case: Case, rows: Sequence[Prediction], faults: Sequence[Fault]) -> None:
    """Add how the faults of one case came out."""
    count_owned(found, case, incident_of_alerts({row.incident: row for row in rows}.values()), faults)


def count_owned(found: Tally, case: Case, owner: Mapping[str, str], faults: Sequence[Fault]) -> None:
    """The same, of the incident of each alert id."""
    known = {one.alert_id for one in case.alerts}
    fault_of: dict[str, int] = {}
    for index, fault in enumerate(faults):
        for alert_id in fault.alert_ids:
            if alert_id in known:
                fault_of.setdefault(alert_id, index)
    cells = Counter((fault_of[one], owner[one]) for one in fault_of if one in owner)
    inside: dict[str, Counter[int]] = {}
    for (index, incident), count in cells.items():
        inside.setdefault(incident, Counter())[index] += count
    main = {incident: max(held, key=lambda one: (held[one], -one)) for incident, held in inside.items()}
    sizes = Counter(fault_of.values())
    for index, size in sizes.items():
        own = [incident for incident, most in main.items() if most == index]
        parts = [count for (at, _), count in cells.items() if at == index]
        found.faults.append(
            Grouped(
                incidents=len(parts),
                own=len(own),
                mixed=sum(len(inside[incident]) > 1 for incident in own),
                alerts=size,
                pairs=_pairs(size),
                pairs_together=sum(map(_pairs, parts)),
            )
        )
    found.faults += [_UNHEARD] * unheard_of(case, faults)
    found.pairs_in_incidents += sum(_pairs(sum(held.values())) for held in inside.values())
    opened = set(owner.values())
    found.alerts += len(known)
    found.incidents += len(opened)
    found.noise_alerts += len(known) - len(fault_of)
    found.noise_incidents += len(opened - inside.keys())


def unheard_of(case: Case, faults: Sequence[Fault]) -> int:
    """Of how many faults the case has no alert."""
    known = {one.alert_id for one in case.alerts}
    return sum(known.isdisjoint(fault.alert_ids) for fault in faults)


def _pairs(many: int) -> int:
    return many * (many - 1) // 2


def grouping(found: Tally) -> dict[str, Any]:
    """The figures, each over the faults; those of noise stand beside them."""
    point, spans = _of_faults(Counter(found.faults)), intervals(found.faults, _of_faults, times=400)
    figures = {name: figure(value, spans.get(name), len(found.faults)) for name, value in point.items()}
    together = sum(one.pairs_together for one in found.faults)
    pairs = sum(one.pairs for one in found.faults)
    figures["pairwise_f1"] = figure(2 * together / (pairs + found.pairs_in_incidents) if pairs else None)
    figures["compression_with_noise"] = figure(1 - found.incidents / found.alerts if found.alerts else None)
    figures["noise_incidents_per_noise_alert"] = figure(
        found.noise_incidents / found.noise_alerts if found.noise_alerts else None, n=found.noise_alerts
    )
    return figures


def _of_faults(counted: Mapping[Grouped, int]) -> dict[str, float | None]:
    faults = sum(counted.values())
    alerts = sum(one.alerts * count for one, count in counted.items())
    incidents = sum(one.own * count for one, count in counted.items())
    mixed = sum(one.mixed * count for one, count in counted.items())
    heard = faults - counted.get(_UNHEARD, 0)
    if not faults:
        return {}
    return {
        "incidents_per_fault": incidents / faults,
        "compression": 1 - incidents / alerts if alerts else None,
        "compression_possible": 1 - heard / alerts if alerts else None,
        "false_merge_rate": mixed / incidents if incidents else None,
        "split_rate": sum(count for one, count in counted.items() if one.incidents > 1) / faults,
        "missed_rate": sum(count for one, count in counted.items() if not one.incidents) / faults,
    }
