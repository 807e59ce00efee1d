"""The ceilings of a simulated case: the one of ranking is asked like any other method."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from bot.domain.alert import UNKNOWN
from bot.evaluation.answers import Answer
from bot.evaluation.cases import CHANGES
from bot.evaluation.ceiling.grouping import Grouping
from bot.evaluation.ceiling.posterior import SIMULATION, Ceiling
from bot.evaluation.rows import Problems, objects
from bot.ingest.document import read_json, require_object

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from bot.evaluation.cases import Case

_MOST: Final = 5
_SHOWN_FROM: Final = 0.5


def best_answers(case: Case) -> Callable[[Sequence[str], datetime], Answer] | None:
    """What asks the ceiling about the alerts of a fault as of a moment; None where nothing was simulated."""
    numbers = _numbers(case)
    if numbers is None:
        return None
    rows = [row for _, row in objects(case.folder / CHANGES, Problems())]
    ceiling = Ceiling(numbers, rows)
    alerts = {one.alert_id: one.fired for one in reversed(case.alerts)}

    def ask(alert_ids: Sequence[str], at: datetime) -> Answer:
        seen = [alert for one in alert_ids if (alert := alerts[one]).received_at <= at]
        onsets: dict[str, float] = {}
        for alert in seen:
            if alert.service != UNKNOWN:
                starts = alert.starts_at.timestamp()
                onsets[alert.service] = min(starts, onsets.get(alert.service, starts))
        first = min(alert.starts_at.timestamp() for alert in seen)
        found = ceiling.rank(onsets, first, at.timestamp())
        chance = found.suspects[0][1] if found.suspects else 0.0
        return Answer(
            suspects=tuple(name for name, _ in found.suspects[:_MOST]),
            change=1.0 - found.no_change,
            shown=chance >= _SHOWN_FROM,
            probability=chance,
        )

    return ask


def best_grouping(case: Case) -> Mapping[str, str] | None:
    """The incident of each alert id as the ceiling groups them; None where nothing was simulated."""
    numbers = _numbers(case)
    return None if numbers is None else Grouping(numbers).group(case.alerts)


def _numbers(case: Case) -> dict[str, Any] | None:
    """The simulation's own; None where nothing was simulated."""
    path = case.folder / SIMULATION
    return require_object(read_json(path.read_bytes())) if path.is_file() else None
