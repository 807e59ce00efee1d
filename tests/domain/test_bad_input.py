"""Alerts that are not as they should be: handled, bounded, explained."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.decisions import DecisionKind
from tests.domain.world import World, alert, at, ended, rule

HUGE = "x" * 1_000_000
OVERRIDE = "\u202e\u2066"


def test_alerts_without_a_service_are_one_group_and_are_said_to_be_about_none() -> None:
    world = World()
    world.hear(alert("unknown", 0), alert("unknown", 1, name="Latency"))
    incident = world.open_one()
    assert (incident.services, incident.firing) == (("unknown",), 2)
    assert incident.reason.text.startswith("Rule default opens an incident for HighErrors; ")


def test_a_clock_an_hour_ahead_neither_delays_nor_reaches_into_the_future() -> None:
    world = World()
    early = alert("checkout", 0, started=60)
    world.hear(early)
    assert (world.open_one().onset, world.open_one().opened_at) == (at(0), at(0))
    world.hear(ended(early, 5))
    assert world.open_one().firing == 0


def test_a_clock_an_hour_behind_tells_an_early_onset_and_keeps_our_windows() -> None:
    world = World(rules=(rule(min_alerts=2, join_hops=0),))
    world.hear(alert("checkout", 60, started=0))
    (decision,) = world.hear(alert("checkout", 61, name="Latency", started=1)).decisions
    assert decision.kind is DecisionKind.OPEN
    assert (world.open_one().onset, world.open_one().opened_at) == (at(0), at(61))


def test_an_end_that_overtakes_its_beginning_wins_and_opens_nothing() -> None:
    world = World()
    began = alert("checkout", 0)
    (end,) = world.hear(ended(began, 5)).decisions
    (late,) = world.hear(replace(began, received_at=at(6))).decisions
    assert (end.reason.name, late.reason.name) == ("resolved_unseen", "repeated")
    assert world.open_ones() == []


def test_names_of_a_megabyte_and_turned_writing_stay_short_and_plain() -> None:
    world = World()
    odd = alert(
        f"pay{OVERRIDE}ments{HUGE}",
        0,
        name=f"Down{OVERRIDE}\n{HUGE}",
        annotations={"summary": f"{OVERRIDE}Payments\nfail {HUGE}"},
    )
    (decision,) = world.hear(odd).decisions
    incident = world.open_one()
    assert incident.title.startswith("Payments fail xxx")
    assert len(incident.title) == 120
    assert len(decision.reason.text) < 400
    assert not set(OVERRIDE) & set(incident.title + decision.reason.text)
    assert all(len(line.text) < 400 and "\n" not in line.text for line in world.timeline)


def test_a_summary_of_nothing_visible_is_named_by_the_alert() -> None:
    world = World()
    world.hear(alert("checkout", 0, annotations={"summary": OVERRIDE}))
    world.hear(alert("search", 0, name=OVERRIDE, environment="staging"))
    assert {one.title for one in world.open_ones()} == {"HighErrors", "An alert without a name"}
