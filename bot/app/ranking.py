"""Ranks the suspect changes of incidents and says so where the answer that people see has changed."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.app.paces import Paces
from bot.app.spent import SUSPECTS, Spent
from bot.domain.correlation import rank, suspect_services
from bot.domain.effects import suspects_card
from bot.domain.evidence import evidence_of
from bot.domain.news import says_the_same, shows_the_same
from bot.domain.verdicts import UNDECIDED, overruled, standing

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from bot.app.ports import UnitOfWork
    from bot.domain.alert import Occurrence
    from bot.domain.catalog import Catalog
    from bot.domain.change import Change
    from bot.domain.correlation import Parameters
    from bot.domain.decisions import Outcome
    from bot.domain.effects import Effect
    from bot.domain.suspects import Evidence, Ranking
    from bot.domain.verdicts import Standing


@dataclass(frozen=True, slots=True)
class Ranker:
    """Weighs what the store knows about incidents; `spent` is the time that it takes.

    `paces` says how often services are changed.
    """

    catalog: Catalog
    parameters: Parameters
    spent: Spent = field(default_factory=Spent)
    paces: Paces = field(default_factory=Paces)

    async def rank(self, uow: UnitOfWork, incident_ids: Collection[str], at: datetime) -> list[Effect]:
        """Rank these incidents as of `at`; gives the cards that are to be shown anew.

        What responders have said overrules the ranking. A ranking that says what the newest one said is not
        kept. What is heard of late ranks as of the newest ranking: nothing that this knew is forgotten.
        """
        if not incident_ids:
            return []
        moments = dict.fromkeys(incident_ids, at)
        evidence = await uow.rankings.evidence(moments)
        known = await uow.rankings.latest(incident_ids)
        newer = {one: ranking.at for one, ranking in known.items() if ranking.at > at}
        if newer:
            evidence = await uow.rankings.evidence({**moments, **newer})
        candidates = await self.candidates(uow, evidence)
        said = {one: standing(words) for one, words in (await uow.verdicts.of(incident_ids)).items()}
        return await self.keep(uow, await self.weigh(evidence, candidates, said), known)

    async def candidates(self, uow: UnitOfWork, evidence: Sequence[Evidence]) -> dict[str, list[Change]]:
        """The changes that each incident could be blamed on, by incident."""
        if not evidence:
            return {}
        wanted = [
            (one, suspect_services(one, self.catalog, self.parameters, self.paces.known)) for one in evidence
        ]
        return await uow.rankings.candidates(wanted, timedelta(seconds=self.parameters.look_back))

    async def weigh(
        self,
        evidence: Iterable[Evidence],
        candidates: Mapping[str, Sequence[Change]],
        said: Mapping[str, Standing] | None = None,
    ) -> list[Ranking]:
        """Rank each incident; between two of them others have their turn.

        `said` is what responders say, by incident; nobody can have said anything about one that opens now.
        """
        rankings = []
        for one in evidence:
            words = UNDECIDED if said is None else said.get(one.incident_id, UNDECIDED)
            with self.spent.on(SUSPECTS):
                rankings.append(self._weigh(one, candidates[one.incident_id], words))
            await asyncio.sleep(0)
        return rankings

    def _weigh(self, evidence: Evidence, candidates: Sequence[Change], said: Standing) -> Ranking:
        parameters, pace = self.parameters, self.paces.known
        if not said.ruled_out and said.decided is None:
            return rank(evidence, candidates, self.catalog, parameters, pace)
        # For each that is ruled out another one moves up.
        wider = replace(parameters, most=parameters.most + len(said.ruled_out))
        ranking = rank(evidence, candidates, self.catalog, wider, pace)
        return overruled(ranking, said, parameters.most, parameters.threshold(ranking.considered))

    async def keep(
        self, uow: UnitOfWork, rankings: Sequence[Ranking], known: Mapping[str, Ranking] | None = None
    ) -> list[Effect]:
        """Keep the rankings that say something new; gives the cards that are to be shown anew.

        Without what is known they are of incidents that this transaction opens.
        """
        first, known = known is None, known or {}
        changed = [one for one in rankings if not says_the_same(known.get(one.incident_id), one)]
        revisions = await uow.rankings.save(changed, first=first)
        return [
            suspects_card(one.incident_id, revisions[one.incident_id])
            for one in changed
            if not shows_the_same(known.get(one.incident_id), one)
        ]


def evidence_of_new(outcome: Outcome, incident_ids: Iterable[str], at: datetime) -> list[Evidence]:
    """The evidence of incidents that a batch has opened, which is all in its outcome."""
    members: dict[str, list[Occurrence]] = {one: [] for one in incident_ids}
    for occurrence in (*outcome.occurrences.values(), *outcome.superseded):
        if occurrence.incident_id in members:
            members[occurrence.incident_id].append(occurrence)
    return [evidence_of(outcome.incidents[one], occurrences, at) for one, occurrences in members.items()]
