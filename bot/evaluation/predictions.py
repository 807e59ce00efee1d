"""Predictions: what the product says about a case, moment by moment, as rows that any scorer can read.

The events are played in order through the engine that a replay uses, which decides and ranks by the code of
production. A row is written for each incident at 0, 300 and 900 s after its first alert and at each other
moment at which its card would change: alerts came to it (every few seconds at most), or its suspects say
something else.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import msgspec

from bot.domain.alert import AlertEvent, AlertStatus
from bot.domain.consequences import COUNTS_WAIT
from bot.domain.reranking import RERANK_AFTER
from bot.evaluation.given import GIVEN, labelled, set_apart
from bot.replay.engine import Engine
from bot.replay.happenings import Decided, Ranked

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime
    from typing import BinaryIO

    from bot.domain.alert import AlertKey, Occurrence
    from bot.domain.correlation import Parameters
    from bot.domain.rules import RuleSet
    from bot.domain.suspects import Ranking
    from bot.evaluation.cases import Case
    from bot.evaluation.truth import Group
    from bot.replay.happenings import Happened

    _Firing = tuple[AlertKey, datetime]

RESOLVED_AFTER: Final = timedelta(hours=2)
"""Nobody acts in an evaluation: after so long without an alert an incident is put away."""
_LAST: Final = max(RERANK_AFTER) + timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Prediction:
    """One incident at one moment. `at` is in epoch seconds, `suspects` are change ids with probabilities."""

    case: str
    incident: str
    group: Group | None
    at: float
    since_first_alert: float
    alert_ids: tuple[str, ...]
    suspects: tuple[tuple[str, float], ...]
    no_change: float
    shown: bool

    def row(self, case: Case) -> dict[str, Any]:
        """The documented form; ids that are numbers in the files of the case are numbers again."""
        alerts, changes = case.alert_numbers, case.change_numbers
        return {
            "case": self.case,
            "incident": self.incident,
            "group": self.group,
            "at": self.at,
            "since_first_alert": self.since_first_alert,
            "alert_ids": [alerts.get(name, name) for name in self.alert_ids],
            "suspects": [
                {"change_id": changes.get(name, name), "probability": chance}
                for name, chance in self.suspects
            ],
            "no_change_probability": self.no_change,
            "shown": self.shown,
        }


def write(predictions: Iterable[Prediction], case: Case, stream: BinaryIO) -> None:
    """Write the rows, one JSON object a line."""
    encoder = msgspec.json.Encoder()
    stream.writelines(encoder.encode(one.row(case)) + b"\n" for one in predictions)


def predict(case: Case, rules: RuleSet, parameters: Parameters) -> list[Prediction]:
    """Play a case to its end, end to end: the rules decide which alerts are one incident."""
    return _play(case, Engine(rules, case.catalog, parameters, resolve_after=RESOLVED_AFTER), {})


def predict_given(case: Case, parameters: Parameters, groups: Mapping[str, Group]) -> list[Prediction]:
    """Play a case with its grouping given, as the group of each alert id; other alerts open nothing."""
    engine = Engine(GIVEN, case.catalog, parameters, resolve_after=RESOLVED_AFTER)
    return _play(case, engine, groups)


def _play(case: Case, engine: Engine, groups: Mapping[str, Group]) -> list[Prediction]:
    watch = _Watch(case.name, engine, groups)
    for alert, fact in case.events():
        watch.see(engine.advance(fact.received_at))
        if isinstance(fact, AlertEvent):
            watch.hear(alert, fact)
            told = labelled(fact, groups.get(alert))
            set_apart(engine, told)
            watch.see(engine.feed(told))
        else:
            watch.see(engine.feed(fact))
    if engine.now is not None:
        watch.see(engine.advance(engine.now + _LAST))
    watch.flush(None)
    return watch.rows


@dataclass(slots=True)
class _Card:
    """One incident while the case is played.

    `members`: how many occurrences of it have been seen. `due`: a row is to be written as of then, when all
    that happens at that moment has been seen; the last was `written` then. `moments`: those still to come at
    which a row is written whatever happens.
    """

    first: datetime
    alert_ids: dict[str, None] = field(default_factory=dict)
    members: int = 0
    written: datetime | None = None
    ranking: Ranking | None = None
    due: datetime | None = None
    moments: tuple[datetime, ...] = ()
    group: Group | None = None

    @property
    def next_row(self) -> datetime | None:
        """As of when the next row is to be written, as far as is known."""
        return min((at for at in (self.due, *self.moments[:1]) if at is not None), default=None)


def _opened(occurrences: Iterable[Occurrence], now: datetime) -> _Card:
    first = min(one.received_at for one in occurrences)
    return _Card(first, moments=tuple(first + after for after in RERANK_AFTER if first + after >= now))


class _Watch:
    """Looks on while the engine plays, and writes down what a person would see."""

    def __init__(self, case: str, engine: Engine, groups: Mapping[str, Group]) -> None:
        self.rows: list[Prediction] = []
        self._case = case
        self._members, self._occurrences = engine.world.members, engine.world.occurrences
        self._groups = groups
        self._heard: dict[_Firing, dict[str, None]] = {}
        self._incident_of: dict[_Firing, str] = {}
        self._cards: dict[str, _Card] = {}
        self._pending: dict[str, _Card] = {}

    def hear(self, alert_id: str, event: AlertEvent) -> None:
        """An alert comes in: it is the same one as others of its fingerprint and start."""
        if event.status is AlertStatus.FIRING:
            firing = (event.key, event.starts_at)
            self._heard.setdefault(firing, {})[alert_id] = None

    def see(self, happenings: Iterable[Happened]) -> None:
        """Note what happened, in its order."""
        for one in happenings:
            self.flush(one.at)
            if isinstance(one, Decided):
                if one.event.status is AlertStatus.FIRING:
                    self._decided(one)
            elif isinstance(one, Ranked):
                self._ranked(one)

    def _decided(self, one: Decided) -> None:
        """Where an alert came to an incident, also one that was known under another id, a row is due.

        Where alerts come one after another, every few seconds: their number on a card waits as well. A firing
        that is heard of after a later one of its alert is told of where that one is.
        """
        firing = (one.event.key, one.event.starts_at)
        incident = one.decision.incident_id or self._incident_of.get(firing) or self._of_later(one.event)
        occurrences = self._members.get(incident or "")
        if incident is None or occurrences is None:
            return
        card = self._cards.get(incident)
        if card is None:
            card = self._cards[incident] = _opened(occurrences.values(), one.at)
        before = len(card.alert_ids)
        # Members are only ever added, and to look at all of a storm's with each of its alerts takes minutes.
        for known in [*islice(reversed(occurrences), max(len(occurrences) - card.members, 0))][::-1]:
            self._incident_of[known] = incident
            card.alert_ids.update(self._heard.get(known, {}))
        card.members = len(occurrences)
        card.alert_ids.update(self._heard.get(firing, {}))
        if len(card.alert_ids) > before:
            if card.group is None and self._groups:
                card.group = next((self._groups[one] for one in card.alert_ids if one in self._groups), None)
            if card.due is None:
                card.due = one.at if card.written is None else max(one.at, card.written + COUNTS_WAIT)
        self._pending[incident] = card

    def _of_later(self, event: AlertEvent) -> str | None:
        later = self._occurrences.get(event.key)
        return later.incident_id if later is not None and later.starts_at > event.starts_at else None

    def _ranked(self, one: Ranked) -> None:
        card = self._cards.get(one.incident_id)
        if card is None:
            return
        card.ranking = one.ranking
        if one.news:
            card.due = one.at
            self._pending[one.incident_id] = card

    def flush(self, now: datetime | None) -> None:
        """Write the rows of all moments before `now` (None: all that are left)."""
        for incident, card in list(self._pending.items()):
            while (at := card.next_row) is not None and (now is None or at < now):
                self._write(incident, card, at)
            if card.due is None and not card.moments:
                del self._pending[incident]

    def _write(self, incident: str, card: _Card, at: datetime) -> None:
        ranking = card.ranking
        self.rows.append(
            Prediction(
                case=self._case,
                incident=incident,
                group=card.group,
                at=at.timestamp(),
                since_first_alert=(at - card.first).total_seconds(),
                alert_ids=tuple(card.alert_ids),
                suspects=tuple((one.change.change_id, one.probability) for one in ranking.suspects)
                if ranking
                else (),
                no_change=ranking.no_change if ranking else 1.0,
                shown=ranking.shown if ranking else False,
            )
        )
        card.due, card.written = None, at
        card.moments = tuple(moment for moment in card.moments if moment > at)
