"""The fake verdicts."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.app.ports import Activity
from bot.domain.alert import UNKNOWN
from bot.domain.verdicts import Judgement

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from bot.domain.change import Change
    from bot.domain.verdicts import Verdict
    from tests.support.memory.state import State


class MemoryVerdicts:
    def __init__(self, state: State) -> None:
        self._state = state

    async def add(self, verdict: Verdict) -> None:
        self._state.verdicts.append(verdict)

    async def withdraw(self, verdict_id: str, at: datetime, by: str) -> bool:
        for place, one in enumerate(self._state.verdicts):
            if one.id == verdict_id and one.stands:
                self._state.verdicts[place] = replace(one, withdrawn_at=at, withdrawn_by=by)
                return True
        return False

    async def of(self, incident_ids: Collection[str]) -> dict[str, list[Verdict]]:
        found: dict[str, list[Verdict]] = {}
        for one in self._state.verdicts:
            if one.incident_id in incident_ids:
                found.setdefault(one.incident_id, []).append(one)
        return found

    async def since(self, moment: datetime) -> dict[str, list[Verdict]]:
        return await self.of({one.incident_id for one in self._state.verdicts if one.at >= moment})

    async def find_changes(self, change_id: str) -> list[Change]:
        found = (one for one in self._state.changes.values() if one.change_id == change_id)
        return sorted(found, key=lambda one: one.source)

    async def changes_between(self, since: datetime, until: datetime, environment: str) -> list[Change]:
        found = (
            one
            for one in self._state.changes.values()
            if since <= one.time < until
            and (environment == UNKNOWN or one.environment in {environment, UNKNOWN})
        )
        return sorted(found, key=lambda one: (one.time, one.source, one.change_id))

    async def activity(self, since: datetime, until: datetime, environment: str | None) -> Activity:
        made = Counter(
            one.service
            for one in self._state.changes.values()
            if since <= one.time < until and environment in {None, one.environment}
        )
        opened = [
            one
            for one in self._state.incidents.values()
            if since <= one.opened_at < until and environment in {None, one.environment}
        ]
        named = {
            one.incident_id
            for one in self._state.verdicts
            if one.stands and one.judgement is not Judgement.DID_NOT
        }
        return Activity(made, len(opened), sum(one.id in named for one in opened))
