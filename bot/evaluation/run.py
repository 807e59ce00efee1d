"""An evaluation from end to end: first all predictions of all cases, written and closed; then the truth."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bot.domain.errors import InvalidInputError
from bot.evaluation import report
from bot.evaluation.best import best_answers, best_grouping
from bot.evaluation.cases import ALERTS, read_case
from bot.evaluation.ceiling.posterior import SIMULATION
from bot.evaluation.grouping import Tally, count, count_owned, unheard_of
from bot.evaluation.judging import judge
from bot.evaluation.predictions import predict, predict_given, write
from bot.evaluation.rows import Problems
from bot.evaluation.truth import TRUTH, has_truth, read_groups, read_truth
from bot.ingest.labels import USUAL, LabelPolicy

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path
    from typing import BinaryIO

    from bot.domain.correlation import Parameters
    from bot.domain.rules import RuleSet
    from bot.evaluation.answers import Judged
    from bot.evaluation.cases import Case
    from bot.evaluation.predictions import Prediction

    Step = Callable[[str], None]
    """Called with what has just been done."""
    Damage = Callable[[Case], Case]


@dataclass(slots=True)
class Evaluation:
    """One evaluation of cases, each a name and a folder. `rules` is None for the true grouping.

    `labels` says what alerts are about whose rows do not.
    `problems` are the rows that were skipped, as `file:line: what`. `damage` spoils what the product is told
    of a case, to see how much is lost.
    """

    folders: Sequence[tuple[str, Path]]
    parameters: Parameters
    rules: RuleSet | None
    damage: Damage | None = None
    labels: LabelPolicy = USUAL
    predictions: dict[str, list[Prediction]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    skipped: int = 0
    totals: dict[str, int] = field(
        default_factory=lambda: {"cases": 0, "alerts": 0, "changes": 0, "scored": 0}
    )
    _alone: Case | None = None

    def predict(self, stream: BinaryIO | None, step: Step) -> None:
        """Predict every case and write the rows. Of the truth, at most its grouping is read."""
        for name, folder in self.folders:
            case = self._case(name, folder)
            self._note(case.problems)
            self.totals["cases"] += 1
            self.totals["alerts"] += len(case.alerts)
            self.totals["changes"] += len({change.change_id for change in case.changes})
            rows = self._predict(case, folder)
            self.predictions[name] = rows
            if stream is not None:
                write(rows, case, stream)
            step(name)

    def _predict(self, case: Case, folder: Path) -> list[Prediction]:
        if self.rules is not None:
            return predict(case, self.rules, self.parameters)
        problems = Problems()
        groups = read_groups(folder, problems)
        self._note(problems)
        if groups is None:
            self.problems.append(f"{folder}: no grouping is given; nothing is predicted")
            return []
        return predict_given(case, self.parameters, groups)

    def score(self, step: Step) -> dict[str, Any]:
        """Open the truth where there is one, and measure; to be called after `predict`."""
        judged: list[Judged] = []
        counted, possible = Tally(), Tally()
        for name, folder in self.folders:
            if has_truth(folder):
                judged += self._judge(name, folder, counted, possible)
                self.totals["scored"] += 1
            step(name)
        grouping = "given" if self.rules is None else "own"
        return report.results(judged, counted, grouping, lambda: step(""), possible)

    def _judge(self, name: str, folder: Path, counted: Tally, possible: Tally) -> list[Judged]:
        case = self._case(name, folder)
        problems = Problems()
        faults = read_truth(name, folder, problems)
        self._note(problems)
        unheard = unheard_of(case, faults)
        if unheard:
            many = "1 fault has no alert" if unheard == 1 else f"{unheard} faults have no alert"
            self.problems.append(f"{folder / TRUTH}: {many} in {ALERTS}: never found")
        rows = self.predictions[name]
        count(counted, case, rows, faults)
        try:
            best, answers = best_grouping(case) if self.rules is not None else None, best_answers(case)
        except (InvalidInputError, LookupError, TypeError, ValueError, AttributeError) as error:
            # Other simulators write a file of that name, too, and rows may have been rewritten since.
            self.problems.append(f"{folder / SIMULATION}: {type(error).__name__}; no ceiling is told")
            best = answers = None
        if best is not None:
            count_owned(possible, case, best, faults)
        return judge(case, rows, faults, answers)

    def _note(self, problems: Problems) -> None:
        self.skipped += problems.count
        self.problems += problems.texts

    def _case(self, name: str, folder: Path) -> Case:
        """The case as the product is told of it; one alone, which may be long, is read and spoilt once."""
        if self._alone is not None:
            return self._alone
        read = read_case(name, folder, self.labels)
        case = read if self.damage is None else self.damage(read)
        if len(self.folders) == 1:
            self._alone = case
        return case
