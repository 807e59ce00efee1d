"""Where an alert goes that could go to several places: back, to its group, or to a likelier neighbour."""

from __future__ import annotations

import pytest

from bot.domain.decisions import DecisionKind
from bot.domain.incident import Act
from tests.domain.test_decide import ATTACH, OPEN, said
from tests.domain.world import World, alert, catalog, ended, rule

CALLS = catalog("web > checkout > db", "mail > checkout")


def test_an_alert_fires_again_where_it_was_though_it_was_over_for_long() -> None:
    world = World(catalog=CALLS)
    world.hear(alert("checkout"), ended(alert("checkout"), 2))
    assert said(world.hear(alert("checkout", 30))) == [(ATTACH, "fired_again")]
    assert (world.open_one().alerts, world.open_one().firing) == (1, 1)


@pytest.mark.parametrize(("again", "where"), [(4, 0), (29, 1)])
def test_after_a_long_pause_a_likelier_neighbour_takes_it(again: float, where: int) -> None:
    """So that one stray alert does not keep those of a fault from one another."""
    world = World(catalog=CALLS)
    world.hear(alert("checkout"), ended(alert("checkout"), 2))
    world.rules = (rule(join_hops=0),)
    world.hear(alert("db", again - 0.4))
    world.hear(alert("db", again - 0.3, name="B"))
    world.rules = (rule(),)
    outcome = world.hear(alert("checkout", again))
    assert outcome.decisions[0].incident_id == world.open_ones()[where].id
    assert said(outcome) == [(ATTACH, "fired_again" if where == 0 else "topology")]


def test_where_nothing_is_joined_it_goes_back_whatever_happens_near_by() -> None:
    world = World(catalog=CALLS, rules=(rule(join_hops=0),))
    world.hear(alert("checkout"), ended(alert("checkout"), 2), alert("db", 28.5))
    assert said(world.hear(alert("checkout", 29))) == [(ATTACH, "fired_again")]
    assert said(world.hear(alert("checkout", 90, name="B"))) == [(ATTACH, "same_group")]


def test_an_alert_whose_incident_was_resolved_meanwhile_is_considered_anew() -> None:
    world = World(catalog=CALLS, rules=(rule(group_by=("alertname",)),))
    world.hear(alert("checkout"), ended(alert("checkout"), 1))
    world.act(Act.RESOLVE, world.open_one(), 2)
    assert said(world.hear(alert("checkout", 9))) == [(DecisionKind.REOPEN, "reopened")]


@pytest.mark.parametrize(
    ("name", "decided"),
    [
        ("Other", (ATTACH, "topology")),  # its group's incident is old; a neighbour's is young
        ("HighErrors", (DecisionKind.REOPEN, "reopened")),  # this very alert had ended just before
    ],
)
def test_what_was_resolved_is_reopened_unless_a_neighbour_is_likelier(
    name: str, decided: tuple[DecisionKind, str]
) -> None:
    world = World(catalog=catalog("web > checkout"))
    world.hear(alert("checkout"))
    world.hear(ended(alert("checkout"), 118.5))
    world.resolve(118.6)
    assert said(world.hear(alert("web", 118.7))) == [(OPEN, "opened")]
    assert said(world.hear(alert("checkout", 119, name=name))) == [decided]


def test_without_a_likelier_neighbour_any_alert_of_the_group_reopens() -> None:
    world = World(catalog=CALLS)
    world.hear(alert("checkout"), ended(alert("checkout"), 100))
    world.resolve(110)
    assert said(world.hear(alert("checkout", 119, name="Other"))) == [(DecisionKind.REOPEN, "reopened")]


@pytest.mark.parametrize(("minutes", "kind"), [(1, ATTACH), (90, ATTACH), (180, OPEN), (3 * 1440, OPEN)])
def test_an_alert_whose_end_nobody_told_does_not_belong_to_its_incident_for_ever(
    minutes: float, kind: DecisionKind
) -> None:
    world = World(catalog=CALLS)
    world.hear(alert("checkout"))
    assert said(world.hear(alert("checkout", minutes)))[0][0] is kind


def test_where_nothing_is_joined_one_without_an_end_goes_back() -> None:
    world = World(catalog=CALLS, rules=(rule(join_hops=0),))
    world.hear(alert("checkout"))
    assert said(world.hear(alert("checkout", 3 * 1440))) == [(ATTACH, "fired_again")]
