"""What must hold whatever is silenced, inhibited, held or attached, in whatever order: nothing is lost."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.alert import AlertStatus
from bot.domain.incident import Act
from bot.domain.inhibition import CAUSE
from bot.domain.openings import EXPIRED, NOTHING_TO_JOIN
from bot.domain.quieting import Window
from bot.domain.rules import Action, Held
from bot.domain.suppression import INACTIVE, NO_RULE
from bot.domain.timer import TimerKind
from tests.domain.test_decide_properties import check
from tests.domain.test_quieting import Between
from tests.domain.world import START, StormPolicy, World, alert, at, catalog, ended, inhibition, rule
from tests.support.examples import examples

if TYPE_CHECKING:
    from datetime import datetime

    from bot.domain.alert import Occurrence

SERVICES = ("web", "checkout", "bank")
NAMES = ("Errors", "Latency", "Down", "Deadlock")
CALLS = catalog("web > checkout > bank")

worlds = st.builds(
    lambda least, held, openings, window: World(
        rules=(
            rule("alertname=Deadlock", name="joins", action=Action.ATTACH),
            rule(name="opens", min_alerts=least, held=held, join_hops=1, flap_after=2),
        ),
        storm=StormPolicy(openings=openings),
        catalog=CALLS,
        inhibitions=(
            inhibition("alertname=Down", "alertname=Errors", "service"),
            inhibition("alertname=Down", 'alertname=~"Down|Latency"', name="both"),
        ),
        windows=(Window("nightly", rule("service=web").matchers, Between(at(20), at(20 + window))),),
    ),
    least=st.sampled_from((1, 1, 2)),
    held=st.sampled_from(tuple(Held)),
    openings=st.sampled_from((1, 10)),
    window=st.sampled_from((5, 30)),
)
minutes = st.integers(1, 25)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("fires"), st.sampled_from(SERVICES), st.sampled_from(NAMES), minutes),
        st.tuples(st.just("fires"), st.sampled_from(SERVICES), st.sampled_from(NAMES), minutes),
        st.tuples(st.just("ends"), st.sampled_from(SERVICES), st.sampled_from(NAMES), minutes),
        st.tuples(st.just("silence"), st.sampled_from(SERVICES), st.sampled_from(NAMES), minutes),
        st.tuples(st.just("unsilence"), st.sampled_from(SERVICES), st.sampled_from(NAMES), minutes),
        st.tuples(st.just("resolve"), st.sampled_from(SERVICES), st.sampled_from(NAMES), minutes),
    ),
    min_size=8,
    max_size=30,
)


def play(world: World, step: tuple[str, str, str, int], minute: float) -> None:
    """Do one step at that minute; alerts are named by service and name, silences too."""
    what, service, name, length = step
    known = world.snapshot().occurrences.get(("am", f"production/{name}/{service}"))
    fires = known is not None and known.status is AlertStatus.FIRING
    match what:
        case "fires" if not fires:
            world.hear(alert(service, minute, name=name))
        case "ends" if known is not None and fires:
            started = (known.starts_at - START).total_seconds() / 60
            world.hear(ended(alert(service, started, name=name), minute))
        case "silence":
            matchers = (f"service={service}", f"alertname={name}")
            title = f"{service}-{name}-{minute}"
            world.silence(*matchers, minute=minute, until=minute + length, name=title)
        case "unsilence":
            for silence, quiet in list(world.quiets.items()):
                if quiet.starts_at < at(minute) < quiet.ends_at:
                    world.unsilence(silence, minute)
        case "resolve":
            for incident in world.open_ones():
                world.act(Act.RESOLVE, incident, minute)
        case _:
            pass


def accounted_for(world: World, one: Occurrence, now: datetime) -> bool:
    """Whether a firing alert belongs to an incident, waits for something that will come, or is nobody's."""
    if one.incident_id is not None:
        return one.incident_id in world.incidents
    kind, _, subject = one.quiet.partition(":")
    reminded = world.timers.get((TimerKind.RECONSIDER, one.quiet))
    match kind:
        case "":
            waits = world.timers.get((TimerKind.HELD, one.group_key))
            return waits is not None and waits.due_at > now
        case "silence":
            return reminded is not None and now < reminded.due_at <= world.quiets[subject].ends_at
        case "maintenance":
            return reminded is not None and reminded.due_at > now
        case "inhibited":
            latest = world.snapshot().occurrences
            sources = [latest[alert] for key, alert in world.inhibitors if key == subject]
            firing = any(source.status is AlertStatus.FIRING for source in sources)
            return firing and reminded is not None and reminded.due_at > now
        case _:
            return kind in {EXPIRED, NOTHING_TO_JOIN}


@given(worlds, steps)
@settings(max_examples=examples(120), deadline=None)
def test_every_alert_that_fires_is_attached_held_or_quiet_with_a_cause_that_lives(
    world: World, played: list[tuple[str, str, str, int]]
) -> None:
    minute = 0.0
    for step in played:
        minute += step[3] / 4
        world.wait(minute)
        play(world, step, minute)
        world.wait(minute)
        check(world)
        latest = world.snapshot().occurrences.values()
        firing = [one for one in latest if one.status is AlertStatus.FIRING]
        for one in firing:
            assert accounted_for(world, one, at(minute)), (one, world.timers)
    sources = Counter(key for key, _ in world.inhibitors)
    assert all(count > 0 for count in sources.values())


@given(worlds, steps)
@settings(max_examples=examples(60), deadline=None)
def test_after_everything_is_over_nothing_waits_and_nothing_is_quiet(
    world: World, played: list[tuple[str, str, str, int]]
) -> None:
    minute = 0.0
    for step in played:
        minute += step[3] / 4
        world.wait(minute)
        play(world, step, minute)
    for service in SERVICES:
        for name in NAMES:
            play(world, ("ends", service, name, 1), minute + 1)
    world.wait(minute + 10_000)
    assert {timer.kind for timer in world.timers.values()} == set()
    assert all(incident.firing == 0 for incident in world.incidents.values())
    assert not [incident for incident in world.open_ones() if incident.flapping_since is not None]


def test_the_words_of_causes_stay_apart() -> None:
    assert len({CAUSE, EXPIRED, INACTIVE, NOTHING_TO_JOIN, "silence", "maintenance", NO_RULE.name}) == 7
