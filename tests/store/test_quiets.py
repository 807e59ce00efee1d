"""Silences against a store: what they keep quiet, and what becomes of it when they end."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.app.ports import IncidentFilter, Person
from bot.app.silences import SilenceDesk, mirror
from bot.app.timers import Bell
from bot.app.waking import Waking
from bot.domain.decide import decide
from bot.domain.decisions import DecisionKind
from bot.domain.errors import ConflictError, InvalidInputError, NotFoundError
from bot.domain.matchers import Matcher
from bot.domain.quieting import Quiet, QuietKind
from bot.domain.rules import DEFAULT_RULE, RuleSet
from bot.domain.timer import TimerKind
from bot.ingest.patterns import parse_matcher
from bot.store.session import statements
from tests.app.conftest import alert_intake
from tests.support.facts import NOW, alert_event, later

if TYPE_CHECKING:
    from datetime import datetime

    from bot.app.ingest_alerts import AlertIntake
    from bot.app.ports import Store
    from bot.domain.decisions import Outcome, Snapshot
    from bot.domain.rules import Routed
    from bot.store.unit_of_work import PostgresStore

ADA = Person("U1", "ada")
EVERYTHING = IncidentFilter()
CHECKOUT: tuple[Matcher, ...] = (parse_matcher("service=checkout"),)


@pytest.fixture
def alerts(store: Store) -> AlertIntake:
    return alert_intake(store, RuleSet([DEFAULT_RULE]))


def decided(alerts: AlertIntake, routed: list[Routed], snapshot: Snapshot) -> Outcome:
    catalog = alerts.ranker.catalog
    return decide(
        routed, snapshot, rules=alerts.rules, catalog=catalog, locked=frozenset(), new_id=alerts.ids
    )


def desk(store: Store) -> SilenceDesk:
    return SilenceDesk(store, lambda: NOW, lambda: "s1")


async def kept(store: Store, quiet_id: str) -> Quiet:
    async with store.begin() as uow:
        return await uow.quiets.get(quiet_id)


async def ring(store: Store, alerts: AlertIntake, at: datetime) -> list[str]:
    """Ring what is due then, as delivery does; gives the kinds."""
    alerts.clock = lambda: at
    bell = Bell(Waking(alerts))
    async with store.begin() as uow:
        due = await uow.timers.claim(at, timedelta(seconds=60), 10)
    for claimed in due:
        async with store.begin() as uow:
            await bell.prepare(uow, claimed.timer)
            assert await uow.timers.done(claimed)
            await bell.ring(uow, claimed.timer)
    return [claimed.timer.kind.value for claimed in due]


async def open_incidents(store: Store) -> int:
    async with store.begin() as uow:
        views, _ = await uow.incidents.list(EVERYTHING)
    return len(views)


async def test_what_a_silence_keeps_quiet_counts_when_it_ends(store: Store, alerts: AlertIntake) -> None:
    quiet = await desk(store).silence(CHECKOUT, timedelta(hours=1), ADA, "cards")
    taken = await alerts.take_in([alert_event("f1")])
    assert taken.decisions[DecisionKind.SUPPRESS] == 1
    assert await open_incidents(store) == 0
    assert await ring(store, alerts, later(3599)) == []
    assert await ring(store, alerts, later(3600)) == [TimerKind.RECONSIDER.value]
    assert await open_incidents(store) == 1
    assert quiet.by == "@ada"


async def test_ended_early_it_counts_at_once_and_once(store: Store, alerts: AlertIntake) -> None:
    quiet = await desk(store).silence(CHECKOUT, timedelta(hours=1), ADA)
    await alerts.take_in([alert_event("f1")])
    await desk(store).expire(quiet.id, ADA)
    await alerts.take_in([alert_event("f2")])
    assert await open_incidents(store) == 1
    await ring(store, alerts, later(1))
    async with store.begin() as uow:
        (view,), _ = await uow.incidents.list(EVERYTHING)
    assert (view.incident.firing, len(view.alerts)) == (2, 2)
    assert await desk(store).active() == []


async def test_a_decision_on_a_silence_that_was_ended_meanwhile_is_made_again(
    store: Store, alerts: AlertIntake
) -> None:
    quiet = await desk(store).silence(CHECKOUT, timedelta(hours=1), ADA)
    async with store.begin() as uow:
        routed = [alerts.rules.route(alert_event("f1"))]
        snapshot = await uow.board.load(routed, None)
    assert snapshot.quiet.quiets == (quiet,)
    await desk(store).expire(quiet.id, ADA)
    with pytest.raises(ConflictError):
        async with store.begin() as uow:
            await uow.board.save(decided(alerts, routed, snapshot))


async def test_what_is_no_silence_is_refused(store: Store) -> None:
    everything = (parse_matcher('service=~".*"'),)
    for matchers, length in (
        ((), timedelta(hours=1)),
        (everything, timedelta(hours=1)),
        (CHECKOUT * 33, timedelta(hours=1)),
        (CHECKOUT, timedelta(0)),
        (CHECKOUT, timedelta(days=31)),
    ):
        with pytest.raises(InvalidInputError):
            await desk(store).silence(matchers, length, ADA)
    with pytest.raises(NotFoundError):
        await kept(store, "s1")


async def test_a_mirror_keeps_what_is_seen_and_ends_what_is_not(store: Store) -> None:
    theirs = replace(
        await desk(store).silence(CHECKOUT, timedelta(hours=1), ADA), id="http://am#1", source="http://am"
    )
    for seen, changed in (
        ([theirs], 1),
        ([theirs], 0),
        ([replace(theirs, ends_at=later(7200))], 1),
        ([], 1),
        ([], 0),
    ):
        async with store.begin() as uow:
            assert await mirror(uow, "http://am", seen, NOW) == changed
    assert [one.id for one in await desk(store).active()] == ["s1"]
    ended = await kept(store, "http://am#1")
    assert ended.ends_at == NOW


async def test_an_alertmanagers_silence_is_ended_there(store: Store) -> None:
    theirs = replace(
        await desk(store).silence(CHECKOUT, timedelta(hours=1), ADA), id="http://am#1", source="http://am"
    )
    async with store.begin() as uow:
        await mirror(uow, "http://am", [theirs], NOW)
    with pytest.raises(InvalidInputError, match="end it there"):
        await desk(store).expire("http://am#1", ADA)


async def test_the_incident_in_which_it_is_asked_for_tells_everybody(
    store: Store, alerts: AlertIntake
) -> None:
    await alerts.take_in([alert_event("f1")])
    async with store.begin() as uow:
        (opened,), _ = await uow.incidents.list(EVERYTHING)
    incident = opened.incident.id
    await desk(store).silence(CHECKOUT, timedelta(hours=1), ADA, "moving racks", incident)
    async with store.begin() as uow:
        timeline = (await uow.incidents.view(incident)).timeline
    text = f'@ada silenced service="checkout" until {later(3600):%Y-%m-%d %H:%M} UTC: moving racks'
    assert ("silenced", "@ada", text) in [(one.kind, one.source, one.text) for one in timeline]


async def test_an_incident_that_does_not_exist_silences_nothing(store: Store) -> None:
    nobody = "00000000-0000-0000-0000-000000000000"
    with pytest.raises(NotFoundError):
        await desk(store).silence(CHECKOUT, timedelta(hours=1), ADA, "", nobody)
    assert await desk(store).active() == []


async def test_a_silence_about_a_label_of_any_name_holds(store: Store, alerts: AlertIntake) -> None:
    """Alertmanager allows every name since 0.27."""
    dotted = Quiet("s1", QuietKind.SILENCE, (Matcher("service.name", "=", "a\n"),), NOW, later(60), "@ada")
    async with store.begin() as uow:
        await uow.quiets.put([dotted])
    async with store.begin() as uow:
        assert (await uow.board.load([alerts.rules.route(alert_event("f1"))], None)).quiet.quiets == (dotted,)


async def test_one_that_cannot_be_read_keeps_nothing_quiet_and_stops_nobody(
    postgres: PostgresStore,
) -> None:
    good, bad = (Quiet(name, QuietKind.SILENCE, CHECKOUT, NOW, later(60), "@ada") for name in ("good", "bad"))
    async with postgres.begin() as uow:
        await uow.quiets.put([good, bad])
    async with statements(postgres.engine) as session:
        await session.execute("UPDATE quiets SET matchers = '[\"?\"]' WHERE id = 'bad'")
    async with postgres.begin() as uow:
        assert await uow.quiets.list(NOW) == [good]
    taken = await alert_intake(postgres, RuleSet([DEFAULT_RULE])).take_in([alert_event("f1")])
    assert taken.decisions[DecisionKind.SUPPRESS] == 1
