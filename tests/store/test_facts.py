"""The inbox, the changes, the rankings, the event log and the quarantine."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.domain.alert import UNKNOWN
from bot.domain.change import ChangeKind, Wave
from bot.domain.decisions import Decision, DecisionKind
from bot.domain.errors import NotFoundError, PermanentError, StoreUnavailableError
from bot.domain.explainable import Told
from bot.domain.incident import Reason, State
from bot.domain.suspects import Evidence, LaterTrouble, Ranking, Suspect, Term
from bot.store.migrate import migrate
from bot.store.unit_of_work import PostgresStore
from tests.support.facts import NOW, alert_event, change, incident, later

if TYPE_CHECKING:
    from datetime import datetime

    from bot.app.ports import Store
    from bot.domain.change import Change
    from tests.support.postgres import PostgresServer

DAY = timedelta(days=1)
SKEW = timedelta(minutes=1)


async def test_an_id_is_admitted_once_for_each_consumer(store: Store) -> None:
    long = "ci\x00" * 100
    async with store.begin() as uow:
        assert await uow.inbox.admit("alerts", ["a" * 32, long]) == {"a" * 32, long}
        assert await uow.inbox.admit("alerts", ["a" * 32, "b"]) == {"b"}
    async with store.begin() as uow:
        assert await uow.inbox.admit("alerts", [long, "b"]) == set()
        assert await uow.inbox.admit("changes", ["b"]) == {"b"}
        assert await uow.inbox.admit("changes", []) == set()


async def test_two_who_admit_the_same_wait_for_one_another(postgres: PostgresStore) -> None:
    async def admit() -> set[str]:
        async with postgres.begin() as uow:
            return await uow.inbox.admit("alerts", ["a", "b"])

    async with postgres.begin() as uow:
        assert await uow.inbox.admit("alerts", ["a"]) == {"a"}
        other = asyncio.create_task(admit())
        done, _ = await asyncio.wait({other}, timeout=0.2)
        assert not done
    assert await asyncio.wait_for(other, 5) == {"b"}


def evidence(**more: object) -> Evidence:
    given: dict[str, object] = {"environment": "production", "onsets": {"checkout": NOW}, **more}
    return Evidence("i1", at=later(60), **given)  # type: ignore[arg-type] # the tests name its fields


async def candidates(store: Store, *wanted: tuple[Evidence, frozenset[str]]) -> dict[str, set[str]]:
    async with store.begin() as uow:
        found = await uow.rankings.candidates(wanted, DAY)
    return {one: {c.change_id for c in changes} for one, changes in found.items()}


async def test_a_change_is_kept_whole_and_replaced_by_its_newer_statement(store: Store) -> None:
    first = change("c1", scope={"region": "eu"}, version="1", author="ann", url="http://ci.test/1")
    newer = replace(first, summary="corrected", received_at=later(5))
    async with store.begin() as uow:
        await uow.changes.add([newer, first, change("c2", "db")])
        await uow.changes.add([first])
        found = await uow.rankings.candidates([(evidence(), frozenset({"checkout"}))], DAY)
    assert found == {"i1": [newer]}


async def test_a_later_statement_adds_its_wave_and_its_end(store: Store) -> None:
    canary, half = Wave(later(-300), 0.05, ("eu",)), Wave(later(-100), 0.5)
    told = change("c1", waves=(canary,), rolls_back="c0")
    more = replace(told, waves=(half,), rolls_back="", received_at=later(-99))
    corrected = replace(told, waves=(replace(half, share=0.6),), received_at=later(-98), ended_at=later(-50))
    async with store.begin() as uow:
        await uow.changes.add([told])
        await uow.changes.add([more])
        await uow.changes.add([corrected, replace(told, waves=(), received_at=later(-200))])
        found = await uow.rankings.candidates([(evidence(), frozenset({"checkout"}))], DAY)
    assert found == {"i1": [replace(corrected, waves=(canary, replace(half, share=0.6)), rolls_back="c0")]}


async def test_a_long_rollout_is_a_candidate_by_its_latest_wave(store: Store) -> None:
    begun = -30 * 3_600
    async with store.begin() as uow:
        await uow.changes.add([change("waved", at=begun, waves=(Wave(later(-60)),)), change("old", at=begun)])
    assert await candidates(store, (evidence(), frozenset({"checkout"}))) == {"i1": {"waved"}}


async def test_candidates_are_those_of_the_services_the_time_and_the_environment(store: Store) -> None:
    async with store.begin() as uow:
        await uow.changes.add(
            [
                change("right"),
                change("unknown", environment=UNKNOWN),
                change("staging", environment="staging"),
                change("old", at=-90_000),
                change("later", at=61),
                change("db", "db"),
            ]
        )
    both = frozenset({"checkout", "db"})
    assert await candidates(store, (evidence(), both)) == {"i1": {"right", "unknown", "db"}}
    nowhere = replace(evidence(environment=UNKNOWN), incident_id="i2")
    staging = replace(evidence(environment="staging"), incident_id="i3")
    assert await candidates(store, (evidence(), frozenset({"db"})), (nowhere, both), (staging, both)) == {
        "i1": {"db"},
        "i2": {"right", "unknown", "staging", "db"},
        "i3": {"unknown", "staging"},
    }


async def test_the_explainable_are_open_near_and_in_time(store: Store) -> None:
    hit, bare = incident(), incident(services=())
    misses = [
        incident(services=("web",)),
        incident(environment="staging"),
        incident(state=State.RESOLVED),
        incident(onset=later(100_000), last_alert_at=later(100_000), opened_at=later(100_000)),
    ]
    async with store.begin() as uow:
        for one in (hit, bare, *misses):
            await uow.incidents.add(one)

        async def explainable(
            one: Change, services: set[str] | None, since: datetime | None = None
        ) -> list[str]:
            return await uow.changes.explainable(
                [Told(one, None if services is None else frozenset(services), since or one.time)], DAY, SKEW
            )

        assert await explainable(change(), {"checkout", "db"}) == sorted([hit.id, bare.id])
        assert await explainable(change(), None) == sorted([hit.id, bare.id, misses[0].id])
        assert misses[1].id in await explainable(change(environment=UNKNOWN), None)
        assert await explainable(change(at=60), None) == sorted([hit.id, bare.id, misses[0].id])
        assert await explainable(change(at=61), None) == []
        assert await explainable(change(), None, later(61)) == []
        assert hit.id in await explainable(change(at=600, kind=ChangeKind.ROLLBACK), None)
        waved = change(at=-100_000, waves=(Wave(later(-60)),))
        assert hit.id in await explainable(waved, None)
        spread = incident(last_alert_at=later(600))
        await uow.incidents.add(spread)
        assert await explainable(change(at=600), None) == [spread.id]
        assert await explainable(change(at=601), None) == []


async def test_a_change_is_known_as_it_was_stated(store: Store) -> None:
    waved = change("c1", waves=(Wave(later(-60), 0.05),))
    async with store.begin() as uow:
        await uow.changes.add([waved, change("c2")])
        known = await uow.changes.known([change("c1", at=-5), change("c3")])
        assert known == {("ci", "c1"): waved}
        assert await uow.changes.explainable([], DAY, SKEW) == []


async def test_what_was_rolled_back_during_an_incident_is_known(store: Store) -> None:
    hit, staging = incident(), incident(environment="staging")
    async with store.begin() as uow:
        for one in (hit, staging):
            await uow.incidents.add(one)
        both = [hit.id, staging.id]
        await uow.changes.add([change("early", at=-9, rolls_back="c0"), change("plain", at=9)])
        assert await uow.changes.rolled_back(both) == []
        await uow.changes.add([change("back", at=9, kind=ChangeKind.ROLLBACK)])
        assert await uow.changes.rolled_back(both) == [hit.id]
        await uow.changes.add([change("anywhere", at=9, environment=UNKNOWN, rolls_back="c0")])
        assert await uow.changes.rolled_back(both) == sorted(both)


async def test_changes_are_counted_by_environment_and_service_within_a_time(store: Store) -> None:
    async with store.begin() as uow:
        assert await uow.changes.count(later(-100), later(0)) == ({}, None)
        await uow.changes.add(
            [
                change("c1", at=-100, received_at=later(-100)),
                change("c2", at=-50),
                change("c3", at=-40, environment="staging"),
                change("early", at=-102),
                change("late", at=0),
                change("import", at=-500, received_at=later(-50)),
            ]
        )
        await uow.changes.add([change("c2", at=-45)])
        made, first = await uow.changes.count(later(-100), later(0))
    assert made == {"production": {"checkout": 2}, "staging": {"checkout": 1}}
    assert first == later(-100)


async def test_rankings_come_back_as_they_were_and_count_up(store: Store) -> None:
    one = incident()
    suspect = Suspect(change(scope={"region": "eu"}), 0.75, (Term("delay", 1.5, "5 min before"),))
    first = Ranking(one.id, NOW, (), 1.0, (Term("prior", -0.5, "none"),), 0, shown=False)
    second = Ranking(one.id, later(5), (suspect,), 0.25, (), 1, shown=True)
    apart = LaterTrouble(later(6), ("cart", "web"), 0.9, suspect)
    third = replace(second, at=later(7), later=apart)
    fourth = replace(second, at=later(8), later=replace(apart, former=None))
    async with store.begin() as uow:
        await uow.incidents.add(one)
        assert await uow.rankings.latest([one.id]) == {}
        assert await uow.rankings.save([]) == {}
        assert await uow.rankings.save([first]) == {one.id: 1}
        assert await uow.rankings.save([second]) == {one.id: 2}
    async with store.begin() as uow:
        assert await uow.rankings.latest([one.id]) == {one.id: second}
        assert (await uow.incidents.view(one.id)).ranking == second
        assert await uow.rankings.latest([]) == {}
    for told in (third, fourth):
        async with store.begin() as uow:
            await uow.rankings.save([told])
        async with store.begin() as uow:
            assert await uow.rankings.latest([one.id]) == {one.id: told}


async def test_a_declared_incident_is_about_its_services(store: Store) -> None:
    one = incident(services=("checkout", "db"))
    async with store.begin() as uow:
        await uow.incidents.add(one)
        assert await uow.rankings.evidence({one.id: later(9)}) == [
            Evidence(one.id, "production", later(9), {"checkout": NOW, "db": NOW})
        ]
        assert await uow.rankings.evidence({}) == []


async def test_one_that_is_declared_without_a_service_began_when_it_was_declared(store: Store) -> None:
    one = incident(services=())
    async with store.begin() as uow:
        await uow.incidents.add(one)
        (about,) = await uow.rankings.evidence({one.id: later(9)})
    assert dict(about.onsets) == {UNKNOWN: NOW}


async def test_events_take_what_comes(store: Store) -> None:
    event = alert_event("f1", labels={"text": "Grüße \\ \" '"})
    async with store.begin() as uow:
        decision = Decision(DecisionKind.OPEN, event.event_id, None, Reason("opened", "A test."))
        await uow.events.append([event], [decision])
        await uow.events.append([], [])


async def test_the_quarantine_shows_its_newest_in_order(store: Store) -> None:
    async with store.begin() as uow:
        assert await uow.dead_letters.quarantined(5) == []
        for number in range(3):
            body = b"\x00\xff" * (number + 1)
            await uow.dead_letters.quarantine("grafana", f"reason {number}", "alerts[0]", body, later(number))
    async with store.begin() as uow:
        found = await uow.dead_letters.quarantined(2)
        assert [(one.at, one.source, one.reason, one.path, one.body) for one in found] == [
            (later(1), "grafana", "reason 1", "alerts[0]", b"\x00\xff\x00\xff"),
            (later(2), "grafana", "reason 2", "alerts[0]", b"\x00\xff\x00\xff\x00\xff"),
        ]
        assert await uow.dead_letters.one_quarantined(found[0].id) == found[0]
        with pytest.raises(NotFoundError):
            await uow.dead_letters.one_quarantined(10_000)


async def test_what_postgres_cannot_hold_is_refused_for_good(postgres: PostgresStore) -> None:
    with pytest.raises(PermanentError):
        async with postgres.begin() as uow:
            await uow.changes.add([change(summary="nul \x00")])
    await postgres.check()


async def test_a_connection_that_breaks_is_said_and_replaced(postgres: PostgresStore) -> None:
    async def end_own_session() -> None:
        async with postgres.engine.connect() as connection:
            raw = await connection.get_raw_connection()
            driver: Any = raw.driver_connection
            mine = driver.get_server_pid()
        async with postgres.begin() as uow:
            await uow.inbox.admit("alerts", ["x"])
            async with postgres.begin() as other:
                await other.inbox._session.execute("SELECT pg_terminate_backend($1)", mine)  # type: ignore[attr-defined] # reaches inside to break it
            await uow.inbox.admit("alerts", ["y"])

    with pytest.raises(StoreUnavailableError):
        await end_own_session()
    async with postgres.begin() as uow:
        assert await uow.inbox.admit("alerts", ["x", "y"]) == {"x", "y"}


async def test_a_restarted_server_is_met_with_new_connections(own_postgres: PostgresServer) -> None:
    url = await asyncio.to_thread(own_postgres.create_database)
    await migrate(url)
    store = PostgresStore(url)
    await asyncio.gather(*(store.check() for _ in range(4)))
    await asyncio.to_thread(own_postgres.kill)
    with pytest.raises(StoreUnavailableError):
        await store.check()
    await asyncio.to_thread(own_postgres.start)
    await store.check()
    await asyncio.gather(*(store.check() for _ in range(4)))
    await store.close()
