"""What fires already is considered under a changed configuration."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Any

import pytest

from bot.app import reconsidering
from bot.app.reconsidering import Reconsidering
from bot.domain.decisions import DecisionKind
from bot.domain.inhibition import Inhibition
from bot.domain.quieting import Quiet, QuietKind, Window
from bot.domain.rules import DEFAULT_RULE, Action, Rule, RuleSet
from bot.domain.schedule import Hours, Schedule
from bot.ingest.patterns import parse_matcher
from tests.app.conftest import alert_intake
from tests.store.test_inhibitors import decisions_of, ring_all
from tests.support.facts import NOW, alert_event, later

if TYPE_CHECKING:
    from bot.app.ports import Store

ALWAYS = Schedule((Hours(UTC),))


def rules(*inhibitions: Inhibition, windows: tuple[Window, ...] = ()) -> RuleSet:
    return RuleSet([DEFAULT_RULE], inhibitions=inhibitions, windows=windows)


def inhibition(source: str, target: str = "service=web") -> Inhibition:
    return Inhibition("down", (parse_matcher(source),), (parse_matcher(target),))


async def change(store: Store, wanted: RuleSet) -> None:
    """The rules are changed, and what is due then rings."""
    await Reconsidering(store, lambda: later(60)).under(wanted)
    await ring_all(store, alert_intake(store, wanted))


async def incident_of(store: Store, event: Any) -> str | None:
    async with store.begin() as uow:
        (kept,) = (await uow.board.load([rules().route(event)], None)).occurrences.values()
    return kept.incident_id


@pytest.mark.parametrize("at_once", [1, 1_000])
async def test_a_source_that_fires_already_inhibits_what_comes(
    store: Store, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(reconsidering, "AT_ONCE", at_once)
    sources = [alert_event(name, service="db") for name in ("s1", "s2")]
    await decisions_of(alert_intake(store, rules()), *sources, alert_event("x", service="cart"))
    wanted = rules(inhibition("service=db"))
    await change(store, wanted)
    async with store.begin() as uow:
        assert {one.alert for one in (await uow.board.inhibitors()).values()} == {one.key for one in sources}
    web = alert_event("t", service="web")
    assert await decisions_of(alert_intake(store, wanted), web) == {DecisionKind.SUPPRESS: 1}


async def test_one_that_is_no_source_any_more_inhibits_nothing(store: Store) -> None:
    before = rules(inhibition("service=db"))
    target = alert_event("t", service="web")
    await decisions_of(alert_intake(store, before), alert_event("s", service="db"), target)
    assert await incident_of(store, target) is None
    await change(store, rules(inhibition("service=cache")))
    assert await incident_of(store, target) is not None
    async with store.begin() as uow:
        assert await uow.board.inhibitors() == {}


async def test_whether_a_source_is_a_target_as_well_is_found_anew(store: Store) -> None:
    source = alert_event("s", service="db")
    await decisions_of(alert_intake(store, rules(inhibition("service=db"))), source)
    await change(store, rules(inhibition("service=db", "service=~db|web")))
    async with store.begin() as uow:
        assert [one.both for one in (await uow.board.inhibitors()).values()] == [True]


async def test_what_stays_quiet_stays_so(store: Store) -> None:
    wanted, target = rules(inhibition("service=db")), alert_event("t", service="web")
    await decisions_of(alert_intake(store, wanted), alert_event("s", service="db"), target)
    await change(store, wanted)
    assert await incident_of(store, target) is None


async def test_a_window_that_is_gone_keeps_nothing_quiet(store: Store) -> None:
    before = rules(windows=(Window("nightly", (parse_matcher("service=web"),), ALWAYS),))
    target = alert_event("t", service="web")
    assert await decisions_of(alert_intake(store, before), target) == {DecisionKind.SUPPRESS: 1}
    await change(store, rules())
    assert await incident_of(store, target) is not None


async def test_a_rule_whose_hours_are_changed_counts_at_once(store: Store) -> None:
    def office(start: int) -> RuleSet:
        return RuleSet([Rule("office", active=Schedule((Hours(UTC, start=start, end=start + 60),)))])

    hour = NOW.hour * 60
    target = alert_event("t", service="web")
    early = office((hour + 300) % 1_320)
    assert await decisions_of(alert_intake(store, early), target) == {DecisionKind.SUPPRESS: 1}
    await change(store, office(hour))
    assert await incident_of(store, target) is not None


async def test_silences_are_people_s_and_left_alone(store: Store) -> None:
    silence = Quiet("s1", QuietKind.SILENCE, (parse_matcher("service=web"),), NOW, later(3_600), "@ada")
    async with store.begin() as uow:
        await uow.quiets.put([silence])
    target = alert_event("t", service="web")
    mute = RuleSet([Rule("mute", action=Action.SUPPRESS)])
    assert await decisions_of(alert_intake(store, rules()), target) == {DecisionKind.SUPPRESS: 1}
    async with store.begin() as uow:
        assert await uow.board.causes() == ["silence:s1"]
    await change(store, mute)
    assert await incident_of(store, target) is None
