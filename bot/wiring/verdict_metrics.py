"""Counts what responders say about causes, as it is said; repeated words count as well."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from prometheus_client import Counter

if TYPE_CHECKING:
    from datetime import datetime

    from prometheus_client import CollectorRegistry

    from bot.app.ports import Person
    from bot.app.verdicts import VerdictDesk
    from bot.domain.failures import FailureRates
    from bot.domain.verdicts import Judgement
    from bot.domain.view import IncidentView


@dataclass(frozen=True, slots=True)
class CountedVerdicts:
    """The desk with a counter beside it; `said` has one label, `verdict`."""

    desk: VerdictDesk
    said: Counter

    async def judge(
        self, reference: str, judgement: Judgement, person: Person, change_id: str = "", source: str = ""
    ) -> IncidentView:
        """See `VerdictDesk.judge`."""
        view = await self.desk.judge(reference, judgement, person, change_id, source)
        self.said.labels(judgement.value).inc()
        return view

    async def withdraw(self, reference: str, verdict_id: str, person: Person) -> IncidentView:
        """See `VerdictDesk.withdraw`."""
        view = await self.desk.withdraw(reference, verdict_id, person)
        self.said.labels("withdrawn").inc()
        return view

    async def failure_rates(self, since: datetime, until: datetime, environment: str | None) -> FailureRates:
        """See `VerdictDesk.failure_rates`."""
        return await self.desk.failure_rates(since, until, environment)


def counted(desk: VerdictDesk, registry: CollectorRegistry) -> CountedVerdicts:
    """The desk, counted in this registry."""
    said = Counter(
        "tocsin_verdicts",
        "What people said about causes: caused, did_not, no_change, withdrawn",
        ["verdict"],
        registry=registry,
    )
    return CountedVerdicts(desk, said)
