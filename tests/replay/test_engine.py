from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

from bot.domain.change import Change, ChangeKind
from bot.domain.correlation import DEFAULT_PARAMETERS
from bot.domain.decisions import Group, Outcome
from bot.domain.incident import State
from bot.domain.inhibition import Inhibition
from bot.domain.rules import DEFAULT_RULE, Rule, RuleSet
from bot.ingest.patterns import parse_matcher
from bot.replay.engine import Engine
from bot.replay.happenings import Cause, Closed, Decided, Happened, Paged, Rang, Ranked
from bot.replay.world import World
from tests.domain.world import alert, at, catalog, ended

if TYPE_CHECKING:
    from bot.domain.alert import AlertEvent
    from bot.domain.decisions import DecisionKind

CALLS = catalog("web > checkout > payments")
Kind = TypeVar("Kind", Decided, Ranked, Rang, Closed, Paged)


def engine(*rules: Rule, resolve_after: timedelta | None = None, ranking: bool = True) -> Engine:
    chosen = RuleSet(rules or (DEFAULT_RULE,))
    return Engine(chosen, CALLS, DEFAULT_PARAMETERS, ranking=ranking, resolve_after=resolve_after)


def change(
    name: str = "c1", service: str = "checkout", made: float = -5, told: float | None = None
) -> Change:
    """A deploy, made and told of at those minutes."""
    heard = at(made if told is None else told)
    return Change(name, "ci", ChangeKind.DEPLOY, service, "production", at(made), heard, name)


def play(machine: Engine, *facts: AlertEvent | Change) -> list[Happened]:
    return [happened for fact in facts for happened in machine.feed(fact)]


def only(kind: type[Kind], happened: list[Happened]) -> list[Kind]:
    return [one for one in happened if isinstance(one, kind)]


def kinds(happened: list[Happened]) -> list[DecisionKind]:
    return [one.decision.kind for one in only(Decided, happened)]


def test_one_fault_is_one_incident() -> None:
    machine = engine()
    first = alert("checkout", 0)
    happened = play(machine, first, alert("web", 1), first, ended(first, 3), ended(alert("web", 1), 4))
    assert kinds(happened) == ["open", "attach", "duplicate", "alert_resolved", "alert_resolved"]
    (incident,) = machine.world.open_ones()
    assert (incident.id, incident.name) == ("incident-1", "INC-1")
    assert (incident.state, incident.services) == (State.MONITORING, ("checkout", "web"))
    assert {one.service for one in machine.world.members[incident.id].values()} == {"checkout", "web"}


def test_suspects_are_weighed_at_the_opening_at_a_join_and_after_five_and_fifteen_minutes() -> None:
    machine = engine()
    happened = play(machine, change(), alert("checkout", 0), alert("web", 2))
    happened += machine.advance(at(60))
    ranked = only(Ranked, happened)
    assert [(one.at, one.cause) for one in ranked] == [
        (at(0), Cause.OPENED),
        (at(2), Cause.JOINED),
        (at(5), Cause.TIMER),
        (at(15), Cause.TIMER),
    ]
    assert [one.at for one in only(Rang, happened)] == [at(5), at(15)]
    assert ranked[0].news
    assert {one.ranking.suspects[0].change.change_id for one in ranked} == {"c1"}


def test_a_further_alert_of_a_service_has_the_suspects_weighed_soon() -> None:
    events = [alert("checkout", 0), alert("checkout", 1, name="Slow"), alert("checkout", 1.2, name="Full")]
    machine = engine()
    happened = play(machine, change(), *events) + machine.advance(at(4))
    assert [(one.at, one.cause) for one in only(Ranked, happened)][1:] == [(at(1.5), Cause.TIMER)]
    silent = engine(ranking=False)
    assert not only(Rang, play(silent, *events) + silent.advance(at(4)))


def test_a_rollback_shortly_before_the_last_moment_is_looked_at_once_more() -> None:
    machine = engine()
    back = replace(change("back", made=13), kind=ChangeKind.ROLLBACK, rolls_back="c1")
    happened = play(machine, change(), alert("checkout", 0), back)
    happened += machine.advance(at(60))
    ranked = only(Ranked, happened)
    assert [one.at for one in ranked] == [at(0), at(5), at(13), at(15), at(25)]
    soon, settled = (
        next(term.value for term in one.ranking.suspects[0].reasons if term.name == "recovery")
        for one in ranked[-2:]
    )
    assert settled < soon < 0


def test_a_late_change_weighs_again_and_one_that_cannot_matter_does_not() -> None:
    machine = engine()
    play(machine, alert("checkout", 0))
    late = change(made=-4, told=3)
    assert [(one.at, one.cause, one.news) for one in only(Ranked, machine.feed(late))] == [
        (at(3), Cause.CHANGE, True)
    ]
    assert machine.feed(late) == []
    assert machine.feed(change("c2", service="elsewhere", made=-4, told=4)) == []
    assert machine.feed(change("c3", made=4)) == []


def test_timers_ring_before_the_event_that_is_heard_at_that_moment() -> None:
    machine = engine()
    play(machine, alert("checkout", 0))
    happened = machine.feed(alert("web", 5))
    assert [type(one) for one in happened] == [Rang, Ranked, Decided, Ranked]


def test_what_only_is_monitored_counts_as_resolved_after_the_quiet_time() -> None:
    machine = engine(resolve_after=timedelta(minutes=10), ranking=False)
    first = alert("checkout", 0)
    happened = play(machine, first, ended(first, 1), alert("checkout", 8), ended(alert("checkout", 8), 9))
    assert kinds(happened) == ["open", "alert_resolved", "attach", "alert_resolved"]
    assert only(Closed, happened) == []
    (closed,) = machine.advance(at(30))
    assert closed == Closed(at(19), "incident-1")
    # Nobody had resolved it, so it was over when its alerts ended: too long ago to be opened again.
    assert kinds(machine.feed(alert("checkout", 40))) == ["open"]


def test_what_is_over_is_forgotten() -> None:
    machine = engine(resolve_after=timedelta(minutes=10))
    first = alert("checkout", 0)
    play(machine, change(), first, ended(first, 1))
    machine.advance(at(30 * 60))
    machine.advance(at(30 * 60 + 1))
    world = machine.world
    assert (world.incidents, world.occurrences, world.members, world.groups) == ({}, {}, {}, {})
    assert (len(world.changes), world.rankings, world.opened) == (0, {}, 1)
    assert kinds(machine.feed(alert("checkout", 30 * 60 + 2))) == ["open"]


def test_a_group_that_waits_opens_when_it_is_complete() -> None:
    machine = engine(Rule("pairs", min_alerts=2, window=timedelta(minutes=10)))
    happened = play(machine, alert("checkout", 0), alert("checkout", 4, name="Slow"))
    assert kinds(happened) == ["hold", "open"]
    happened += machine.advance(at(60))
    assert [one.at for one in only(Ranked, happened)] == [at(4), at(9), at(19)]
    assert machine.world.incidents["incident-1"].alerts == 2


def test_a_group_that_stays_too_small_is_let_go_and_belongs_to_the_incident_that_opens_after_all() -> None:
    machine = engine(Rule("pairs", min_alerts=2, window=timedelta(minutes=10)), ranking=False)
    happened = play(machine, alert("checkout", 0)) + machine.advance(at(12))
    assert [(one.at, one.decision.kind) for one in only(Decided, happened)] == [
        (at(0), "hold"),
        (at(10), "suppress"),
    ]
    happened = play(machine, alert("checkout", 20, name="Slow"), alert("checkout", 21, name="Down"))
    assert kinds(happened) == ["hold", "open", "attach"]
    assert machine.world.incidents["incident-1"].alerts == 3


def test_while_a_source_fires_its_consequences_stay_quiet() -> None:
    cut_off = Inhibition(
        "cut off", (parse_matcher("alertname=Unreachable"),), (parse_matcher("severity=warning"),)
    )
    rules = RuleSet([DEFAULT_RULE], inhibitions=[cut_off])
    machine = Engine(rules, CALLS, DEFAULT_PARAMETERS, ranking=False)
    source = alert("network", 0, name="Unreachable", severity="critical")
    happened = play(machine, source, alert("payments", 1), ended(source, 3))
    assert kinds(happened) == ["open", "suppress", "alert_resolved", "open"]
    assert only(Decided, happened)[-1].at == at(3)
    assert machine.world.inhibitors == {}
    assert machine.world.quieted == {}


def test_a_change_that_announces_maintenance_keeps_its_service_quiet_until_its_end() -> None:
    machine = Engine(RuleSet([DEFAULT_RULE]), CALLS, DEFAULT_PARAMETERS, ranking=False)
    work = replace(change(made=0), maintenance=True, ended_at=at(20))
    happened = play(machine, work, alert("checkout", 5)) + machine.advance(at(30))
    assert [(one.at, one.decision.kind) for one in only(Decided, happened)] == [
        (at(5), "suppress"),
        (at(20), "open"),
    ]
    machine.advance(at(200))
    machine.advance(at(201))
    assert machine.world.quiet.quiets == ()


def test_pages_are_told_where_they_are_asked_for() -> None:
    machine = Engine(RuleSet([DEFAULT_RULE]), CALLS, DEFAULT_PARAMETERS, ranking=False, pages=True)
    happened = play(machine, alert("checkout", 0, severity="critical"), alert("checkout", 1, name="Slow"))
    assert [(one.at, one.incident_id) for one in only(Paged, happened)] == [(at(0), "incident-1")]


def test_a_group_that_came_and_went_within_one_wake_leaves_nothing() -> None:
    world = World()
    let_go = Group("web", "production", "default", "incident-1", at(0), "opened", open=False)
    world.save(Outcome(groups={("web", "incident-1"): let_go}))
    assert world.groups == {}
