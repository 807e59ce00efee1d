from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.app.labels import labelled_incidents
from bot.domain.alert import AlertStatus, Occurrence
from bot.domain.decisions import Outcome
from bot.domain.verdicts import Judgement, Verdict
from tests.support.facts import NOW, change, incident, later
from tests.support.fake_store import FakeStore

DAY = timedelta(days=1)
OLD = change("old", "cart", at=-700_000)
"""Made more than a week before any incident here."""


async def told(store: FakeStore, incident_id: str, judgement: Judgement, about: object = None) -> None:
    async with store.begin() as uow:
        await uow.verdicts.add(
            Verdict(
                f"v-{incident_id}-{judgement}",
                incident_id,
                judgement,
                about,  # type: ignore[arg-type] # a change or None
                "U1",
                "@ada",
                "slack",
                later(60),
            )
        )


async def with_alert(store: FakeStore, incident_id: str) -> None:
    occurrence = Occurrence(
        source="am",
        fingerprint=incident_id,
        starts_at=NOW,
        status=AlertStatus.FIRING,
        ends_at=None,
        name="HighErrorRate",
        service="checkout",
        environment="production",
        labels={},
        annotations={},
        generator_url="",
        received_at=NOW,
        incident_id=incident_id,
    )
    async with store.begin() as uow:
        await uow.board.save(Outcome(occurrences={occurrence.key: occurrence}))


async def test_the_decided_with_what_was_changed_around_them() -> None:
    store = FakeStore()
    names = ("caused", "none", "cleared", "silent", "declared", "elsewhere")
    async with store.begin() as uow:
        for name in names:
            await uow.incidents.add(incident(id=name))
        await uow.changes.add(
            [change("near"), OLD, change("after", at=600), change("staging", environment="staging")]
        )
        await uow.changes.add([change("much-later", at=901)])
    for name in names:
        if name != "declared":
            await with_alert(store, name)
    await told(store, "caused", Judgement.CAUSED, change("near"))
    await told(store, "none", Judgement.NO_CHANGE)
    await told(store, "cleared", Judgement.DID_NOT, change("near"))
    await told(store, "declared", Judgement.NO_CHANGE)
    await told(store, "elsewhere", Judgement.CAUSED, OLD)
    found = {one.incident.id: one async for one in labelled_incidents(store, NOW, DAY)}
    assert found.keys() == {"caused", "none", "elsewhere"}
    assert found["caused"].cause == change("near")
    assert [one.change_id for one in found["caused"].changes] == ["near", "after"]
    assert found["none"].cause is None
    assert [one.change_id for one in found["elsewhere"].changes] == ["near", "after", "old"]
    assert [one.service for one in found["none"].alerts] == ["checkout"]
    assert [one async for one in labelled_incidents(store, later(61), DAY)] == []


async def test_what_was_taken_back_is_no_label() -> None:
    store = FakeStore()
    async with store.begin() as uow:
        await uow.incidents.add(incident(id="i"))
    await with_alert(store, "i")
    await told(store, "i", Judgement.NO_CHANGE)
    store.state.verdicts[0] = replace(store.state.verdicts[0], withdrawn_at=NOW)
    assert [one async for one in labelled_incidents(store, NOW, DAY)] == []
