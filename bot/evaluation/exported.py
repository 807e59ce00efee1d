"""Labelled incidents as a case folder in the documented form, with no more than an evaluation needs.

Authors, links and annotations other than the summary never leave; of the labels only those that the model
reads do. Redacted, every name becomes a number, and texts go.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from bot.domain.alert import UNKNOWN
from bot.domain.change import EVERYWHERE
from bot.domain.places import ANYWHERE, stated_places
from bot.domain.suspicion import DEFAULT_PARAMETERS
from bot.domain.verdicts import key_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from bot.domain.alert import Occurrence
    from bot.domain.catalog import Catalog
    from bot.domain.change import Change
    from bot.evaluation.labelled import Labelled

Row = dict[str, Any]
_SEVERITY: Final = "severity"
_AS_THEY_ARE: Final = {UNKNOWN, "", *EVERYWHERE}


@dataclass(slots=True)
class Names:
    """What is called how in the export: as it is, or as the next number of its kind.

    One of these for a whole export, so that a service has one name in every case.
    """

    redact: bool = False
    _numbers: dict[tuple[str, str], str] = field(default_factory=dict)

    def of(self, kind: str, name: str) -> str:
        """The name to write for this name of a `kind` (its first letter goes before the number)."""
        if not self.redact or name in _AS_THEY_ARE:
            return name
        key = (kind, name)
        if key not in self._numbers:
            taken = sum(known == kind for known, _ in self._numbers)
            self._numbers[key] = f"{kind[0]}{taken + 1:04d}"
        return self._numbers[key]

    def places(self, part: str, stated: str) -> str:
        """What a scope says of one of its parts; where it lists places, each keeps its own name."""
        if not self.redact:
            return stated.lower()
        return ",".join(one if one in ANYWHERE else self.of(part, one) for one in stated_places(stated))

    def text(self, text: str) -> str:
        """A text that people wrote; gone where it may name what is redacted."""
        return "" if self.redact else text


@dataclass(frozen=True, slots=True)
class ExportedCase:
    """The files of one case, as rows."""

    name: str
    alerts: tuple[Row, ...]
    changes: tuple[Row, ...]
    truth: tuple[Row, ...]


def topology(catalog: Catalog, names: Names) -> Row:
    """The call graph."""
    edges = sorted((one.name, callee) for one in catalog.services.values() for callee in one.depends_on)
    return {
        "services": [names.of("service", name) for name in sorted(catalog.names())],
        "edges": [
            {"caller": names.of("service", caller), "callee": names.of("service", callee)}
            for caller, callee in edges
        ],
    }


def exported(labelled: Labelled, names: Names) -> ExportedCase:
    """One labelled incident as a case."""
    ids = _ids(labelled.changes, names)
    parts = {part for change in labelled.changes for part in change.scope}
    alerts = tuple(_alert(one, number, parts, names) for number, one in enumerate(labelled.alerts, start=1))
    return ExportedCase(
        name=names.of("incident", labelled.incident.name),
        alerts=alerts,
        changes=tuple(_change(one, ids, names) for one in labelled.changes),
        truth=(_truth(labelled, [one["id"] for one in alerts], ids, names),),
    )


def _ids(changes: Iterable[Change], names: Names) -> dict[tuple[str, str], str]:
    """What each change is called: by its id, with its source where two have the same one."""
    sources: dict[str, set[str]] = {}
    for one in changes:
        sources.setdefault(one.change_id, set()).add(one.source)
    return {
        key_of(one): names.of(
            "change", one.change_id if len(sources[one.change_id]) == 1 else f"{one.source}/{one.change_id}"
        )
        for one in changes
    }


def _alert(alert: Occurrence, number: int, parts: Iterable[str], names: Names) -> Row:
    row: Row = {
        "id": f"a{number:04d}",
        **_moment("ts", min(alert.starts_at, alert.received_at)),
        "received_ts": _stamp(alert.received_at),
        "status": "firing",
        "name": names.of("rule", alert.name),
        "service": names.of("service", alert.service),
        "env": names.of("environment", alert.environment),
        "severity": alert.labels.get(_SEVERITY, ""),
        "labels": dict(_labels(alert.labels, parts, names)),
        "fingerprint": names.of("fingerprint", alert.fingerprint),
        "summary": names.text(alert.annotations.get("summary", "")),
        "resolved_ts": None if alert.ends_at is None else _stamp(alert.ends_at),
    }
    return row


def _labels(labels: Mapping[str, str], parts: Iterable[str], names: Names) -> Iterator[tuple[str, str]]:
    """The labels that name a place of some change's scope, or a version."""
    for part in sorted(parts):
        for label in DEFAULT_PARAMETERS.places.labels.get(part, (part,)):
            if labels.get(label):
                yield label, names.of(part, labels[label].lower())
    for label in DEFAULT_PARAMETERS.versions.labels:
        if labels.get(label):
            yield label, names.of("version", labels[label])


def _change(change: Change, ids: Mapping[tuple[str, str], str], names: Names) -> Row:
    row: Row = {
        "id": ids[key_of(change)],
        **_moment("ts", change.time),
        "received_ts": _stamp(change.received_at),
        "type": change.kind.value,
        "service": names.of("service", change.service),
        "env": names.of("environment", change.environment),
        "summary": names.text(change.summary),
        "version": names.of("version", change.version),
        "previous_version": names.of("version", change.previous_version),
        "scope": {part: names.places(part, stated) for part, stated in sorted(change.scope.items())},
    }
    if change.ended_at is not None:
        row["ended_ts"] = _stamp(change.ended_at)
    if change.waves:
        row["waves"] = [{"ts": _stamp(one.time), "share": one.share} for one in change.waves]
    undone = ids.get((change.source, change.rolls_back))
    if undone is not None:
        row["rolls_back"] = undone
    return row


def _truth(labelled: Labelled, alert_ids: list[str], ids: Mapping[tuple[str, str], str], names: Names) -> Row:
    cause = labelled.cause
    root: Row = {"kind": "none", "change_ids": [], "change_type": None, "service": None}
    if cause is not None:
        root = {
            "kind": "change",
            "change_ids": [ids[key_of(cause)]],
            "change_type": cause.kind.value,
            "service": names.of("service", cause.service),
        }
    return {
        "case_id": names.of("incident", labelled.incident.name),
        "root_cause": root,
        "alert_ids": alert_ids,
        "onset_ts": _stamp(labelled.incident.onset),
    }


def _moment(name: str, moment: datetime) -> Row:
    return {name: _stamp(moment), f"{name}_epoch": moment.timestamp()}


def _stamp(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
