from __future__ import annotations

import pytest

from bot.domain.alert import UNKNOWN, AlertStatus
from bot.domain.decisions import DecisionKind, Happening, Outcome
from bot.domain.incident import Severity, State
from bot.domain.rules import Action
from bot.domain.suspects import MOST_SEEN
from bot.domain.timer import TimerKind
from tests.domain.world import World, alert, at, catalog, ended, rule

OPEN, ATTACH, HOLD = DecisionKind.OPEN, DecisionKind.ATTACH, DecisionKind.HOLD


def said(outcome: Outcome) -> list[tuple[DecisionKind, str]]:
    return [(decision.kind, decision.reason.name) for decision in outcome.decisions]


def test_an_alert_opens_an_incident_and_says_why() -> None:
    world = World()
    outcome = world.hear(alert("checkout", 5, started=2, severity="critical"))
    incident = world.open_one()
    assert said(outcome) == [(OPEN, "opened")]
    assert (incident.title, incident.state, incident.severity) == (
        "HighErrors",
        State.TRIGGERED,
        Severity.CRITICAL,
    )
    assert (incident.services, incident.firing, incident.alerts) == (("checkout",), 1, 1)
    assert (incident.opened_at - incident.onset).total_seconds() == 180
    assert incident.reason.text.startswith("Rule default opens an incident for HighErrors on checkout; no")
    assert [(line.kind, line.source) for line in world.timeline] == [("opened", "rule default")]
    assert incident.name == "INC-1"
    assert outcome.happened[incident.id] >= {Happening.OPENED, Happening.NEW_SERVICE}


def test_an_alert_that_comes_after_a_quiet_time_may_be_news_for_the_suspects() -> None:
    world = World()
    opened = world.hear(alert())
    incident = world.open_one()
    assert Happening.AFTER_QUIET not in opened.happened[incident.id]
    soon = world.hear(alert(minute=3.9, name="Slow"))
    assert Happening.AFTER_QUIET not in soon.happened[incident.id]
    late = world.hear(alert(minute=8, name="Full"))
    assert late.happened[incident.id] == {Happening.GREW, Happening.AFTER_QUIET}
    assert not late.timers


def test_another_alert_of_a_service_has_the_suspects_weighed_soon() -> None:
    world = World(catalog=catalog("web > checkout"))
    first = world.hear(alert("checkout"))
    incident = world.open_one()
    joined = (TimerKind.JOINED, incident.id)
    assert joined not in first.timers
    assert joined not in world.hear(alert("web", 1)).timers, "weighed at once"
    assert world.hear(alert("checkout", 2, name="Slow")).timers[joined].due_at == at(2.5)
    assert joined not in world.hear(alert("checkout", 2.1, started=2, name="Slow")).timers, "the same again"


def test_the_more_alerts_there_are_the_longer_the_next_one_may_wait_for_others() -> None:
    world = World()
    waits = []
    for number in range(1, 21):
        timers = world.hear(alert(name=f"A{number}", minute=0.1 * number)).timers
        waits += [timer.due_at - at(0.1 * number) for timer in timers.values()]
    seconds = [wait.total_seconds() for wait in waits]
    assert seconds[:4] == [30, 30, 30, 30]
    assert seconds == sorted(seconds)
    assert (seconds[8], seconds[-1]) == (120, 240)


def test_while_an_incident_flaps_an_alert_that_is_new_is_weighed_and_one_that_returns_is_not() -> None:
    world = World(rules=(rule(flap_after=2),))
    for minute in range(0, 8, 2):
        world.hear(alert("checkout", minute))
        world.hear(ended(alert("checkout", minute), minute + 1))
    incident = world.open_one()
    assert incident.flapping_since is not None
    joined = (TimerKind.JOINED, incident.id)
    assert joined not in world.hear(alert("checkout", 8)).timers
    assert joined in world.hear(alert("checkout", 8.5, name="DiskFull")).timers


def test_of_a_storm_only_the_first_alerts_are_weighed() -> None:
    world = World()
    for number in range(MOST_SEEN - 1):
        world.hear(alert(name=f"A{number}"))
    incident = world.open_one()
    assert (TimerKind.JOINED, incident.id) in world.hear(alert(minute=1, name="last")).timers
    assert not world.hear(alert(minute=2, name="one more")).timers


def test_the_title_is_the_summary_cut_to_a_line() -> None:
    world = World()
    world.hear(alert(annotations={"summary": "x" * 200}))
    assert world.open_one().title == "x" * 119 + "…"


def test_an_alert_without_a_service_opens_too() -> None:
    world = World()
    world.hear(alert(UNKNOWN))
    assert world.open_one().reason.text.startswith("Rule default opens an incident for HighErrors; no")


def test_another_alert_of_the_group_attaches() -> None:
    world = World()
    world.hear(alert(name="A"))
    outcome = world.hear(alert(name="B", minute=1))
    assert said(outcome) == [(ATTACH, "same_group")]
    assert (world.open_one().firing, world.open_one().alerts) == (2, 2)


def test_a_repeat_changes_nothing() -> None:
    world = World()
    first = alert()
    world.hear(first)
    outcome = world.hear(alert(minute=9, started=0), first)
    assert said(outcome) == [(DecisionKind.DUPLICATE, "repeated")] * 2
    assert not outcome.incidents
    assert not outcome.occurrences
    assert world.open_one().version == 1


def test_a_repeat_within_one_batch_counts_once() -> None:
    world = World()
    assert said(world.hear(alert(), alert())) == [(OPEN, "opened"), (DecisionKind.DUPLICATE, "repeated")]
    assert world.open_one().firing == 1


def test_the_last_alert_that_ends_leads_to_monitoring_and_says_why() -> None:
    world = World()
    first, second = alert(name="A"), alert(name="B", minute=1)
    world.hear(first, second)
    assert said(world.hear(ended(first, 2))) == [(DecisionKind.RESOLVED, "ended")]
    assert world.open_one().state is State.TRIGGERED
    outcome = world.hear(ended(second, 3))
    incident = world.open_one()
    assert (incident.state, incident.firing) == (State.MONITORING, 0)
    assert outcome.happened[incident.id] == {Happening.SHRANK, Happening.MONITORING}
    assert world.timeline[-1].text.startswith("All 2 alerts have ended")


def test_one_alert_that_ends_is_spoken_of_as_one() -> None:
    world = World()
    world.hear(alert())
    world.hear(ended(alert(), 3))
    assert world.timeline[-1].text.startswith("The alert has ended")


def test_a_later_end_of_an_ended_alert_is_kept_without_counting_again() -> None:
    world = World()
    world.hear(alert())
    world.hear(ended(alert(), 3))
    assert said(world.hear(ended(alert(), 4))) == [(DecisionKind.RESOLVED, "ended")]
    assert world.open_one().version == 2


@pytest.mark.parametrize(("acknowledged", "state"), [(False, State.TRIGGERED), (True, State.ACKNOWLEDGED)])
def test_an_alert_that_fires_again_ends_the_monitoring(acknowledged: bool, state: State) -> None:
    world = World()
    world.hear(alert())
    if acknowledged:
        world.acknowledge(1)
    world.hear(ended(alert(), 3))
    outcome = world.hear(alert(minute=5))
    incident = world.open_one()
    assert said(outcome) == [(ATTACH, "fired_again")]
    assert (incident.state, incident.firing, incident.alerts) == (state, 1, 1)
    assert incident.monitoring_at is None
    assert outcome.happened[incident.id] == {Happening.GREW, Happening.REFIRED, Happening.AFTER_QUIET}
    assert world.timeline[-1].kind == state.value


def test_what_happened_is_what_came_of_the_whole_batch() -> None:
    world = World()
    world.hear(alert())
    world.hear(ended(alert(), 1))
    flapped = world.hear(alert(minute=1.5), ended(alert(minute=1.5), 3))
    assert flapped.happened[world.open_one().id] == {Happening.GREW, Happening.SHRANK}
    again = world.hear(alert(minute=4), ended(alert(minute=4), 5), alert(minute=6))
    assert Happening.REFIRED in again.happened[world.open_one().id]
    assert world.open_one().state is State.TRIGGERED


def test_a_late_firing_never_undoes_an_end() -> None:
    world = World()
    outcome = world.hear(ended(alert(), 3), alert())
    assert said(outcome) == [
        (DecisionKind.SUPPRESS, "resolved_unseen"),
        (DecisionKind.DUPLICATE, "repeated"),
    ]
    assert not world.incidents
    assert not world.firing()


def test_an_older_occurrence_is_superseded() -> None:
    world = World()
    world.hear(alert(minute=5))
    assert said(world.hear(alert(minute=6, started=2))) == [(DecisionKind.DUPLICATE, "superseded")]


def test_a_new_occurrence_ends_the_one_that_was_never_seen_to_end() -> None:
    world = World()
    world.hear(alert())
    outcome = world.hear(alert(minute=10))
    assert [(one.starts_at, one.ends_at) for one in outcome.superseded] == [
        (alert().starts_at, alert(minute=10).starts_at)
    ]
    assert outcome.superseded[0].received_at == alert(minute=10).received_at, "it fired until then"
    assert (world.open_one().firing, world.open_one().alerts) == (1, 1)


def test_an_end_is_kept_where_the_alert_fires_again_in_the_same_batch() -> None:
    world = World()
    world.hear(alert())
    outcome = world.hear(ended(alert(), 1), alert(minute=2))
    assert [(one.starts_at, one.ends_at) for one in outcome.superseded] == [(at(0), at(1))]
    assert [one.status for one in world.occurrences.values()] == [AlertStatus.RESOLVED, AlertStatus.FIRING]


def test_an_end_of_an_occurrence_never_seen_ends_the_one_that_fired() -> None:
    world = World()
    world.hear(alert())
    outcome = world.hear(alert(minute=9, started=5, ended=8))
    assert said(outcome) == [(DecisionKind.SUPPRESS, "resolved_unseen")]
    assert (world.open_one().state, world.open_one().firing) == (State.MONITORING, 0)


def test_no_rule_and_a_suppressing_rule_open_nothing() -> None:
    world = World(rules=(rule("team=noise", action=Action.SUPPRESS), rule("team=pay")))
    outcome = world.hear(alert("a", team="noise"), alert("b"), ended(alert("b"), 1))
    assert said(outcome) == [
        (DecisionKind.SUPPRESS, "rule"),
        (DecisionKind.SUPPRESS, "no_rule"),
        (DecisionKind.RESOLVED, "ended_alone"),
    ]
    assert not world.incidents


def test_an_alert_that_is_suppressed_by_now_leaves_its_incident() -> None:
    world = World()
    world.hear(alert())
    world.rules = (rule(action=Action.SUPPRESS),)
    world.hear(alert(minute=4))
    assert (world.open_one().firing, world.open_one().state) == (0, State.MONITORING)


def test_a_worse_alert_raises_the_severity_and_a_milder_one_does_not_lower_it() -> None:
    world = World()
    world.hear(alert(name="A", severity="warning"))
    outcome = world.hear(alert(name="B", severity="critical", minute=1), alert(name="C", severity="info"))
    incident = world.open_one()
    assert incident.severity is Severity.CRITICAL
    assert Happening.ESCALATED in outcome.happened[incident.id]
    assert [line.text for line in world.timeline if line.kind == "escalated"] == [
        "Severity critical (was warning): B on checkout."
    ]


def test_within_the_opening_batch_a_worse_alert_is_no_news_of_its_own() -> None:
    world = World()
    world.hear(alert(name="A", severity="warning"), alert(name="B", severity="critical"))
    assert world.open_one().severity is Severity.CRITICAL
    assert [line.kind for line in world.timeline] == ["opened"]


def test_what_is_needed_of_the_lock_is_asked_for_and_nothing_else() -> None:
    world = World()
    first = world.decide(alert(), alert(environment="staging"), locked=frozenset())
    assert first.needs_lock == {"production", "staging"}
    assert world.decide(alert(), locked=frozenset({"staging"})).needs_lock == {"production"}
    assert not world.decide(alert(), locked=frozenset({"production"})).needs_lock
    assert not world.decide(alert(), locked=None).needs_lock
    world.hear(alert())
    same = world.decide(alert(), alert(name="B"), ended(alert(), 2), locked=frozenset())
    assert not same.needs_lock


def test_environments_are_incidents_of_their_own() -> None:
    world = World()
    world.hear(alert(), alert(environment="staging"))
    assert sorted(incident.environment for incident in world.open_ones()) == ["production", "staging"]


def test_the_snapshot_is_left_as_it_was() -> None:
    world = World(rules=(rule(min_alerts=2, group_by=()),))
    world.hear(alert("a"))
    snapshot, again = world.snapshot(), world.snapshot()
    rules = world.rule_set
    world.decide(alert("b", 1), ended(alert("a"), 2), alert("c", 3))
    assert snapshot == again
    assert rules.by_name
