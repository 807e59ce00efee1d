"""What is wrong with real data, done to a case on purpose, to see how much is lost by it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import sha256
from random import Random
from typing import TYPE_CHECKING

from bot.domain.alert import UNKNOWN, event_identity
from bot.domain.catalog import Catalog, Service

if TYPE_CHECKING:
    from bot.domain.alert import AlertEvent
    from bot.domain.change import Change
    from bot.evaluation.cases import Case, CaseAlert


@dataclass(frozen=True, slots=True)
class Damage:
    """Shares from 0 to 1: of the calls that the graph lacks, and of alerts and changes without their service.

    `skew`: seconds by which the clock of each service is off, this way or that. The same case is always
    damaged in the same way, also under another name.
    """

    calls_missing: float = 0.0
    unnamed: float = 0.0
    skew: float = 0.0

    def __bool__(self) -> bool:
        return bool(self.calls_missing or self.unnamed or self.skew)

    def done_to(self, case: Case) -> Case:
        """The damaged case."""
        own = _digest(case)
        clocks = Random(f"clocks/{own}")  # noqa: S311 - the chance of an experiment
        off = {
            name: timedelta(seconds=clocks.choice((-self.skew, self.skew)))
            for name in sorted(case.catalog.names() | {UNKNOWN})
        }
        chance = Random(f"unnamed/{own}")  # noqa: S311 - the same
        nameless = {
            change_id
            for change_id in dict.fromkeys(change.change_id for change in case.changes)
            if chance.random() < self.unnamed
        }
        return replace(
            case,
            catalog=self._thinned(case.catalog, own),
            alerts=tuple(self._alert(one, chance.random() < self.unnamed) for one in case.alerts),
            changes=tuple(
                _change(change, off.get(change.service, timedelta()), change.change_id in nameless)
                for change in case.changes
            ),
        )

    def _thinned(self, catalog: Catalog, own: str) -> Catalog:
        chance = Random(f"calls/{own}")  # noqa: S311 - the same
        return Catalog(
            Service(
                one.name,
                depends_on=tuple(to for to in one.depends_on if chance.random() >= self.calls_missing),
            )
            for one in catalog.services.values()
        )

    def _alert(self, one: CaseAlert, nameless: bool) -> CaseAlert:
        if not nameless:
            return one
        ended = None if one.ended is None else _nameless(one.ended, one.alert_id)
        return replace(one, fired=_nameless(one.fired, one.alert_id), ended=ended)


def _digest(case: Case) -> str:
    """What the chance of a case rests on: its events, wherever its folder lies and whatever it is called."""
    ids = [one.fired.event_id for one in case.alerts]
    ids += [f"{one.change_id} {one.time.isoformat()}" for one in case.changes]
    return sha256("\n".join(ids).encode()).hexdigest()


def _nameless(event: AlertEvent, alert_id: str) -> AlertEvent:
    """The event without what gives its service away: its label, its fingerprint, its summary."""
    labels = {name: value for name, value in event.labels.items() if value != event.service}
    identity = event_identity(event.source, alert_id, event.starts_at, event.status, event.ends_at)
    return replace(
        event, event_id=identity, fingerprint=alert_id, service=UNKNOWN, labels=labels, annotations={}
    )


def _change(change: Change, off: timedelta, nameless: bool) -> Change:
    """Its sender's clock is off, the moment of receipt is not."""
    waves = tuple(replace(wave, time=wave.time + off) for wave in change.waves)
    ended_at = None if change.ended_at is None else change.ended_at + off
    moved = replace(change, time=change.time + off, waves=waves, ended_at=ended_at)
    return replace(moved, service=UNKNOWN, summary="") if nameless else moved
