"""Plays events and changes on their own clock through the production's decisions, with nothing done outside.

The clock is `received_at`. Each alert is decided on by itself, in order; timers ring in between.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING, Final

from bot.domain.alert import AlertEvent, event_identity
from bot.domain.consequences import pages_of
from bot.domain.decide import decide, repetition
from bot.domain.decisions import MAY_BE_OF_OTHER_CAUSE, Happening
from bot.domain.explainable import could_explain, told
from bot.domain.incident import State
from bot.domain.maintenance import MaintenancePolicy
from bot.domain.opening_scope import opening_scope
from bot.domain.reranking import next_look, next_rerank, rerank_after_rollback
from bot.domain.timer import DECIDING, Timer, TimerKind
from bot.domain.waking import again, concerned, incident_of, ring
from bot.replay.alarms import Alarms, Closing
from bot.replay.forgetting import forget
from bot.replay.happenings import Brought, Cause, Closed, Decided, Paged, Rang
from bot.replay.ranking import weigh
from bot.replay.reading import read
from bot.replay.world import World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bot.domain.catalog import Catalog
    from bot.domain.change import Change
    from bot.domain.correlation import Parameters
    from bot.domain.decisions import Outcome
    from bot.domain.explainable import Told
    from bot.domain.rules import Routed, RuleSet
    from bot.replay.happenings import Happened

NOBODY: Final = "nobody"
"""Who resolves an incident in a replay."""
_TIDIED_EVERY: Final = timedelta(minutes=30)
"""At most so often, for to tidy up is to look through everything that is known."""
_FEW_ALERTS: Final = 1_000
"""Where more alerts are known, it is tidied up only after half as many facts."""
_NO_KINDS: Final = MaintenancePolicy()
_EVER: Final = datetime.min.replace(tzinfo=UTC)
_UNLOCKED: Final[frozenset[str]] = frozenset()


class Engine:
    """One run of a rule set over a history.

    `new_id` makes the ids of incidents (`incident-1`, `incident-2`, ... unless said otherwise). Without
    `ranking` no suspects are weighed. Nobody acts in a replay, so an incident whose alerts have all ended is
    only monitored; with `resolve_after` it counts as resolved when it has been monitored for so long. With
    `pages` it is also told when somebody would have been woken. A `lean` engine, which ranks nothing, keeps
    no alerts of incidents: its memory is what still fires. `maintenance` says which changes quieten alerts.
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
        pages: bool = False,
        lean: bool = False,
        maintenance: MaintenancePolicy = _NO_KINDS,
    ) -> None:
        self.world = World(lean=lean and not ranking)
        self.now: datetime | None = None
        self._rules = rules
        self._catalog = catalog
        self._parameters = parameters
        self._look_back = timedelta(seconds=parameters.look_back)
        self._skew = timedelta(seconds=parameters.skew)
        self._new_id = new_id or _numbered()
        self._ranking = ranking
        self._resolve_after = resolve_after
        self._pages = pages
        self._maintenance = maintenance
        self._alarms = Alarms()
        self._paged: set[str] = set()
        self._tidy_at = _EVER
        self._untidy = 0

    def feed(self, fact: AlertEvent | Change) -> list[Happened]:
        """Take in the next fact; first every timer rings that is due by then.

        Facts come in the order of `received_at`; one that comes late does not turn the clock back.
        """
        happened = self.advance(fact.received_at)
        self._untidy += 1
        if isinstance(fact, AlertEvent):
            routed = self._rules.route(fact)
            # Many only say again what is known. They count for their rule, and nothing else is looked at.
            repeated = repetition(fact, self.world.occurrences.get(fact.key))
            if repeated is not None:
                self.world.repeated[fact.key] = fact.received_at
                happened.append(Decided(fact.received_at, fact, repeated))
            else:
                self._keep(self._decide(routed), {fact.event_id: fact}, fact.received_at, happened)
        else:
            self._change(fact, happened)
        self._ring_due(fact.received_at, happened)
        return happened

    def advance(self, to: datetime) -> list[Happened]:
        """Let time pass; gives what the timers brought about."""
        happened: list[Happened] = []
        # As of the fact before: what happens now is not forgotten before it has been told.
        if self.now is not None and self._is_untidy(self.now):
            self._tidy_at, self._untidy = self.now + _TIDIED_EVERY, 0
            forget(self.world, self.now, self._rules, self._look_back)
        self._ring_due(to, happened)
        if self.now is None or to > self.now:
            self.now = to
        return happened

    def _is_untidy(self, now: datetime) -> bool:
        known = len(self.world.occurrences)
        return now >= self._tidy_at and (known < _FEW_ALERTS or 2 * self._untidy >= known)

    def _decide(self, one: Routed) -> Outcome:
        """As the consumers do: without the lock first, and again with what an opening needs."""
        rules, catalog, new_id, routed = self._rules, self._catalog, self._new_id, (one,)
        snapshot = read(self.world, routed, rules)
        outcome = decide(routed, snapshot, rules=rules, catalog=catalog, locked=_UNLOCKED, new_id=new_id)
        if not outcome.needs_lock:
            return outcome
        locked = frozenset(outcome.needs_lock)
        snapshot = read(self.world, routed, rules, opening_scope(routed, locked, rules, catalog))
        return decide(routed, snapshot, rules=rules, catalog=catalog, locked=locked, new_id=new_id)

    def _keep(
        self, outcome: Outcome, events: dict[str, AlertEvent], at: datetime, happened: list[Happened]
    ) -> None:
        self.world.save(outcome)
        happened += [Decided(at, events[one.event_id], one) for one in outcome.decisions]
        if len(outcome.occurrences) > len(outcome.decisions):
            happened += _brought(outcome, at)
        self._remind(outcome)
        if self._pages:
            self._page(outcome, at, happened)
        for incident_id, how in outcome.happened.items():
            if Happening.OPENED in how:
                self._opened(outcome, incident_id, at, happened)
            elif Happening.REOPENED in how:
                self._rank(incident_id, at, Cause.REOPENED, happened)
            elif how & MAY_BE_OF_OTHER_CAUSE:
                self._rank(incident_id, at, Cause.JOINED, happened)
            elif Happening.MONITORING in how and self._rolled_back(incident_id):
                self._rank(incident_id, at, Cause.RECOVERED, happened)
            if self._resolve_after is not None and Happening.MONITORING in how:
                self._alarms.set(Closing(incident_id, at + self._resolve_after))

    def _remind(self, outcome: Outcome) -> None:
        for timer in outcome.timers.values():
            if self._ranking or timer.kind is not TimerKind.JOINED:
                self._alarms.set(timer)

    def _page(self, outcome: Outcome, at: datetime, happened: list[Happened]) -> None:
        for effect in pages_of(outcome, self._rules):
            if effect.key not in self._paged:
                self._paged.add(effect.key)
                happened.append(Paged(at, str(effect.incident_id), str(effect.payload["why"])))

    def _change(self, change: Change, happened: list[Happened]) -> None:
        known = self.world.changes.known(change)
        stands = self.world.changes.add(change)
        if stands is None:
            return
        window = self._maintenance.window_of(stands)
        if window is not None:
            self.world.keep_quiet(window)
            self._alarms.set(Timer(TimerKind.RECONSIDER, window.cause, window.ends_at))
        if not self._ranking:
            return
        self._explain(change, told(change, known, self._catalog), happened)
        # As in production, where it is counted later: the usual week is one without what is told now.
        self.world.paces.hear(stands)

    def _explain(self, change: Change, news: list[Told], happened: list[Happened]) -> None:
        """Rank those anew that it could explain."""
        concerned_ones = {
            incident.id
            for one in news
            for incident in self.world.heard_since(_EVER if one.change.undoes else one.since - self._skew)
            if could_explain(one, incident, self._look_back, self._skew)
        }
        for incident_id in sorted(concerned_ones):
            self._rank(incident_id, change.received_at, Cause.CHANGE, happened)
            if change.undoes:
                opened_at = self.world.incidents[incident_id].opened_at
                self._rerank_at(incident_id, rerank_after_rollback(opened_at, change.received_at))

    def _rolled_back(self, incident_id: str) -> bool:
        """Whether anything was rolled back during it; that it got well then says something to a ranking."""
        return self._ranking and self.world.changes.rolled_back(self.world.incidents[incident_id])

    def _opened(self, outcome: Outcome, incident_id: str, at: datetime, happened: list[Happened]) -> None:
        if self._ranking:
            self._rank(incident_id, at, Cause.OPENED, happened)
            self._rerank_at(incident_id, next_rerank(outcome.incidents[incident_id].opened_at, at))

    def _rank(self, incident_id: str, at: datetime, cause: Cause, happened: list[Happened]) -> None:
        if self._ranking:
            parameters, catalog = self._parameters, self._catalog
            happened.append(weigh(self.world, incident_id, at, cause, catalog=catalog, parameters=parameters))

    def _ring_due(self, by: datetime, happened: list[Happened]) -> None:
        while (timer := self._alarms.next_due(by)) is not None:
            # What was due before it was set rings now.
            at = timer.due_at if self.now is None else max(timer.due_at, self.now)
            if isinstance(timer, Closing):
                self._close(timer.subject, at, happened)
                continue
            happened.append(Rang(at, timer))
            if timer.kind in DECIDING:
                self._wake(timer, at, happened)
            else:
                self._rerank(timer, at, happened)

    def _wake(self, timer: Timer, at: datetime, happened: list[Happened]) -> None:
        """Consider again what was put off."""
        world, rules = self.world, self._rules
        filed = world.quieted if timer.kind is TimerKind.RECONSIDER else world.held
        waiting = [world.occurrences[key] for key in filed.get(timer.subject, ())]
        events = [again(one, at) for one in concerned(timer, waiting)]
        routed = [rules.route_again(event) for event in events]
        scope = opening_scope(routed, {one.environment for one in events}, rules, self._catalog)
        snapshot = read(world, routed, rules, scope, incident_of(timer))
        outcome = ring(
            timer, routed, snapshot, rules=rules, catalog=self._catalog, new_id=self._new_id, at=at
        )
        self._keep(outcome, {event.event_id: event for event in events}, at, happened)

    def _rerank(self, timer: Timer, at: datetime, happened: list[Happened]) -> None:
        incident = self.world.incidents.get(timer.subject)
        if incident is None or not incident.is_open:
            return
        self._rank(incident.id, at, Cause.TIMER, happened)
        if timer.kind is TimerKind.RERANK:
            rolled_back = self._rolled_back(incident.id)
            self._rerank_at(incident.id, next_look(incident.opened_at, at, rolled_back=rolled_back))

    def _rerank_at(self, incident_id: str, due_at: datetime | None) -> None:
        if due_at is not None:
            self._alarms.set(Timer(TimerKind.RERANK, incident_id, due_at))

    def _close(self, incident_id: str, at: datetime, happened: list[Happened]) -> None:
        """Where it fired again meanwhile, a later timer is set or will be."""
        incident = self.world.incidents.get(incident_id)
        if incident is not None and incident.state is State.MONITORING:
            # Nobody has said that it is over, so it was when its alerts ended: nothing reopens it.
            self.world.resolve(incident, incident.monitoring_at or at, NOBODY)
            happened.append(Closed(at, incident.id))


def _brought(outcome: Outcome, at: datetime) -> Iterator[Brought]:
    """The alerts that nothing was said about: they waited, and came with the one that was decided about."""
    said = {decision.event_id for decision in outcome.decisions}
    for one in outcome.occurrences.values():
        identity = event_identity(one.source, one.fingerprint, one.starts_at, one.status, one.ends_at)
        if one.incident_id is not None and identity not in said:
            yield Brought(at, identity, one.incident_id)


def _numbered() -> Callable[[], str]:
    numbers = count(1)
    return lambda: f"incident-{next(numbers)}"
