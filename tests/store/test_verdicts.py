"""The `Verdicts` port, on the fake and on PostgreSQL."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.app.ports import Activity
from bot.domain.alert import UNKNOWN
from bot.domain.change import ChangeKind
from bot.domain.verdicts import Judgement, Verdict
from tests.support.facts import NOW, change, incident, later

if TYPE_CHECKING:
    from bot.app.ports import Store
    from bot.domain.change import Change


def verdict(incident_id: str, about: Change | None, *, at: float = 0, by: str = "@ada") -> Verdict:
    judgement = Judgement.NO_CHANGE if about is None else Judgement.CAUSED
    return Verdict(str(uuid.uuid4()), incident_id, judgement, about, f"U-{by}", by, "slack", later(at))


async def test_every_word_comes_back_in_its_order_with_the_change_as_it_was(store: Store) -> None:
    one, other = incident(), incident()
    whole = change("c1", scope={"region": "eu"}, version="2", url="http://ci.test/1", kind=ChangeKind.CONFIG)
    first, second = verdict(one.id, whole), verdict(one.id, None, at=-60, by="bot")
    elsewhere = verdict(other.id, whole, at=1)
    async with store.begin() as uow:
        await uow.incidents.add(one)
        await uow.incidents.add(other)
        for said in (first, second, elsewhere):
            await uow.verdicts.add(said)
    async with store.begin() as uow:
        assert await uow.verdicts.of([one.id]) == {one.id: [first, second]}
        assert await uow.verdicts.of([]) == {}
        assert (await uow.incidents.view(one.id)).verdicts == (first, second)
        assert await uow.verdicts.since(later(1)) == {other.id: [elsewhere]}
        assert await uow.verdicts.since(NOW) == {one.id: [first, second], other.id: [elsewhere]}


async def test_a_word_is_taken_back_once_and_kept(store: Store) -> None:
    one = incident()
    said = verdict(one.id, change())
    async with store.begin() as uow:
        await uow.incidents.add(one)
        await uow.verdicts.add(said)
        assert await uow.verdicts.withdraw(said.id, later(9), "@bob")
        assert not await uow.verdicts.withdraw(said.id, later(10), "@eve")
        assert not await uow.verdicts.withdraw("no id at all", NOW, "@eve")
        taken_back = replace(said, withdrawn_at=later(9), withdrawn_by="@bob")
        assert await uow.verdicts.of([one.id]) == {one.id: [taken_back]}


async def test_changes_by_their_id_and_by_time(store: Store) -> None:
    ours, theirs = change("c1", at=-10), replace(change("c1", at=-20), source="argo")
    nowhere = change("c2", at=-30, environment=UNKNOWN)
    staging, late = change("c3", environment="staging"), change("c4", at=0)
    async with store.begin() as uow:
        await uow.changes.add([ours, theirs, nowhere, staging, late])
        assert await uow.verdicts.find_changes("c1") == [theirs, ours]
        assert await uow.verdicts.find_changes("none") == []
        found = await uow.verdicts.changes_between(later(-30), NOW, "production")
        assert found == [nowhere, theirs, ours]
        everywhere = await uow.verdicts.changes_between(later(-400), NOW, UNKNOWN)
        assert everywhere == [staging, nowhere, theirs, ours]


async def test_what_happened_in_a_period(store: Store) -> None:
    async with store.begin() as uow:
        await uow.changes.add(
            [change("a"), change("b"), change("c", "db"), change("d", environment="staging")]
        )
        await uow.changes.add([change("old", at=-9000), change("new", at=0)])
        judged, taken_back, cleared = (incident(opened_at=later(-5)) for _ in range(3))
        for one in (judged, taken_back, cleared, incident(opened_at=NOW)):
            await uow.incidents.add(one)
        await uow.verdicts.add(verdict(judged.id, None))
        gone, not_it = verdict(taken_back.id, change("a")), verdict(cleared.id, change("a"))
        await uow.verdicts.add(gone)
        await uow.verdicts.withdraw(gone.id, NOW, "@ada")
        await uow.verdicts.add(replace(not_it, judgement=Judgement.DID_NOT))
        found = await uow.verdicts.activity(later(-3600), NOW, "production")
        assert found == Activity({"checkout": 2, "db": 1}, 3, 1)
        assert await uow.verdicts.activity(later(-3600), later(1), None) == Activity(
            {"checkout": 4, "db": 1}, 4, 1
        )
