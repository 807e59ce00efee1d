"""Incidents whose cause is known, as examples to learn from: by verdicts, or from cases with their truth."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from bot.domain.alert import UNKNOWN
from bot.domain.change import LONGEST_ROLLOUT, as_told
from bot.domain.correlation import suspect_services
from bot.domain.pace import LOOKED_OVER
from bot.domain.suspects import Evidence, Seen, first_onsets
from bot.domain.verdicts import key_of
from bot.replay.paces import Paces

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from bot.domain.alert import AlertEvent, Occurrence
    from bot.domain.catalog import Catalog
    from bot.domain.change import Change
    from bot.domain.incident import Incident
    from bot.domain.pace import Pace
    from bot.domain.suspicion import Parameters
    from bot.domain.verdicts import ChangeKey
    from bot.evaluation.cases import Case
    from bot.evaluation.truth import Fault

LOOKED_AT: Final = timedelta(minutes=15)
"""How long after its first alert an incident is looked at to learn from it: its last planned ranking."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """An incident that was judged: its alerts, the changes around it, and its cause (None: no change).

    The changes are those of a week, so that it is known what is usual.
    """

    incident: Incident
    alerts: tuple[Occurrence, ...]
    changes: tuple[Change, ...]
    cause: Change | None


@dataclass(frozen=True, slots=True)
class Example:
    """What was known of an incident 15 minutes after its first alert, and what caused it (None: no change).

    `candidates` are the changes that it could be blamed on, by the same rules as in production, `pace` how
    often services were changed.
    """

    evidence: Evidence
    candidates: tuple[Change, ...]
    catalog: Catalog
    cause: ChangeKey | None
    pace: Pace | None = None


def example_of(labelled: Labelled, catalog: Catalog, parameters: Parameters) -> Example | None:
    """An incident of the database as an example; None where it names neither alerts nor services."""
    incident = labelled.incident
    if not labelled.alerts:
        if not incident.services:
            return None
        onsets = dict.fromkeys(incident.services, incident.onset)
        evidence = Evidence(incident.id, incident.environment, incident.onset + LOOKED_AT, onsets)
    else:
        evidence = _evidence(incident.id, incident.environment, labelled.alerts)
    cause = None if labelled.cause is None else key_of(labelled.cause)
    return _example(evidence, labelled.changes, catalog, cause, parameters)


def examples_of(case: Case, faults: Iterable[Fault], parameters: Parameters) -> Iterator[Example]:
    """The faults of a case as examples, each with the alerts that are its own."""
    alerts = {one.alert_id: one.fired for one in case.alerts}
    for fault in faults:
        own = [alerts[one] for one in fault.alert_ids if one in alerts]
        if not own:
            continue
        evidence = _evidence(f"{case.name}/{fault.number}", own[0].environment, own)
        known = {key_of(one): one for one in case.changes if one.received_at <= evidence.at}
        guilty = [key for key in known if key[1] in fault.causes]
        cause = (guilty or [("", "")])[0] if fault.by_change else None
        yield _example(evidence, list(known.values()), case.catalog, cause, parameters)


def _pace(changes: Iterable[Change], at: datetime, look_back: float) -> Pace | None:
    """How often services were changed in the week before, by what was known then."""
    paces = Paces()
    told = [one for one in changes if at - LOOKED_OVER <= one.received_at <= at]
    for one in sorted(told, key=lambda change: change.received_at):
        paces.hear(one)
    return paces.pace(at, look_back)


def _evidence(name: str, environment: str, alerts: Sequence[Occurrence | AlertEvent]) -> Evidence:
    at = min(one.received_at for one in alerts) + LOOKED_AT
    heard = sorted((one for one in alerts if one.received_at <= at), key=lambda one: one.starts_at)
    seen = tuple(
        Seen(
            service=one.service,
            name=one.name,
            onset=min(one.starts_at, one.received_at),
            summary=one.annotations.get("summary", ""),
            labels=one.labels,
        )
        for one in heard
    )
    return Evidence(name, environment, at, first_onsets((one.service, one.onset) for one in seen), seen)


def _example(
    evidence: Evidence,
    changes: Sequence[Change],
    catalog: Catalog,
    cause: ChangeKey | None,
    parameters: Parameters,
) -> Example:
    pace = _pace(changes, evidence.at, parameters.look_back)
    services = suspect_services(evidence, catalog, parameters, pace)
    since = evidence.onset - timedelta(seconds=parameters.look_back)
    places = {evidence.environment, UNKNOWN}
    candidates = tuple(
        one
        for one in changes
        if one.service in services
        and since - LONGEST_ROLLOUT <= one.time <= evidence.at
        and since <= as_told(one, evidence.at).latest
        and (evidence.environment == UNKNOWN or one.environment in places)
    )
    return Example(evidence, candidates, catalog, cause, pace)
