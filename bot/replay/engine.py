"""Plays events and changes on their own clock through the production's decisions, with nothing done outside.

The clock is `received_at`. Each alert is decided on by itself, in order; timers ring in between.
"""

from __future__ import annotations

from datetime import timedelta
from heapq import heappop, heappush
from itertools import count
from typing import TYPE_CHECKING, Final

from bot.domain.alert import AlertEvent
from bot.domain.correlation import rank, suspect_services
from bot.domain.decide import decide
from bot.domain.decisions import Happening
from bot.domain.effects import Timer, TimerKind
from bot.domain.evidence import evidence_of
from bot.domain.explainable import alerting_services, could_explain
from bot.domain.incident import State
from bot.domain.news import says_the_same, shows_the_same
from bot.domain.opening_scope import opening_scope
from bot.domain.reranking import next_rerank
from bot.replay.happenings import Cause, Closed, Decided, Rang, Ranked
from bot.replay.world import World

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from bot.domain.catalog import Catalog
    from bot.domain.change import Change
    from bot.domain.correlation import Parameters
    from bot.domain.decisions import Outcome
    from bot.domain.rules import RuleSet
    from bot.replay.happenings import Happened

NOBODY: Final = "quiet"
"""Who resolves an incident in a replay."""
_TIDIED_EVERY: Final = timedelta(minutes=10)
_UNLOCKED: Final[frozenset[str]] = frozenset()


class Engine:
    """One run of a rule set over a history.

    `new_id` makes the ids of incidents (`incident-1`, `incident-2`, ... unless said otherwise). Without
    `ranking` no suspects are weighed. Nobody acts in a replay, so an incident whose alerts have all ended is
    only monitored; with `resolve_after` it counts as resolved when it has been monitored for so long.
    """

    def __init__(
        self,
        rules: RuleSet,
        catalog: Catalog,
        parameters: Parameters,
        *,
        new_id: Callable[[], str] | None = None,
        ranking: bool = True,
        resolve_after: timedelta | None = None,
    ) -> None:
        self.world = World()
        self.now: datetime | None = None
        self._rules = rules
        self._catalog = catalog
        self._parameters = parameters
        self._look_back = timedelta(seconds=parameters.look_back)
        self._new_id = new_id or _numbered()
        self._ranking = ranking
        self._resolve_after = resolve_after
        self._timers: list[tuple[datetime, int, Timer | str]] = []
        self._set = count()
        self._first_alerts: dict[str, datetime] = {}
        self._tidy_at: datetime | None = None

    def feed(self, fact: AlertEvent | Change) -> list[Happened]:
        """Take in the next fact; first every timer rings that is due by then.

        Facts come in the order of `received_at`; one that comes late does not turn the clock back.
        """
        happened = self.advance(fact.received_at)
        if isinstance(fact, AlertEvent):
            self._alert(fact, happened)
        else:
            self._change(fact, happened)
        return happened

    def advance(self, to: datetime) -> list[Happened]:
        """Let time pass; gives what the timers brought about."""
        happened: list[Happened] = []
        while self._timers and self._timers[0][0] <= to:
            due_at, _, what = heappop(self._timers)
            if isinstance(what, Timer):
                self._ring(what, happened)
            else:
                self._close_if_quiet(what, due_at, happened)
        if self.now is None or to > self.now:
            self.now = to
        if self._tidy_at is None or to >= self._tidy_at:
            self._tidy_at = to + _TIDIED_EVERY
            self.world.forget(to, self._rules, self._look_back)
        return happened

    def _alert(self, event: AlertEvent, happened: list[Happened]) -> None:
        outcome = self._decide(event)
        self.world.save(outcome)
        at = event.received_at
        happened += [Decided(at, event, decision) for decision in outcome.decisions]
        for incident_id, how in outcome.happened.items():
            if Happening.OPENED in how:
                self._opened(outcome, incident_id, at, happened)
            elif Happening.REOPENED in how:
                self._rank(incident_id, at, Cause.REOPENED, happened)
            elif Happening.NEW_SERVICE in how:
                self._rank(incident_id, at, Cause.JOINED, happened)
            if self._resolve_after is not None and Happening.MONITORING in how:
                self._remind(at + self._resolve_after, incident_id)

    def _decide(self, event: AlertEvent) -> Outcome:
        """As the consumers do: without the lock first, and again with what an opening needs."""
        rules, catalog, new_id = self._rules, self._catalog, self._new_id
        routed = rules.route(event)
        one = (routed,)
        snapshot = self.world.load(routed, None)
        outcome = decide(one, snapshot, rules=rules, catalog=catalog, locked=_UNLOCKED, new_id=new_id)
        if not outcome.needs_lock:
            return outcome
        locked = frozenset(outcome.needs_lock)
        snapshot = self.world.load(routed, opening_scope(one, locked, rules, catalog))
        return decide(one, snapshot, rules=rules, catalog=catalog, locked=locked, new_id=new_id)

    def _change(self, change: Change, happened: list[Happened]) -> None:
        if not self.world.changes.add(change) or not self._ranking:
            return
        services = alerting_services(change, self._catalog)
        concerned = [
            incident.id
            for incident in self.world.heard_since(change.time)
            if could_explain(change, services, incident, self._look_back)
        ]
        for incident_id in sorted(concerned):
            self._rank(incident_id, change.received_at, Cause.CHANGE, happened)

    def _opened(self, outcome: Outcome, incident_id: str, at: datetime, happened: list[Happened]) -> None:
        self._rank(incident_id, at, Cause.OPENED, happened)
        heard = [one.received_at for one in outcome.occurrences.values() if one.incident_id == incident_id]
        self._rerank_later(incident_id, min(heard, default=at), at)

    def _rerank_later(self, incident_id: str, first_alert_at: datetime, now: datetime) -> None:
        due_at = next_rerank(first_alert_at, now) if self._ranking else None
        if due_at is not None:
            self._first_alerts[incident_id] = first_alert_at
            self._remind(due_at, Timer(TimerKind.RERANK, incident_id, due_at))

    def _rank(self, incident_id: str, at: datetime, cause: Cause, happened: list[Happened]) -> None:
        if not self._ranking:
            return
        incident = self.world.incidents[incident_id]
        evidence = evidence_of(incident, self.world.members.get(incident_id, {}).values(), at)
        services = suspect_services(evidence, self._catalog, self._parameters)
        candidates = self.world.changes.candidates(evidence, services, self._look_back)
        ranking = rank(evidence, candidates, self._catalog, self._parameters)
        known = self.world.rankings.get(incident_id)
        if not says_the_same(known, ranking):
            self.world.rankings[incident_id] = ranking
        happened.append(Ranked(at, incident_id, ranking, cause, not shows_the_same(known, ranking)))

    def _remind(self, due_at: datetime, what: Timer | str) -> None:
        heappush(self._timers, (due_at, next(self._set), what))

    def _ring(self, timer: Timer, happened: list[Happened]) -> None:
        happened.append(Rang(timer.due_at, timer))
        first_alert_at = self._first_alerts.pop(timer.subject)
        incident = self.world.incidents.get(timer.subject)
        if incident is not None and incident.is_open:
            self._rank(incident.id, timer.due_at, Cause.TIMER, happened)
            self._rerank_later(incident.id, first_alert_at, timer.due_at)

    def _close_if_quiet(self, incident_id: str, at: datetime, happened: list[Happened]) -> None:
        """Where it fired again meanwhile, a later reminder is set or will be."""
        incident = self.world.incidents.get(incident_id)
        if incident is None or incident.state is not State.MONITORING or incident.monitoring_at is None:
            return
        if self._resolve_after is not None and incident.monitoring_at + self._resolve_after <= at:
            self.world.resolve(incident, at, NOBODY)
            happened.append(Closed(at, incident_id))


def _numbered() -> Callable[[], str]:
    numbers = count(1)
    return lambda: f"incident-{next(numbers)}"
