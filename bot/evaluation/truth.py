"""What was behind a case: `truth.jsonl`, read after the predictions are written, and `groups.jsonl`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from bot.domain.alert import UNKNOWN
from bot.domain.errors import InvalidInputError
from bot.domain.wording import few
from bot.evaluation.rows import Problems, objects, text, texts
from bot.ingest.document import require_object

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

Group = str | int | float
"""The name of a true group, as its file has it."""
TRUTH: Final = "truth.jsonl"
GROUPS: Final = "groups.jsonl"
_NO_CAUSE: Final = "is missing; the fault counts as one without a change"
CHANGE: Final = "change"
NONE: Final = "none"


@dataclass(frozen=True, slots=True)
class Fault:
    """One true fault: its alerts, and the changes that caused it (none where no change did).

    `number` is its place in the file, from 0. `kind` is that of the guilty change, `service` where the root
    is, `unknown` where the truth does not say.
    """

    case: str
    number: int
    alert_ids: tuple[str, ...]
    by_change: bool
    causes: frozenset[str]
    kind: str = ""
    service: str = UNKNOWN


def has_truth(folder: Path) -> bool:
    """Whether the case can be scored."""
    return (folder / TRUTH).is_file()


def read_truth(case: str, folder: Path, problems: Problems) -> list[Fault]:
    """The faults of a case; bad rows are skipped and noted."""
    path, faults = folder / TRUTH, []
    for number, (line, row) in enumerate(objects(path, problems)):
        try:
            if not row.get("root_cause"):
                problems.note(path, line, InvalidInputError("root_cause", _NO_CAUSE))
            faults.append(_fault(case, number, row))
        except InvalidInputError as error:
            problems.add(path, line, error)
    return faults


def read_groups(folder: Path, problems: Problems) -> Mapping[str, Group] | None:
    """The true grouping as the group of each alert id; None where the case gives none.

    Where `groups.jsonl` is absent, the `alert_ids` of `truth.jsonl` are taken, and nothing else of it; what
    is wrong with those rows is noted by who reads the truth. An alert is in the first group that names it.
    """
    path = folder / GROUPS
    own = path.is_file()
    path = path if own else folder / TRUTH
    if not path.is_file():
        return None
    groups: dict[str, Group] = {}
    told = problems if own else Problems()
    for number, (line, row) in enumerate(objects(path, told), 1):
        try:
            name: Group = row["group"] if own and text(row, "group") else str(number)
            named = texts(row, "alert_ids")
            elsewhere = [one for one in named if groups.setdefault(one, name) != name]
            if elsewhere:
                said = f"{few(elsewhere)}: in the group {groups[elsewhere[0]]} already"
                told.passed_over(path, line, InvalidInputError("alert_ids", said))
        except InvalidInputError as error:
            told.add(path, line, error)
    return groups


def _fault(case: str, number: int, row: dict[str, Any]) -> Fault:
    cause = require_object(row.get("root_cause") or {}, "root_cause")
    causes = frozenset(texts(cause, "change_ids"))
    return Fault(
        case=case,
        number=number,
        alert_ids=tuple(dict.fromkeys(texts(row, "alert_ids"))),
        by_change=_by_change(text(cause, "kind"), causes),
        causes=causes,
        kind=text(cause, "change_type"),
        service=text(cause, "service", default=UNKNOWN),
    )


def _by_change(kind: str, causes: frozenset[str]) -> bool:
    """A named change was it, however its kind is spelt; only a plain "none" speaks against it."""
    said = kind.strip().casefold()
    if causes and said == NONE:
        raise InvalidInputError("root_cause.kind", f"is {kind}, but change_ids names a change")
    return said == CHANGE or bool(causes)
