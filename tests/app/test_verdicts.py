from __future__ import annotations

import itertools
from dataclasses import dataclass, field, replace

import pytest

from bot.app.ports import Person
from bot.app.ranking import Ranker
from bot.app.verdicts import VerdictDesk
from bot.domain.change import ChangeKind
from bot.domain.correlation import DEFAULT_PARAMETERS
from bot.domain.errors import InvalidInputError, NotFoundError
from bot.domain.failures import FailureRate
from bot.domain.incident import State
from bot.domain.verdicts import Judgement
from tests.app.conftest import CATALOG
from tests.support.facts import NOW, change, incident, later
from tests.support.fake_store import FakeStore

ADA, BOB, ROBOT = Person("U1", "ada"), Person("U2", "bob"), Person("api:ci", "ci", via="api")
CAUSED, DID_NOT, NO_CHANGE = Judgement.CAUSED, Judgement.DID_NOT, Judgement.NO_CHANGE
NEAR, FAR, ELSEWHERE = change("near", at=-120), change("far", "db", at=-7200), change("other", "cart")


@dataclass
class Desk:
    """Incident 1 on checkout with two suspects, and what people say about it."""

    store: FakeStore = field(default_factory=FakeStore)
    ranker: Ranker = field(default_factory=lambda: Ranker(CATALOG, DEFAULT_PARAMETERS))
    numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def verdicts(self) -> VerdictDesk:
        return VerdictDesk(self.store, lambda: later(300), lambda: f"v{next(self.numbers)}", self.ranker)

    def shares(self) -> dict[str, float]:
        (rankings,) = self.store.state.rankings.values()
        return {one.change.change_id: one.probability for one in rankings[-1].suspects}

    def told(self) -> list[str]:
        return [row.effect.key for row in self.store.state.outbox]


@pytest.fixture
async def desk() -> Desk:
    it, one = Desk(), incident(id="i1")
    async with it.store.begin() as uow:
        await uow.incidents.add(one)
        await uow.changes.add([NEAR, FAR, ELSEWHERE])
        await it.ranker.rank(uow, [one.id], later(60))
    return it


async def test_a_cause_is_kept_told_and_shown(desk: Desk) -> None:
    assert desk.shares()["far"] < desk.shares()["near"] < 1
    view = await desk.verdicts.judge("INC-1", CAUSED, ADA, "far")
    (said,) = view.verdicts
    assert (said.judgement, said.change, said.person, said.by, said.via) == (
        CAUSED,
        FAR,
        "U1",
        "@ada",
        "slack",
    )
    assert said.at == later(300)
    assert desk.shares() == {"far": 1.0, "near": 0.0}
    assert view.ranking is not None
    assert view.ranking.suspects[0].reasons[0].text == "caused it, says @ada"
    line = view.timeline[-1]
    assert (line.kind, line.source) == ("verdict", "@ada")
    assert line.text == "@ada says that the deploy of db (far) caused this."
    assert desk.told()[0] == "suspects:i1:v1"
    assert [key.partition(":")[0] for key in desk.told()] == ["suspects", "note", "publish"]
    assert view.incident.version == 2


async def test_saying_it_twice_changes_nothing(desk: Desk) -> None:
    first = await desk.verdicts.judge("INC-1", CAUSED, ADA, "far")
    again = await desk.verdicts.judge("INC-1", CAUSED, ADA, "far")
    assert first == again
    other = await desk.verdicts.judge("INC-1", CAUSED, BOB, "far")
    assert len(other.verdicts) == 2


async def test_a_later_ranking_keeps_to_what_was_said(desk: Desk) -> None:
    await desk.verdicts.judge("INC-1", DID_NOT, ADA, "near")
    assert desk.shares()["near"] == 0
    async with desk.store.begin() as uow:
        await uow.changes.add([change("new", at=-60)])
        await desk.ranker.rank(uow, ["i1"], later(400))
    assert list(desk.shares()) == ["new", "far", "near"]
    assert desk.shares()["near"] == 0
    await desk.verdicts.judge("INC-1", NO_CHANGE, BOB)
    async with desk.store.begin() as uow:
        await uow.changes.add([change("newer", at=-30)])
        await desk.ranker.rank(uow, ["i1"], later(500))
    assert set(desk.shares().values()) == {0.0}


async def test_another_suspect_moves_up_where_one_is_ruled_out(desk: Desk) -> None:
    desk.ranker = replace(desk.ranker, parameters=replace(DEFAULT_PARAMETERS, most=1))
    view = await desk.verdicts.judge("INC-1", DID_NOT, ADA, "near")
    assert view.ranking is not None
    assert [one.change.change_id for one in view.ranking.suspects] == ["far", "near"]


async def test_a_change_that_was_no_suspect_may_be_blamed(desk: Desk) -> None:
    assert "other" not in desk.shares()
    view = await desk.verdicts.judge("INC-1", CAUSED, ROBOT, "other")
    assert next(iter(desk.shares().items())) == ("other", 1.0)
    assert (view.verdicts[0].by, view.verdicts[0].via) == ("ci", "api")


async def test_no_change_is_shown_though_there_was_no_suspect() -> None:
    it = Desk()
    async with it.store.begin() as uow:
        await uow.incidents.add(incident(id="i1"))
        await it.ranker.rank(uow, ["i1"], later(60))
    view = await it.verdicts.judge("INC-1", NO_CHANGE, ADA)
    assert view.ranking is not None
    assert view.ranking.no_change == 1.0
    assert view.ranking.no_change_reasons[0].text == "no change caused this, says @ada"


async def test_taking_back_ranks_as_before(desk: Desk) -> None:
    before = desk.shares()
    view = await desk.verdicts.judge("INC-1", CAUSED, ADA, "far")
    back = await desk.verdicts.withdraw("INC-1", view.verdicts[0].id, BOB)
    assert (back.verdicts[0].withdrawn_by, back.verdicts[0].withdrawn_at) == ("@bob", later(300))
    assert set(desk.shares()) == set(before)
    assert max(desk.shares().values()) < 1
    assert back.timeline[-1].text.startswith("@bob takes back: @ada says that")
    assert await desk.verdicts.withdraw("INC-1", view.verdicts[0].id, ADA) == back
    assert len(set(desk.told())) == len(desk.told()), "every card is an effect of its own"


async def test_after_the_end_only_what_was_known_by_then_counts() -> None:
    it = Desk()
    async with it.store.begin() as uow:
        one = incident(id="i1", state=State.RESOLVED, resolved_at=later(100))
        await uow.incidents.add(one)
        await uow.changes.add([NEAR, change("afterwards", at=150)])
    await it.verdicts.judge("i1", DID_NOT, ADA, "near")
    (rankings,) = it.store.state.rankings.values()
    assert rankings[-1].at == later(100)


async def test_what_cannot_be_judged_is_refused(desk: Desk) -> None:
    for judgement, change_id, path in ((CAUSED, "", "change_id"), (NO_CHANGE, "near", "change_id")):
        with pytest.raises(InvalidInputError) as refused:
            await desk.verdicts.judge("INC-1", judgement, ADA, change_id)
        assert refused.value.path == path
    with pytest.raises(InvalidInputError, match="is no name"):
        await desk.verdicts.judge("INC-1", CAUSED, ADA, "x" * 1001)
    with pytest.raises(NotFoundError, match="change 'none'"):
        await desk.verdicts.judge("INC-1", CAUSED, ADA, "none")
    with pytest.raises(NotFoundError, match="of 'argo'"):
        await desk.verdicts.judge("INC-1", CAUSED, ADA, "near", "argo")
    with pytest.raises(NotFoundError, match="verdict 'v9' on INC-1"):
        await desk.verdicts.withdraw("INC-1", "v9", ADA)
    assert desk.told() == []


async def test_of_two_with_one_id_the_suspect_is_meant_else_the_source_is_asked_for(desk: Desk) -> None:
    async with desk.store.begin() as uow:
        await uow.changes.add(
            [replace(ELSEWHERE, source="argo"), replace(NEAR, source="argo", service="cart")]
        )
    with pytest.raises(InvalidInputError, match=r"2 changes are called 'other'.*argo, ci"):
        await desk.verdicts.judge("INC-1", CAUSED, ADA, "other")
    view = await desk.verdicts.judge("INC-1", CAUSED, ADA, "near")
    assert view.verdicts[0].change == NEAR
    view = await desk.verdicts.judge("INC-1", CAUSED, ADA, "near", "argo")
    assert view.verdicts[1].change is not None
    assert view.verdicts[1].change.service == "cart"


async def test_failure_rates_of_a_period(desk: Desk) -> None:
    async with desk.store.begin() as uow:
        await uow.changes.add([change("old", at=-90_000), change("flag", kind=ChangeKind.FEATURE_FLAG)])
    await desk.verdicts.judge("INC-1", CAUSED, ADA, "near")
    found = await desk.verdicts.failure_rates(later(-80_000), later(3600), None)
    assert found.services[0] == FailureRate("checkout", 2, 1)
    assert found.total == FailureRate("*", 4, 1)
    assert (found.incidents, found.judged) == (1, 1)
    elsewhere = await desk.verdicts.failure_rates(later(-80_000), later(3600), "staging")
    assert (elsewhere.services, elsewhere.incidents) == ((), 0)
    with pytest.raises(InvalidInputError, match="since"):
        await desk.verdicts.failure_rates(NOW, NOW, None)
