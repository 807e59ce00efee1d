"""Ranks the suspect changes of incidents and says so where the answer that people see has changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.domain.correlation import rank, suspect_services
from bot.domain.effects import suspects_card

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from datetime import datetime

    from bot.app.ports import UnitOfWork
    from bot.domain.catalog import Catalog
    from bot.domain.correlation import Parameters
    from bot.domain.effects import Effect
    from bot.domain.suspects import Ranking, Suspect


@dataclass(frozen=True, slots=True)
class Ranker:
    """Weighs what the store knows about incidents."""

    catalog: Catalog
    parameters: Parameters

    async def rank(
        self, uow: UnitOfWork, incident_ids: Collection[str], at: datetime, new: Collection[str] = ()
    ) -> list[Effect]:
        """Rank these incidents as of `at`; gives the cards that are to be shown anew.

        A ranking that says what the newest one said is not kept. `new` are incidents that have none yet.
        """
        if not incident_ids:
            return []
        evidence = await uow.rankings.evidence(incident_ids, at)
        wanted = [(one, suspect_services(one, self.catalog, self.parameters)) for one in evidence]
        # Clocks differ: a change that claims to be a little later than the onset is looked at as well.
        candidates = await uow.rankings.candidates(wanted, timedelta(seconds=self.parameters.look_back))
        known = await uow.rankings.latest(set(incident_ids) - set(new))
        rankings = [rank(one, candidates[one.incident_id], self.catalog, self.parameters) for one in evidence]
        changed = [one for one in rankings if not _same(known.get(one.incident_id), one)]
        revisions = await uow.rankings.save(changed)
        return [
            suspects_card(one.incident_id, revisions[one.incident_id])
            for one in changed
            if _shown(known.get(one.incident_id)) != _shown(one)
        ]


def _same(known: Ranking | None, new: Ranking) -> bool:
    return known is not None and (known.suspects, known.considered) == (new.suspects, new.considered)


def _shown(ranking: Ranking | None) -> Mapping[str, object] | None:
    """What a person could tell apart: the named changes in their order, in whole percents above none."""
    if ranking is None:
        return None
    suspects = [(one.change.source, one.change.change_id, percent) for one, percent in _percents(ranking)]
    return {"shown": ranking.shown, "suspects": suspects if ranking.shown else []}


def _percents(ranking: Ranking) -> Iterator[tuple[Suspect, int]]:
    for suspect in ranking.suspects:
        percent = round(100 * suspect.probability)
        if percent:
            yield suspect, percent
