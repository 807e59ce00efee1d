from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain import effects
from bot.domain.consequences import effects_of
from bot.domain.effects import Effect, EffectKind, announcements, decorations
from bot.domain.incident import Act, Severity
from bot.domain.suspects import Ranking
from bot.domain.timer import Timer, TimerKind
from bot.domain.view import IncidentView, RunSummary
from tests.domain.test_decide_properties import notifications, worlds
from tests.domain.world import START, StormPolicy, World, alert, ended, rule
from tests.support.examples import examples

OPENING = [EffectKind.OPEN_CHANNEL, EffectKind.STATUS_CARD]


def asked(world: World, *events: object) -> list[Effect]:
    outcome = world.hear(*events)  # type: ignore[arg-type] # alerts, spelled shorter below
    return list(effects_of(outcome, world.rule_set))


def kinds(found: list[Effect]) -> list[EffectKind]:
    return [effect.kind for effect in found]


def published(found: list[Effect]) -> list[str]:
    return [effect.payload["event"] for effect in found if effect.kind is EffectKind.PUBLISH]


def notes(found: list[Effect]) -> list[str]:
    return [str(effect.payload["text"]) for effect in found if effect.kind is EffectKind.POST_NOTE]


def pages(found: list[Effect]) -> list[str]:
    return [str(effect.payload["why"]) for effect in found if effect.kind is EffectKind.PAGE]


def test_an_opening_asks_for_the_channel_first() -> None:
    world = World(rules=(rule(playbooks=("look", "fix")),))
    found = asked(world, alert())
    incident = world.open_one()
    assert kinds(found) == [*OPENING, EffectKind.START_PLAYBOOKS, EffectKind.PUBLISH]
    assert {effect.lane for effect in found[:2]} == {f"slack:{incident.id}"}
    assert found[2].payload == {"playbooks": ["look", "fix"]}
    assert found[3].payload == {"event": "opened", "sequence": 1, "state": "triggered"}


def test_each_cause_is_told_once_to_each() -> None:
    told = effects.tell("#ops", "The rules are wrong.", "rules:1")
    assert told.payload == {"to": "#ops", "text": "The rules are wrong."}
    assert told.key != effects.tell("U1", "The rules are wrong.", "rules:1").key
    assert told.key != effects.tell("#ops", "The rules are wrong.", "rules:2").key


def test_without_playbooks_none_is_started() -> None:
    assert EffectKind.START_PLAYBOOKS not in kinds(asked(World(rules=(rule(playbooks=()),)), alert()))


def test_somebody_is_paged_where_the_severity_asks_for_it() -> None:
    world = World()
    assert not pages(asked(world, alert(name="A")))
    assert pages(asked(world, alert(name="B", minute=1, severity="critical"))) == [
        "The severity of INC-1 has risen to critical."
    ]
    assert not pages(asked(world, alert(name="C", minute=2, severity="critical")))
    assert pages(asked(World(), alert(severity="critical")))[0].startswith("Rule default opens")
    picky = World(rules=(rule(page=frozenset({Severity.INFO})),))
    assert not pages(asked(picky, alert(severity="critical")))


def test_a_storm_pages_as_the_rules_of_its_alerts_do() -> None:
    for wakes, expected in ((frozenset(), 0), (frozenset({Severity.CRITICAL}), 2)):
        world = World(rules=(rule(page=wakes),), storm=StormPolicy(openings=1))
        found = asked(world, alert("a", severity="critical"), alert("b", severity="critical"))
        assert len(pages(found)) == expected
        assert kinds(found).count(EffectKind.START_PLAYBOOKS) == 1
        more = asked(world, alert("c", minute=1, severity="critical"))
        assert {one.key for one in more if one.kind is EffectKind.PAGE} <= {one.key for one in found}


def test_a_storm_is_of_no_rule_whatever_that_is_called() -> None:
    world = World(rules=(rule(name="storm", playbooks=("fix",)),), storm=StormPolicy(openings=1))
    found = asked(world, alert("a"), alert("b"))
    assert [one.payload["playbooks"] for one in found if one.kind is EffectKind.START_PLAYBOOKS] == [["fix"]]


def test_an_alert_whose_own_rule_pages_wakes_somebody_where_its_incident_s_rule_does_not() -> None:
    quiet = rule("alertname=Noise", name="noise", page=frozenset())
    world = World(rules=(quiet, rule(name="shop")))
    assert not pages(asked(world, alert("checkout", name="Noise", severity="critical")))
    joins = asked(world, alert("checkout", name="Down", minute=1, severity="critical"))
    incident = world.open_one()
    assert incident.rule == "noise"
    assert pages(joins) == [f"An alert of severity critical has joined INC-1: {incident.title}"]
    again = asked(world, alert("checkout", name="Slow", minute=2, severity="critical"))
    keys = [[one.key for one in found if one.kind is EffectKind.PAGE] for found in (joins, again)]
    assert keys[0] == keys[1], "it is entered once"
    world.resolve(3)
    reopened = asked(world, alert("checkout", name="Down", minute=4, severity="critical"))
    assert [one.key for one in reopened if one.kind is EffectKind.PAGE] != keys[0]


def test_more_of_the_same_updates_the_card_alone() -> None:
    world = World()
    asked(world, alert(name="A"))
    assert kinds(asked(world, alert(name="B", minute=1))) == [EffectKind.STATUS_CARD]
    assert kinds(asked(world, ended(alert(name="A"), 2))) == [EffectKind.STATUS_CARD]
    assert not asked(world, alert(name="B", minute=1))


def test_monitoring_and_back_are_told_once_each() -> None:
    world = World()
    asked(world, alert())
    over = asked(world, ended(alert(), 1))
    assert kinds(over) == [
        EffectKind.STATUS_CARD,
        EffectKind.SET_TOPIC,
        EffectKind.POST_NOTE,
        EffectKind.PUBLISH,
    ]
    assert (published(over), notes(over)[0][:21]) == (["monitoring"], "All alerts have ended")
    again = asked(world, alert(minute=2))
    assert (published(again), notes(again)[0][:20]) == (["triggered"], "An alert fires; the ")
    assert kinds(asked(world, ended(alert(minute=2), 3), alert(minute=4))) == [EffectKind.STATUS_CARD]


def test_an_incident_that_opened_and_ended_in_one_batch_tells_both() -> None:
    found = asked(World(), alert(), ended(alert(), 1))
    assert published(found) == ["opened", "monitoring"]
    assert EffectKind.SET_TOPIC not in kinds(found), "it comes with the channel"


def test_a_reopening_pages_again_and_may_end_in_the_same_batch() -> None:
    world = World()
    asked(world, alert(severity="critical"))
    world.resolve(1)
    found = asked(world, alert(minute=2, severity="critical"), ended(alert(minute=2, severity="critical"), 3))
    assert published(found) == ["reopened", "monitoring"]
    assert pages(found) == ["Reopened: an alert of INC-1's group fired after it was resolved."]
    assert len({effect.key for effect in found}) == len(found)


def test_escalation_is_published() -> None:
    world = World()
    asked(world, alert(name="A"))
    assert published(asked(world, alert(name="B", severity="error"))) == ["escalated"]


@given(worlds, st.lists(st.lists(notifications(), min_size=1, max_size=6), max_size=8), st.booleans())
@settings(max_examples=examples(50), deadline=None)
def test_only_what_is_said_once_has_a_key_twice_and_every_payload_is_json(
    world: World, batches: list[list[object]], close: bool
) -> None:
    found: list[Effect] = []
    for minute, batch in enumerate(batches):
        found += asked(world, *batch)
        for incident in world.open_ones() if close else ():
            world.act(Act.RESOLVE, incident, minute * 10)
    # An incident pages once for each severity for which other rules wake: the outbox takes a key once.
    once = {f"page:{incident}:{severity}" for incident in world.incidents for severity in Severity}
    assert {key for key, many in Counter(effect.key for effect in found).items() if many > 1} <= once
    json.dumps([dict(effect.payload) for effect in found])
    assert {effect.incident_id for effect in found} <= set(world.incidents)


def test_keys_name_their_cause() -> None:
    world = World()
    world.hear(alert())
    incident = world.open_one()
    one, other = effects.post_note(incident, "a"), effects.post_note(incident, "b\ud800")
    assert one.key != other.key
    assert effects.suspects_card("i", 3).key == "suspects:i:3"
    assert effects.suspects_card("i", 3).coalesce == effects.suspects_card("i", 4).coalesce
    assert effects.post_postmortem(incident).key == f"postmortem:{incident.id}:1"
    assert effects.say("i", "text", "run:1").key == "say:run:1"
    assert effects.run_card("i", "r", "started").coalesce == "run-card:r"
    assert effects.advance_run("i", "r", "started").lane == "run:r"
    about = effects.page_once(incident, "Slack fails", "overdue")
    assert (about.key, about.payload["severity"]) == (f"page:{incident.id}:overdue", "warning")
    assert Timer(TimerKind.RERANK, "i", START + timedelta(1)).generation == 0


def test_the_responders_of_a_service_that_joins_are_invited_as_well() -> None:
    world = World(rules=(rule(group_by=("environment",)),))
    asked(world, alert("checkout", name="A"))
    assert EffectKind.INVITE in kinds(asked(world, alert("payments", name="B", minute=1)))
    assert EffectKind.INVITE not in kinds(asked(world, alert("payments", name="C", minute=2)))


def test_decoration_holds_up_neither_the_card_nor_one_another() -> None:
    world = World()
    card = next(one for one in asked(world, alert()) if one.kind is EffectKind.STATUS_CARD)
    incident = world.open_one()
    first = list(decorations(incident, "C1"))
    assert kinds(first) == [EffectKind.INVITE, EffectKind.SET_TOPIC]
    assert len({card.lane, *(one.lane for one in first)}) == 3
    assert {one.lane for one in first} == {effects.invite(incident).lane, effects.set_topic(incident).lane}
    assert not {one.key for one in first} & {one.key for one in decorations(incident, "C2")}
    assert {one.coalesce for one in first} == {None}, "none is taken for one that was done too early"


def test_a_channel_in_the_place_of_another_shows_what_stood_there() -> None:
    world = World()
    world.hear(alert())
    incident = world.open_one()
    first, other = effects.open_channel(incident), effects.open_channel(incident, "C1")
    assert (first.payload, other.payload) == ({}, {"lost": "C1"})
    assert first.key != other.key
    view = IncidentView(incident, (), (), None, (), None)
    assert list(effects.shown_anew(view, "C2")) == []
    ended = RunSummary("r1", "look", "Look", "succeeded", START, START, ())
    runs = (ended, replace(ended, id="r2", ended_at=None))
    ranking = Ranking(incident.id, START, (), 1.0, (), 0, shown=False)
    found = list(effects.shown_anew(replace(view, runs=runs, ranking=ranking), "C2"))
    assert [one.key for one in found] == [f"suspects:{incident.id}:C2", "run-card:r2:C2"]
    again = list(announcements(incident, ("#shop",), "C2"))
    assert again[0].key != next(announcements(incident, ("#shop",))).key


def test_other_channels_are_told_once_each() -> None:
    world = World()
    world.hear(alert("checkout"))
    told = list(announcements(world.open_one(), ("#shop", "C1", "#shop")))
    assert [effect.payload["channel"] for effect in told] == ["#shop", "C1"]
    assert len({effect.lane for effect in told}) == 2
