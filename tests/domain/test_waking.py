"""What was put off is decided when its time has come: silences that end, groups that were held, calm."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, timedelta
from typing import TYPE_CHECKING

import pytest

from bot.domain.consequences import effects_of
from bot.domain.decisions import DecisionKind
from bot.domain.effects import EffectKind
from bot.domain.inhibition import Inhibition
from bot.domain.quieting import Window
from bot.domain.rules import Action, Held
from bot.domain.schedule import Hours, Schedule
from bot.domain.timer import Timer, TimerKind
from bot.domain.waking import concerned, incident_of, ring
from bot.ingest.patterns import parse_matcher
from tests.domain.conditions import FiredFor
from tests.domain.test_quieting import Between
from tests.domain.world import StormPolicy, World, alert, at, catalog, ended, rule

if TYPE_CHECKING:
    from bot.domain.decisions import Outcome
    from bot.domain.rules import Rule

THREE = rule(min_alerts=3, join_hops=0)


def said(outcomes: list[Outcome]) -> list[tuple[str, str]]:
    return [(one.kind.value, one.reason.name) for outcome in outcomes for one in outcome.decisions]


def test_a_silenced_alert_is_considered_again_when_the_silence_ends() -> None:
    world = World()
    world.silence("service=checkout", until=60)
    (decision,) = world.hear(alert("checkout", 5)).decisions
    assert (decision.kind, decision.reason.name) == (DecisionKind.SUPPRESS, "silenced")
    assert world.wait(59.9) == []
    assert said(world.wait(60)) == [("open", "opened")]
    incident = world.open_one()
    assert (incident.opened_at, incident.onset) == (at(60), at(5))
    texts = [line.text for line in world.timeline if line.kind == "considered again"]
    assert texts == ["HighErrors was quiet until now (silence); it still fires."]


def test_one_that_ended_meanwhile_is_not() -> None:
    world = World()
    world.silence("service=checkout", until=60)
    world.hear(alert("checkout", 5))
    (end,) = world.hear(ended(alert("checkout", 5), 20)).decisions
    assert (end.kind, end.incident_id) == (DecisionKind.RESOLVED, None)
    assert said(world.wait(60)) == []
    assert world.open_ones() == []


def test_a_silence_that_is_ended_early_wakes_at_once() -> None:
    world = World()
    world.silence("service=checkout", until=60)
    world.hear(alert("checkout", 5))
    world.unsilence("s1", 10)
    assert said(world.wait(10)) == [("open", "opened")]


def test_a_second_silence_keeps_it_quiet_with_its_own_reason() -> None:
    world = World()
    world.silence("service=checkout", until=60)
    world.hear(alert("checkout", 5))
    world.silence("alertname=HighErrors", minute=30, until=90, name="s2")
    assert said(world.wait(60)) == [("suppress", "silenced")]
    assert said(world.wait(90)) == [("open", "opened")]


def test_a_silence_made_longer_says_nothing_anew() -> None:
    world = World()
    world.silence("service=checkout", until=60)
    world.hear(alert("checkout", 5))
    world.silence("service=checkout", until=120)
    assert said(world.wait(60)) == []
    assert said(world.wait(120)) == [("open", "opened")]


def test_a_configured_window_does_the_same_and_is_relied_on_by_nobody() -> None:
    world = World(windows=(Window("nightly", (), Between(at(0), at(30))),))
    outcome = world.hear(alert("checkout", 5))
    assert [one.reason.name for one in outcome.decisions] == ["maintenance"]
    assert outcome.relied_on == {}
    assert said(world.wait(30)) == [("open", "opened")]


def test_what_fires_and_is_silenced_leaves_its_incident_alone() -> None:
    world = World()
    world.hear(alert("checkout", 0))
    world.silence("service=checkout")
    (decision,) = world.hear(alert("checkout", 5, started=0)).decisions
    assert (decision.kind, world.open_one().firing) == (DecisionKind.DUPLICATE, 1)


def test_an_alert_that_fires_anew_while_it_is_silenced_does_not_come_back() -> None:
    world = World()
    world.hear(alert("checkout", 0), ended(alert("checkout", 0), 2))
    world.silence("service=checkout", until=20)
    (decision,) = world.hear(alert("checkout", 5)).decisions
    assert decision.reason.name == "silenced"
    assert world.open_one().firing == 0
    assert [kind for kind, _ in said(world.wait(60))] == ["attach"]


def test_a_held_group_expires_with_its_reason() -> None:
    world = World(rules=(THREE,))
    world.hear(alert("checkout", 0))
    world.hear(alert("checkout", 10, name="Latency"))
    assert said(world.wait(30)) == [("suppress", "expired")]
    (outcome,) = world.wait(40)
    (decision,) = outcome.decisions
    assert decision.reason.text == "Only 1 of the 3 alerts that rule test asks for had come within 30 min."
    assert world.open_ones() == []
    assert world.timers == {}


def test_what_expired_joins_when_its_group_opens_after_all() -> None:
    world = World(rules=(THREE,))
    world.hear(alert("checkout", 0))
    world.wait(30)
    for minute, name in ((40, "A"), (41, "B"), (42, "C")):
        world.hear(alert("checkout", minute, name=name))
    assert said(world.wait(42)) == [("attach", "same_group")]
    assert world.open_one().firing == 4


def test_a_held_group_may_open_all_the_same() -> None:
    world = World(rules=(rule(min_alerts=3, join_hops=0, held=Held.OPEN),))
    world.hear(alert("checkout", 0), alert("checkout", 0, name="Latency"))
    assert said(world.wait(30)) == [("open", "opened")]
    incident = world.open_one()
    assert incident.firing == 2
    assert incident.reason.text == (
        "Rule test opens an incident for HighErrors on checkout all the same: "
        "2 of the 3 alerts that rule test asks for had come within 30 min."
    )


def test_a_group_that_opened_or_ended_does_not_expire() -> None:
    world = World(rules=(rule(min_alerts=2, join_hops=0),))
    world.hear(alert("checkout", 0), alert("search", 0))
    world.hear(alert("checkout", 1, name="Latency"))
    world.hear(ended(alert("search", 0), 2))
    assert said(world.wait(60)) == []


def test_a_held_alert_whose_rule_is_gone_is_decided_about_by_those_that_are_there() -> None:
    world = World(rules=(THREE,))
    world.hear(alert("checkout", 0))
    world.rules = (rule(name="other"),)
    assert said(world.wait(30)) == [("open", "opened")]


def test_a_rule_that_only_joins_waits_for_an_incident() -> None:
    joins = rule("alertname=Deadlock", name="joins", action=Action.ATTACH)
    world = World(rules=(joins, rule(name="opens")), catalog=catalog("web > db"))
    (decision,) = world.hear(alert("db", 0, name="Deadlock")).decisions
    assert (decision.kind, decision.reason.name) == (DecisionKind.SUPPRESS, "nothing_to_join")
    world.hear(alert("web", 1))
    assert said(world.wait(1)) == [("attach", "topology")]
    world.hear(alert("db", 2, name="Deadlock", started=2))
    assert world.open_one().firing == 2


def test_a_rule_that_only_joins_reopens_nothing() -> None:
    joins = rule("alertname=Deadlock", name="joins", action=Action.ATTACH)
    world = World(rules=(joins, rule(name="opens")))
    world.hear(alert("db", 0))
    world.hear(alert("db", 0, name="Deadlock"))
    assert world.open_one().firing == 2
    world.hear(ended(alert("db", 0), 1), ended(alert("db", 0, name="Deadlock"), 1))
    world.resolve(2)
    (decision,) = world.hear(alert("db", 3, name="Deadlock")).decisions
    assert decision.reason.name == "nothing_to_join"


def test_a_storm_is_over_when_nothing_has_joined_for_its_window() -> None:
    world = World(storm=StormPolicy(openings=1), rules=(rule(join_hops=0),))
    world.hear_each(*(alert(f"s{number}", number) for number in range(4)))
    storm = next(one for one in world.open_ones() if one.storm)
    assert said(world.wait(7.9)) == []
    assert storm.calm_at is None
    (over,) = world.wait(8)
    assert world.incidents[storm.id].calm_at == at(8)
    (line,) = [line for line in world.timeline if line.kind == "storm over"]
    (note,) = [one for one in effects_of(over, world.rule_set) if one.kind is EffectKind.POST_NOTE]
    assert note.payload["text"] == "The storm is over: new alerts make incidents of their own again."
    assert line.text == "The storm is over: nothing new has joined for 5 min. 3 of its alerts fire."
    world.hear_each(alert("t1", 20), alert("t2", 20))
    assert world.incidents[storm.id].calm_at is None
    assert [line.kind for line in world.timeline if line.incident_id == storm.id][-2:] == [
        "storm over",
        "storm",
    ]


def test_timers_about_what_is_not_there_bring_nothing_about() -> None:
    world = World()
    world.hear(alert("checkout", 0))
    world.resolve(1)
    gone = world.incidents["incident-001"].id
    for timer in (
        Timer(TimerKind.CALM, "nothing", at(5)),
        Timer(TimerKind.CALM, gone, at(5)),
        Timer(TimerKind.HELD, "nothing", at(5)),
        Timer(TimerKind.RERANK, gone, at(5)),
        Timer(TimerKind.RECONSIDER, "silence:nothing", at(5)),
    ):
        outcome = world.ring(timer)
        assert (outcome.decisions, outcome.incidents) == ([], {})


def test_what_a_timer_is_about() -> None:
    assert incident_of(Timer(TimerKind.CALM, "storm:i1", at(0))) == "i1"
    assert incident_of(Timer(TimerKind.CALM, "i1", at(0))) == "i1"
    assert incident_of(Timer(TimerKind.HELD, "k", at(0))) is None
    assert concerned(Timer(TimerKind.CALM, "i1", at(0)), []) == []


def test_a_storm_that_flaps_or_has_calmed_already_is_left_alone() -> None:
    world = World()
    world.hear(alert("checkout", 0))
    calm = world.ring(Timer(TimerKind.CALM, world.open_one().id, at(5)))
    assert calm.incidents == {}


def test_an_alert_that_ended_while_its_timer_was_on_its_way_stays_as_it_is() -> None:
    world = World()
    quiet = world.silence("service=checkout", until=10)
    fired = alert("checkout", 0)
    world.hear(fired)
    routed = [world.rule_set.route(fired)]
    world.hear(ended(fired, 5))
    timer = Timer(TimerKind.RECONSIDER, quiet.cause, at(10))
    outcome = ring(
        timer,
        routed,
        world.snapshot(),
        rules=world.rule_set,
        catalog=world.catalog,
        new_id=world.new_id,
        at=at(10),
    )
    assert (outcome.decisions, outcome.occurrences) == ([], {})


def test_a_rule_that_asks_for_less_by_now_still_lets_go_in_order() -> None:
    world = World(rules=(THREE,))
    world.hear(alert("checkout", 0))
    world.rules = (rule(min_alerts=3, join_hops=0, window=timedelta(hours=2)),)
    assert said(world.wait(30)) == []
    assert said(world.wait(120)) == [("suppress", "expired")]


OFFICE = rule("service=checkout", name="office", active=Schedule((Hours(UTC, start=9 * 60, end=17 * 60),)))
MUTE = rule(name="mute", action=Action.SUPPRESS)
NINE = 6 * 60
"""The story begins at 03:00."""


def test_an_alert_that_still_fires_when_its_rules_hours_begin_opens_an_incident() -> None:
    for rules, why in (((OFFICE,), "no_rule"), ((OFFICE, MUTE), "rule"), ((MUTE, OFFICE), "rule")):
        world = World(rules=rules)
        (decision,) = world.hear(alert()).decisions
        assert (decision.kind, decision.reason.name) == (DecisionKind.SUPPRESS, why)
        if rules[0] is MUTE:
            assert world.timers == {}
            continue
        assert decision.reason.text.endswith(
            " Rule office, which is not active now, may take it:"
            " it is considered again on 2026-11-21 09:00 UTC."
        )
        world.hear(alert(minute=60, started=0))
        assert world.wait(NINE - 1) == []
        assert said(world.wait(NINE)) == [("open", "opened")]
        assert world.open_one().onset == at(0)


def test_one_that_has_ended_by_then_opens_none() -> None:
    world = World(rules=(OFFICE,))
    world.hear(alert())
    world.hear(ended(alert(), 30))
    assert said(world.wait(NINE)) == []


def test_a_rule_whose_hours_are_days_away_is_waited_for_in_silence() -> None:
    yearly = rule(name="yearly", active=Schedule((Hours(UTC, days=frozenset()),)))
    world = World(rules=(yearly,))
    world.hear(alert())
    assert said(world.wait(17 * 24 * 60)) == []
    assert [timer.due_at for timer in world.timers.values()] == [at(24 * 24 * 60)]


def test_a_rule_that_is_gone_when_its_hours_come_is_waited_for_no_longer() -> None:
    world = World(rules=(OFFICE,))
    world.hear(alert())
    world.rules = (MUTE,)
    assert said(world.wait(NINE)) == [("suppress", "rule")]
    assert world.timers == {}


def test_a_silence_that_is_made_meanwhile_holds_when_the_hours_come() -> None:
    world = World(rules=(OFFICE,))
    world.hear(alert())
    world.silence("service=checkout", until=NINE + 60)
    assert said(world.wait(NINE)) == [("suppress", "silenced")]
    assert said(world.wait(NINE + 60)) == [("open", "opened")]


WEEKEND = rule(name="weekend", active=Schedule((Hours(UTC, days=frozenset({6})),)))
DAY = rule(name="day", active=Schedule((Hours(UTC, start=9 * 60, end=18 * 60),)))
"""The story's first day, 2026-11-21, is a Saturday."""


def test_of_several_rules_outside_their_hours_the_soonest_is_waited_for() -> None:
    world = World(rules=(WEEKEND, DAY))
    (decision,) = world.hear(alert()).decisions
    assert "Rule day, which is not active now, may take it" in decision.reason.text
    assert said(world.wait(NINE)) == [("open", "opened")]


def test_one_that_only_joins_is_considered_again_when_another_rules_hours_come() -> None:
    joins = rule(name="joins", action=Action.ATTACH)
    world = World(rules=(DAY, joins))
    (decision,) = world.hear(alert()).decisions
    assert decision.reason.name == "nothing_to_join"
    assert decision.reason.text.endswith("it is considered again on 2026-11-21 09:00 UTC.")
    assert said(world.wait(NINE)) == [("open", "opened")]


def test_an_incident_to_join_comes_first_and_the_hours_are_still_waited_for() -> None:
    joins = rule("alertname=Deadlock", name="joins", action=Action.ATTACH)
    world = World(
        rules=(rule("alertname=Deadlock", name="day", active=DAY.active), joins, rule(name="opens"))
    )
    world.hear(alert("db", 0, name="Deadlock"))
    world.hear(alert("elsewhere", 1))
    assert said(world.wait(1)) == []  # what has opened is too far away: nothing is said again
    world.hear(alert("db", 2, name="Deadlock", started=0))
    assert said(world.wait(NINE)) == [("open", "opened")]
    assert [one.services for one in world.open_ones()] == [("elsewhere",), ("db",)]


def test_what_a_rule_keeps_quiet_for_some_hours_is_considered_again_at_their_end() -> None:
    night = rule(
        name="night", action=Action.SUPPRESS, active=Schedule((Hours(UTC, start=20 * 60, end=6 * 60),))
    )
    world = World(rules=(night, rule(name="shop")))
    (decision,) = world.hear(alert()).decisions
    assert decision.reason.text == (
        "Rule night suppresses the alert. Rule night is active until then, and others may take it:"
        " it is considered again on 2026-11-21 06:00 UTC."
    )
    assert said(world.wait(3 * 60)) == [("open", "opened")]


def test_what_no_rule_wants_is_considered_again_under_others_alone() -> None:
    world = World(rules=(MUTE,))
    world.hear(alert())
    again = Timer(TimerKind.RECONSIDER, "rules:mute", at(5))
    assert world.ring(again).decisions == []
    world.rules = (rule(name="other"),)
    assert said([world.ring(again)]) == [("open", "opened")]


def test_what_was_silenced_while_it_was_held_opens_nothing_and_does_not_count() -> None:
    world = World(rules=(rule(min_alerts=2, join_hops=0, held=Held.OPEN),))
    world.hear(alert("checkout", 0))
    world.silence("alertname=HighErrors", minute=2, until=60)
    assert said(world.wait(30)) == [("suppress", "silenced")]
    assert world.open_ones() == []
    assert said(world.wait(60)) == [("hold", "minimum")]

    world = World(rules=(rule(min_alerts=2, join_hops=0),))
    world.hear(alert("checkout", 0))
    world.silence("alertname=HighErrors", minute=2, until=60)
    (decision,) = world.hear(alert("checkout", 5, name="Latency")).decisions
    assert (decision.kind, decision.reason.text) == (
        DecisionKind.HOLD,
        "1 of the 2 alerts that rule test asks for within 30 min.",
    )
    world.hear(alert("checkout", 6, name="Saturation"))
    assert world.open_one().firing == 2
    assert [kind for kind, _ in said(world.wait(60))] == ["attach"]
    assert world.open_one().firing == 3


def test_what_another_alert_explains_by_now_does_not_open_when_its_time_is_over() -> None:
    down = Inhibition("down", (parse_matcher("alertname=Down"),), (parse_matcher("alertname=HighErrors"),))
    world = World(rules=(rule(min_alerts=2, join_hops=0, held=Held.OPEN),), inhibitions=(down,))
    world.hear(alert("checkout", 0))
    world.hear(alert("host", 1, name="Down"))
    assert ("suppress", "inhibited") in said(world.wait(30))
    assert [one.services for one in world.open_ones()] in ([], [("host",)])


def test_enough_open_an_incident_also_where_the_rule_asked_for_more_when_they_came() -> None:
    world = World(rules=(THREE,))
    world.hear(alert("checkout", 0), alert("checkout", 1, name="Latency"))
    world.rules = (rule(min_alerts=2, join_hops=0),)
    assert said(world.wait(31)) == [("open", "opened")]
    assert world.open_one().firing == 2


def test_one_that_was_let_go_before_its_group_was_heard_of_counts_for_it_all_the_same() -> None:
    world = World(rules=(rule(min_alerts=2, join_hops=0, window=timedelta(minutes=10)),))
    world.hear(alert("checkout", 0))
    assert said(world.wait(30)) == [("suppress", "expired")]  # a consumer that lags half an hour
    world.hear(alert("checkout", 1, name="Latency"))
    assert world.open_one().firing == 2
    assert said(world.wait(60)) == []


def test_one_that_was_let_go_and_is_silenced_by_now_counts_for_nothing() -> None:
    world = World(rules=(rule(min_alerts=2, join_hops=0, window=timedelta(minutes=10)),))
    world.hear(alert("checkout", 0))
    assert said(world.wait(30)) == [("suppress", "expired")]
    world.silence("alertname=HighErrors", until=60)
    (decision,) = world.hear(alert("checkout", 1, name="Latency")).decisions
    assert (decision.kind, world.open_ones()) == (DecisionKind.HOLD, [])


LONG = rule(name="long", when=FiredFor(timedelta(minutes=10)), join_hops=0)


@pytest.mark.parametrize("held", Held)
def test_what_one_rule_holds_another_that_reads_the_time_may_take(held: Held) -> None:
    world = World(rules=(LONG, replace(THREE, name="three", held=held)))
    world.hear(alert("checkout", 0))
    assert not any(one.decisions for one in world.wait(9.9))
    world.wait(12)
    incident = world.open_one()
    assert (incident.rule, incident.opened_at) == ("long", at(10))


def test_what_was_let_go_is_asked_about_the_time_as_well_and_nothing_is_said_of_it_meanwhile() -> None:
    late = replace(LONG, when=FiredFor(timedelta(hours=2)))
    world = World(rules=(late, replace(THREE, name="three")))
    world.hear(alert("checkout", 0))
    assert said(world.wait(119)) == [("suppress", "expired")]
    world.wait(121)
    incident = world.open_one()
    assert (incident.rule, incident.opened_at) == ("long", at(120))


@pytest.mark.parametrize("then", [None, rule(name="noise", action=Action.SUPPRESS)])
def test_a_held_alert_that_its_rule_wants_no_more_goes_where_the_rules_say(then: Rule | None) -> None:
    young = FiredFor(timedelta(minutes=2), least=False)
    two = rule(name="young", when=young, min_alerts=2, held=Held.OPEN, join_hops=0)
    world = World(rules=(two, then) if then else (two,))
    world.hear(alert("checkout", 0, severity="critical"))
    world.hear(alert("billing", 1, severity="critical"))
    assert {kind for kind, _ in said(world.wait(40))} == {"suppress"}
    assert world.incidents == {}
    assert {one.group_key for one in world.occurrences.values()}.isdisjoint(
        {f"young|environment=production|service={service}" for service in ("checkout", "billing")}
    )
