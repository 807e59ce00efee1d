"""What was behind a case: `truth.jsonl`, read after the predictions are written, and `groups.jsonl`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from bot.domain.alert import UNKNOWN
from bot.domain.errors import InvalidInputError
from bot.evaluation.rows import objects, text, texts
from bot.ingest.document import require_object

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from bot.evaluation.rows import Problems

TRUTH: Final = "truth.jsonl"
GROUPS: Final = "groups.jsonl"
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
            faults.append(_fault(case, number, row))
        except InvalidInputError as error:
            problems.add(path, line, error)
    return faults


def read_groups(folder: Path, problems: Problems) -> Mapping[str, str] | None:
    """The true grouping as the group of each alert id; None where the case gives none.

    Where `groups.jsonl` is absent, the `alert_ids` of `truth.jsonl` are taken, and nothing else of it.
    """
    path = folder / GROUPS
    own = path.is_file()
    path = path if own else folder / TRUTH
    if not path.is_file():
        return None
    groups: dict[str, str] = {}
    for number, (line, row) in enumerate(objects(path, problems), 1):
        try:
            name = (text(row, "group") if own else "") or str(number)
            for alert_id in texts(row, "alert_ids"):
                groups.setdefault(alert_id, name)
        except InvalidInputError as error:
            problems.add(path, line, error)
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
