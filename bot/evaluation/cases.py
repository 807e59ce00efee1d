"""A case as it lies in a folder: the call graph, the alerts and the changes; never the truth.

Rows may be late, repeated or out of order, and have fields that nobody knows. What a row tells of the future
(the end of an alert, later waves of a change) becomes an event of its own at its time, so that whoever plays
the events in order is not told too early.
"""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from bot.domain.alert import UNKNOWN, AlertEvent, AlertStatus
from bot.domain.catalog import Catalog, Service
from bot.domain.errors import ConfigurationError, InvalidInputError
from bot.evaluation.case_changes import changes_of
from bot.evaluation.rows import Forgiving, Problems, identifier, moment, numbering, objects, require_moment
from bot.evaluation.truth import GROUPS, TRUTH
from bot.ingest.alerts import MAX_LABEL_VALUE, alert_event, bounded, cut
from bot.ingest.document import json_type, read_json, require_object
from bot.ingest.labels import USUAL, LabelPolicy

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from bot.domain.change import Change

SOURCE: Final = "case"
ALERTS: Final = "alerts.jsonl"
CHANGES: Final = "changes.jsonl"
TOPOLOGY: Final = "topology.json"
_OF_A_CASE: Final = frozenset({CHANGES, GROUPS, TRUTH})
"""Below the top, a folder with one of these is a case whose alerts are missing, and says so."""
_NEVER_FIRED: Final = "is resolved, but nothing of its fingerprint fired before; write ts and resolved_ts"
_TAKEN: Final = "is the id of another alert, too; no row of the predictions says which of them it means"


@dataclass(frozen=True, slots=True)
class CaseAlert:
    """One row of `alerts.jsonl`: its id, the notification that it fires, and the one that it has ended."""

    alert_id: str
    fired: AlertEvent
    ended: AlertEvent | None


@dataclass(frozen=True, slots=True)
class Case:
    """One case, ready to be played. `alerts` and `changes` are in order of receipt.

    Ids are text here; `alert_numbers` and `change_numbers` give back those that are numbers in the files.
    """

    name: str
    folder: Path
    catalog: Catalog
    alerts: tuple[CaseAlert, ...]
    changes: tuple[Change, ...]
    problems: Problems = field(default_factory=Problems)
    alert_numbers: Mapping[str, int | float] = field(default_factory=dict)
    change_numbers: Mapping[str, int | float] = field(default_factory=dict)

    def events(self) -> list[tuple[str, AlertEvent | Change]]:
        """All that happens, each with the id of its row, in the order in which it is heard of.

        At one moment, changes come first, then what has ended, then what fires; an alert that has ended by
        the time it is heard of ends right after it has fired.
        """
        heard: list[tuple[tuple[datetime, int, int, int], str, AlertEvent | Change]] = [
            ((change.received_at, 0, index, 0), change.change_id, change)
            for index, change in enumerate(self.changes)
        ]
        for index, alert in enumerate(self.alerts):
            fired, ended = alert.fired, alert.ended
            heard.append(((fired.received_at, 2, index, 0), alert.alert_id, fired))
            if ended is not None:
                turn = 1 if ended.received_at > fired.received_at else 2
                heard.append(((ended.received_at, turn, index, 1), alert.alert_id, ended))
        heard.sort(key=lambda one: one[0])
        return [one[1:] for one in heard]


def case_folders(root: Path) -> list[tuple[str, Path]]:
    """The cases in a folder, each by its name; the folder may be a case itself, if it holds alerts.

    Raises:
        ConfigurationError: there is none.
    """
    if (root / ALERTS).is_file():
        return [(root.resolve().name, root)]
    found = sorted(_folders(root))
    if not found:
        raise ConfigurationError(f"{root} holds no case: a folder with {ALERTS}")
    return [(folder.relative_to(root).as_posix(), folder) for folder in found]


def _folders(root: Path) -> Iterator[Path]:
    """Those that hold alerts, also behind symbolic links; each once, and under its own name if it has one."""
    linked: list[Path] = []
    seen: set[Path] = set()
    for start in chain([root], linked):
        for place, below, files in os.walk(start):
            folder = Path(place)
            if folder.resolve() in seen:
                below.clear()
                continue
            seen.add(folder.resolve())
            linked += [folder / name for name in sorted(below) if (folder / name).is_symlink()]
            if ALERTS in files or (folder != root and not _OF_A_CASE.isdisjoint(files)):
                yield folder


def read_case(name: str, folder: Path, policy: LabelPolicy = USUAL) -> Case:
    """Read a case; bad rows are skipped and listed in its `problems`, and so is what the call graph lacks.

    What an alert's row does not say itself of service and environment, its labels say by the policy.
    """
    problems = Problems()
    path = folder / CHANGES
    change_numbers: dict[str, int | float] = {}
    rows = list(numbering(objects(path, problems), change_numbers)) if path.is_file() else []
    changes = changes_of(rows, path, problems, SOURCE, policy)
    environment = _environment(changes)
    path = folder / ALERTS
    # What is wrong with rows is told in their order, so that they are read one by one.
    numbers: dict[str, int | float] = {}
    alerts: tuple[CaseAlert, ...] = ()
    if path.is_file():
        alerts = _alerts(numbering(objects(path, problems), numbers), path, environment, problems, policy)
    else:
        problems.texts.append(f"{path}: is missing; nothing is predicted")
    catalog = _catalog(folder, problems)
    return Case(name, folder, catalog, alerts, changes, problems, numbers, change_numbers)


def _environment(changes: Sequence[Change]) -> str:
    """Where alerts happen that do not say so: where all changes are made, if that is one place."""
    named = Counter(change.environment for change in changes if change.environment != UNKNOWN)
    return next(iter(named)) if len(named) == 1 else UNKNOWN


def _catalog(folder: Path, problems: Problems) -> Catalog:
    path = next((at for at in (folder / TOPOLOGY, folder.parent / TOPOLOGY) if at.is_file()), None)
    if path is None:
        return Catalog()
    its = Forgiving(problems, path, 1)
    empty: dict[str, Any] = {}
    nothing: list[Any] = []
    document = its.read(lambda: require_object(read_json(path.read_bytes())), empty)
    callees: dict[str, list[str]] = {}
    for one in its.read(lambda: _listed(document, "services"), nothing):
        if name := its.read(partial(_named, one), ""):
            callees.setdefault(name, [])
    for edge in its.read(lambda: _listed(document, "edges"), nothing):
        if ends := its.read(partial(_ends, edge), None):
            callees.setdefault(ends[0], []).append(ends[1])
    return Catalog(Service(name, depends_on=tuple(dict.fromkeys(below))) for name, below in callees.items())


def _named(service: Any) -> str:
    return service if isinstance(service, str) else identifier(require_object(service, "services"), "name")


def _ends(edge: Any) -> tuple[str, str] | None:
    """Who calls whom: an object, or the two in a list."""
    match edge:
        case [str(caller), str(callee)]:
            return caller, callee
    row = require_object(edge, "edges")
    return identifier(row, "caller"), identifier(row, "callee")


def _listed(document: Mapping[str, Any], name: str) -> list[Any]:
    value = document.get(name)
    if value is None:
        return []
    if not isinstance(value, list):
        raise InvalidInputError(name, f"must be a list, not {json_type(value)}")
    return value


class _End(NamedTuple):
    """A row that says that an alert has ended; `whole` is that alert, where the row says when it began."""

    line: int
    fingerprint: str
    at: datetime
    whole: CaseAlert | None


def _alerts(
    rows: Iterable[tuple[int, dict[str, Any]]],
    path: Path,
    environment: str,
    problems: Problems,
    policy: LabelPolicy,
) -> tuple[CaseAlert, ...]:
    fired: list[CaseAlert] = []
    ends: list[_End] = []
    of_id: dict[str, str] = {}
    for line, row in rows:
        its = Forgiving(problems, path, line)
        try:
            alert_id, name = identifier(row, "id"), its.text(row, "name", default="alert")
            fingerprint = its.text(row, "fingerprint") or f"{name}|{its.text(row, 'service')}"
            if of_id.setdefault(alert_id, fingerprint) != fingerprint:
                problems.note(path, line, InvalidInputError("id", f"{alert_id} {_TAKEN}"))
            over = its.text(row, "status") == AlertStatus.RESOLVED
            began, ended = moment(row, "ts"), its.moment(row, "resolved_ts")
            whole = None
            if not over or (began and ended):
                whole = _alert(row, alert_id, name, fingerprint, environment, its=its, policy=policy)
            if over:
                ends.append(_End(line, fingerprint, ended or require_moment(row, "ts"), whole))
            elif whole is not None:
                fired.append(whole)
        except InvalidInputError as error:
            problems.add(path, line, error)
    for one in ends:
        if not _put_to_its_firing(one, fired):
            problems.add(path, one.line, InvalidInputError("status", _NEVER_FIRED))
    return tuple(sorted(fired, key=_in_order))


def _in_order(one: CaseAlert) -> tuple[datetime, datetime, str, str]:
    return one.fired.received_at, one.fired.starts_at, one.alert_id, one.fired.fingerprint


def _alert(
    row: dict[str, Any],
    alert_id: str,
    name: str,
    fingerprint: str,
    environment: str,
    *,
    its: Forgiving,
    policy: LabelPolicy,
) -> CaseAlert:
    """The alert of a row; it needs its times, and what else cannot be read of it is passed over."""
    stated = {
        "alertname": name,
        "service": its.text(row, "service"),
        "severity": its.text(row, "severity"),
        "environment": its.text(row, "environment", "env"),
    }
    known = {**its.labels(row, "labels"), **{name: value for name, value in stated.items() if value}}
    known = bounded(known, MAX_LABEL_VALUE, "labels")
    naming = _naming(policy, service=bool(stated["service"]), environment=bool(stated["environment"]))
    if environment != UNKNOWN and not any(known.get(one) for one in naming.environment):
        known[naming.environment[0]] = environment
    starts_at = require_moment(row, "ts")
    received_at = moment(row, "received_ts") or starts_at
    resolved_at = its.moment(row, "resolved_ts")
    summary = cut(its.text(row, "summary"), MAX_LABEL_VALUE)

    def event(status: AlertStatus, ends_at: datetime | None, at: datetime) -> AlertEvent:
        return alert_event(
            source=SOURCE,
            fingerprint=fingerprint,
            status=status,
            labels=known,
            annotations={"summary": summary} if summary else {},
            starts_at=starts_at,
            ends_at=ends_at,
            generator_url="",
            received_at=at,
            policy=naming,
        )

    ended = None
    if resolved_at is not None:
        ended = event(AlertStatus.RESOLVED, resolved_at, max(resolved_at, received_at))
    return CaseAlert(alert_id, event(AlertStatus.FIRING, None, received_at), ended)


def _put_to_its_firing(end: _End, fired: list[CaseAlert]) -> bool:
    """Put an end to the latest firing that it can end; one that ends none is an alert of its own.

    False where it neither ends one nor says when it began. What is told again has been put before.
    """
    own = [(one, index) for index, one in enumerate(fired) if one.fired.fingerprint == end.fingerprint]
    before = [
        (one.fired.starts_at, index)
        for one, index in own
        if one.fired.starts_at <= end.at and one.ended is None
    ]
    if before:
        _, index = max(before)
        one = fired[index]
        fired[index] = CaseAlert(one.alert_id, one.fired, _ended(one.fired, end.at))
        return True
    if any(one.ended is not None and one.ended.ends_at == end.at for one, _ in own):
        return True
    if end.whole is None:
        return False
    fired.append(end.whole)
    return True


@lru_cache(maxsize=16)
def _naming(policy: LabelPolicy, *, service: bool, environment: bool) -> LabelPolicy:
    """The policy, where the row itself says what service or environment it is about: that goes first."""
    return replace(
        policy,
        service=("service", *policy.service) if service else policy.service,
        environment=("environment", *policy.environment) if environment else policy.environment,
    )


def _ended(fired: AlertEvent, at: datetime) -> AlertEvent:
    ended = alert_event(
        source=fired.source,
        fingerprint=fired.fingerprint,
        status=AlertStatus.RESOLVED,
        labels=fired.labels,
        annotations=fired.annotations,
        starts_at=fired.starts_at,
        ends_at=at,
        generator_url="",
        received_at=max(at, fired.received_at),
        policy=USUAL,
    )
    return replace(ended, name=fired.name, service=fired.service, environment=fired.environment)
