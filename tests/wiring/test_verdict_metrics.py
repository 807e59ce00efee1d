from __future__ import annotations

import pytest
from prometheus_client import CollectorRegistry

from bot.domain.errors import NotFoundError
from bot.domain.verdicts import Judgement
from bot.wiring.verdict_metrics import counted
from tests.app.test_verdicts import ADA, NEAR, Desk
from tests.support.facts import NOW, incident, later


async def test_words_are_counted_when_they_are_kept() -> None:
    it, registry = Desk(), CollectorRegistry()
    async with it.store.begin() as uow:
        await uow.incidents.add(incident(id="i1"))
        await uow.changes.add([NEAR])
    desk = counted(it.verdicts, registry)

    def said(verdict: str) -> float | None:
        return registry.get_sample_value("tocsin_verdicts_total", {"verdict": verdict})

    view = await desk.judge("INC-1", Judgement.CAUSED, ADA, "near")
    with pytest.raises(NotFoundError):
        await desk.judge("INC-1", Judgement.DID_NOT, ADA, "unknown")
    await desk.withdraw("INC-1", view.verdicts[0].id, ADA)
    assert (said("caused"), said("did_not"), said("withdrawn")) == (1, None, 1)
    assert (await desk.failure_rates(later(-3600), NOW, None)).total.changes == 1
