"""Matches true faults with the incidents of the predictions, and asks every method about each."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from bot.evaluation.answers import CEILING, MODEL, NEVER, NO_ANSWER, Answer, Judged
from bot.evaluation.baselines import ABSTAIN, BASELINES, verdict
from bot.evaluation.sight import Window
from bot.evaluation.strata import Strata

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from bot.evaluation.cases import Case
    from bot.evaluation.predictions import Prediction
    from bot.evaluation.truth import Fault

    Ceiling = Callable[[Sequence[str], datetime], Answer]
    """Asked with the alert ids of a fault and the moment; looks only at those that are known by then."""

MOMENT: Final = 300
"""Seconds after the first alert at which methods are compared."""
MOMENTS: Final = (0, 900)
"""The other moments at which the model's own ranking is scored."""
_FIRST: Final = 3


def judge(
    case: Case, predictions: Sequence[Prediction], faults: Sequence[Fault], ceiling: Ceiling | None = None
) -> list[Judged]:
    """Every fault, also one that nothing was heard of, and every incident that belongs to none."""
    return _Judge(case, predictions, faults, ceiling).verdicts(faults)


class _Judge:
    def __init__(
        self,
        case: Case,
        predictions: Sequence[Prediction],
        faults: Sequence[Fault],
        ceiling: Ceiling | None,
    ) -> None:
        self._case = case.name
        self._window = Window(case)
        self._strata = Strata(self._window, faults)
        self._ceiling = ceiling
        self._rows: dict[str, list[Prediction]] = {}
        self._heard = {one.alert_id: one.fired.received_at for one in reversed(case.alerts)}
        for row in predictions:
            self._rows.setdefault(row.incident, []).append(row)

    def verdicts(self, faults: Sequence[Fault]) -> list[Judged]:
        owner = incident_of_alerts(row for rows in self._rows.values() for row in rows[-1:])
        judged = [self._fault(fault, owner) for fault in faults]
        true = {alert_id for fault in faults for alert_id in fault.alert_ids}
        noise = [
            incident
            for incident, rows in self._rows.items()
            if not any(alert_id in true for alert_id in rows[-1].alert_ids)
        ]
        return judged + [self._noise(incident) for incident in noise]

    def _known(self, alert_ids: Iterable[str]) -> list[str]:
        return [one for one in alert_ids if one in self._heard]

    def _fault(self, fault: Fault, owner: Mapping[str, str]) -> Judged:
        own = self._known(fault.alert_ids)
        if not own:
            return self._missed(fault, self._strata.of(fault, None), {CEILING: NO_ANSWER})
        first = min(self._heard[one] for one in own)
        strata = self._strata.of(fault, first)
        held = Counter(owner[one] for one in own if one in owner)
        at = first + timedelta(seconds=MOMENT)
        known = {CEILING: self._ceiling(own, at)} if self._ceiling is not None else {}
        if not held:
            return self._missed(fault, strata, known)
        incident = max(held, key=lambda one: (held[one], -self._rows[one][0].at))
        rows = self._rows[incident]
        return Judged(
            case=self._case,
            fault=fault,
            incident=incident,
            answers={**self._answers(rows, at), **known},
            strata=strata,
            later={after: _answer(_row(rows, first.timestamp() + after)) for after in MOMENTS},
            seconds=_seconds_to_cause(rows, fault, first.timestamp()),
            ever_shown=any(row.shown for row in rows),
        )

    def _missed(self, fault: Fault, strata: Mapping[str, str], ceiling: Mapping[str, Answer]) -> Judged:
        answers = {**_nothing(), **(ceiling if self._ceiling is not None else {})}
        return Judged(self._case, fault, None, answers, strata, dict.fromkeys(MOMENTS, NO_ANSWER))

    def _noise(self, incident: str) -> Judged:
        rows = self._rows[incident]
        first = rows[0].at - rows[0].since_first_alert
        answers = {MODEL: _answer(_row(rows, first + MOMENT))}
        later = {after: _answer(_row(rows, first + after)) for after in MOMENTS}
        shown = any(row.shown for row in rows)
        return Judged(self._case, None, incident, answers, later=later, ever_shown=shown)

    def _answers(self, rows: Sequence[Prediction], at: datetime) -> dict[str, Answer]:
        row = _row(rows, at.timestamp())
        if row is None:
            return _nothing()
        answers = {MODEL: _answer(row), ABSTAIN: NO_ANSWER}
        sight = self._window.sight(row.alert_ids, at)
        for name in BASELINES:
            said = verdict(name, sight, f"{self._case}/{row.incident}")
            answers[name] = Answer(said.suspects, said.score, shown=bool(said.suspects))
        return answers


def _nothing() -> dict[str, Answer]:
    return dict.fromkeys((MODEL, ABSTAIN, *BASELINES), NO_ANSWER)


def incident_of_alerts(rows: Iterable[Prediction]) -> dict[str, str]:
    """The incident of each alert id, from the last row of each; where two claim it, the first one has it."""
    owner: dict[str, str] = {}
    for row in rows:
        for alert_id in row.alert_ids:
            owner.setdefault(alert_id, row.incident)
    return owner


def _row(rows: Sequence[Prediction], at: float) -> Prediction | None:
    """What the card said then: the newest row, if there was one already."""
    place = bisect_right(rows, at, key=lambda row: row.at)
    return rows[place - 1] if place else None


def _answer(row: Prediction | None) -> Answer:
    if row is None:
        return NO_ANSWER
    return Answer(
        suspects=tuple(change_id for change_id, _ in row.suspects),
        change=1.0 - row.no_change,
        shown=row.shown,
        probability=row.suspects[0][1] if row.suspects else 0.0,
    )


def _seconds_to_cause(rows: Sequence[Prediction], fault: Fault, first: float) -> float:
    for row in rows:
        if any(change_id in fault.causes for change_id, _ in row.suspects[:_FIRST]):
            return max(0.0, row.at - first)
    return NEVER
