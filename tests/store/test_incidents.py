from __future__ import annotations

import asyncio
import uuid
from typing import TYPE_CHECKING

import pytest

from bot.app.ports import IncidentFilter
from bot.domain.decisions import Group, Outcome, TimelineEntry
from bot.domain.errors import ConflictError, InvalidInputError, NotFoundError
from bot.domain.incident import Severity, State
from bot.domain.rules import DEFAULT_RULE, RuleSet
from bot.domain.view import ChannelRef, PageRecord
from tests.app.conftest import alert_intake
from tests.support.facts import NOW, alert_event, incident, later

if TYPE_CHECKING:
    from bot.app.ports import Store
    from bot.domain.incident import Incident
    from bot.store.unit_of_work import PostgresStore


async def declare(store: Store, **fields: object) -> Incident:
    new = incident(**fields)
    async with store.begin() as uow:
        await uow.incidents.add(new)
    return new


async def test_it_is_found_by_id_and_by_name(store: Store) -> None:
    new = await declare(store, services=("checkout", "cart"), acknowledged_at=later(3))
    assert new.number > 0
    async with store.begin() as uow:
        assert await uow.incidents.get(new.id) == new
        assert await uow.incidents.get(new.name.lower(), lock=True) == new


@pytest.mark.parametrize("reference", ["INC-999999", str(uuid.UUID(int=7)), "nonsense", ""])
async def test_what_is_not_there_is_not_found(store: Store, reference: str) -> None:
    with pytest.raises(NotFoundError):
        async with store.begin() as uow:
            await uow.incidents.get(reference)


async def test_it_is_written_only_over_the_version_that_was_read(store: Store) -> None:
    new = await declare(store)
    async with store.begin() as uow:
        read = await uow.incidents.get(new.id)
        read.title, read.version = "Renamed", 2
        await uow.incidents.save(read)
    with pytest.raises(ConflictError):
        async with store.begin() as uow:
            await uow.incidents.save(read)
    async with store.begin() as uow:
        assert await uow.incidents.get(new.id) == read


async def test_nothing_of_a_failed_transaction_stays(store: Store) -> None:
    new = incident()

    async def half() -> None:
        async with store.begin() as uow:
            await uow.incidents.add(new)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await half()
    with pytest.raises(NotFoundError):
        async with store.begin() as uow:
            await uow.incidents.get(new.id)


async def own_group(store: Store, owner: Incident, key: str = "g") -> None:
    outcome = Outcome()
    outcome.groups[key, owner.id] = Group(key, "production", "default", owner.id, NOW, "opened")
    async with store.begin() as uow:
        await uow.board.save(outcome)


async def turn(store: Store, one: Incident, state: State) -> None:
    async with store.begin() as uow:
        read = await uow.incidents.get(one.id, lock=True)
        read.state, read.version = state, read.version + 1
        await uow.incidents.save(read)


async def test_a_resolved_incident_lets_go_of_its_groups_and_takes_the_free_ones_back(store: Store) -> None:
    first, second = await declare(store), await declare(store)
    await own_group(store, first)
    with pytest.raises(ConflictError):
        await own_group(store, second)
    await turn(store, first, State.RESOLVED)
    await turn(store, first, State.TRIGGERED)
    with pytest.raises(ConflictError):
        await own_group(store, second)
    await turn(store, first, State.RESOLVED)
    await own_group(store, second)
    await turn(store, first, State.TRIGGERED)
    await turn(store, second, State.RESOLVED)
    await own_group(store, first)


async def test_a_view_holds_all_that_hangs_on_it(store: Store) -> None:
    new = await declare(store)
    entry = TimelineEntry(new.id, later(2), "note", "Looking.", "@ann")
    async with store.begin() as uow:
        await uow.incidents.tell([entry])
        await uow.incidents.record_page(new.id, later(3), "critical")
        await uow.chat.own_channel(new.id, ChannelRef("T1", "C1", "inc-1"))
    async with store.begin() as uow:
        view = await uow.incidents.view(new.name)
        assert await uow.incidents.by_channel("C1") == new.id
        assert await uow.incidents.by_channel("C2") is None
    assert view.incident == new
    assert (view.timeline, view.pages) == ((entry,), (PageRecord(later(3), "critical"),))
    assert (view.channel, view.ranking, view.runs) == (ChannelRef("T1", "C1", "inc-1"), None, ())


async def test_lists_are_filtered_and_paged(store: Store) -> None:
    every = [await declare(store, services=("cart" if n % 2 else "search",)) for n in range(5)]
    await turn(store, every[0], State.RESOLVED)
    numbers = [one.number for one in every]

    async def page(**wanted: object) -> tuple[list[int], str | None]:
        async with store.begin() as uow:
            views, following = await uow.incidents.list(IncidentFilter(**wanted))  # type: ignore[arg-type] # the tests below name its fields
        return [view.incident.number for view in views], following

    first, following = await page(limit=2)
    assert first == numbers[:2:-1]
    second, following = await page(limit=2, after=following)
    assert second == numbers[2:0:-1]
    assert await page(limit=2, after=following) == ([numbers[0]], None)
    assert await page(service="cart") == ([numbers[3], numbers[1]], None)
    assert await page(state=State.RESOLVED) == ([numbers[0]], None)
    assert await page(since=later(1)) == ([], None)


async def test_the_worst_that_is_open_comes_first_and_all_are_counted(store: Store) -> None:
    worst = [await declare(store, severity=Severity.CRITICAL) for _ in range(2)]
    error = await declare(store, severity=Severity.ERROR, storm=True)
    closed = await declare(store, severity=Severity.CRITICAL)
    await turn(store, closed, State.RESOLVED)
    warnings = [await declare(store, severity=Severity.WARNING) for _ in range(3)]
    await turn(store, worst[0], State.ACKNOWLEDGED)
    async with store.begin() as uow:
        found, in_all = await uow.incidents.worst_open(4)
    assert [view.incident.number for view in found] == [
        worst[1].number, worst[0].number, error.number, warnings[2].number
    ]  # fmt: skip
    assert in_all == 6


async def test_nothing_is_open(store: Store) -> None:
    async with store.begin() as uow:
        assert await uow.incidents.worst_open(4) == ([], 0)


async def test_a_reference_is_an_id_in_the_databases_own_form_or_a_name(postgres: PostgresStore) -> None:
    new = await declare(postgres)
    bare = new.id.replace("-", "")
    async with postgres.begin() as uow:
        for reference in (new.id, new.id.upper(), bare, new.name, new.name.lower()):
            assert (await uow.incidents.get(reference)).id == new.id
        for other in (f"urn:uuid:{new.id}", f"{{{new.id}}}", f"{new.id}\x00", "\x00", "", bare[:-1]):
            with pytest.raises(NotFoundError):
                await uow.incidents.get(other)


@pytest.mark.parametrize("cursor", ["x", "-1", "²", "9" * 19])
async def test_a_cursor_that_is_none_is_named_as_people_know_it(postgres: PostgresStore, cursor: str) -> None:
    async with postgres.begin() as uow:
        with pytest.raises(InvalidInputError) as refused:
            await uow.incidents.list(IncidentFilter(after=cursor))
    assert refused.value.path == "cursor"


async def test_a_view_waits_for_a_write_in_progress(postgres: PostgresStore) -> None:
    new = await declare(postgres)

    async def look() -> str:
        async with postgres.begin() as uow:
            return (await uow.incidents.view(new.id)).incident.title

    async with postgres.begin() as uow:
        read = await uow.incidents.get(new.id, lock=True)
        read.title, read.version = "Renamed", 2
        await uow.incidents.save(read)
        looking = asyncio.create_task(look())
        done, _ = await asyncio.wait({looking}, timeout=0.2)
        assert not done
    assert await asyncio.wait_for(looking, 5) == "Renamed"


async def test_of_an_alert_that_fires_again_and_again_the_first_time_and_the_newest_are_told(
    store: Store,
) -> None:
    intake = alert_intake(store, RuleSet([DEFAULT_RULE]))
    flaps = [
        alert_event("f1", at=at, ended=ended, received=ended or at)
        for at in range(0, 3_000, 100)
        for ended in (None, at + 50)
    ]
    await intake.take_in([*flaps, alert_event("f2", at=3_000, received=3_000)])
    async with store.begin() as uow:
        view = await uow.incidents.view("INC-1")
    assert [(one.fingerprint, one.starts_at) for one in view.alerts] == [
        ("f1", later(2_900)),
        ("f2", later(3_000)),
    ]
    fired = [line.time for line in view.timeline if line.text == "Alertf1 on checkout fires."]
    assert fired == [NOW, *(later(at) for at in range(1_000, 3_000, 100))]
    (more,) = [line for line in view.timeline if line.kind == "alert_repeats"]
    assert (more.time, more.text) == (later(1_000), "Alertf1 on checkout has fired 9 times more by then.")
    assert view.incident.alerts == 2
