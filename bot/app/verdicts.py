"""What responders say caused an incident: kept as labels, and shown at once, one transaction a word."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from bot.app.transactions import transact
from bot.domain import effects
from bot.domain.decisions import TimelineEntry
from bot.domain.errors import InvalidInputError, NotFoundError
from bot.domain.failures import FailureRates, causes, rates_of, together
from bot.domain.verdicts import Judgement, Verdict, key_of, repeats, sentence

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bot.app.ports import Clock, Ids, Person, Store, UnitOfWork
    from bot.app.ranking import Ranker
    from bot.domain.change import Change
    from bot.domain.incident import Incident
    from bot.domain.view import IncidentView

LONGEST: Final = 1000
"""Characters of a change's id or source that a person may name."""


@dataclass(frozen=True, slots=True)
class VerdictDesk:
    """The verbs on causes. A reference is an id or a name (`INC-12`)."""

    store: Store
    clock: Clock
    ids: Ids
    ranker: Ranker

    async def judge(
        self, reference: str, judgement: Judgement, person: Person, change_id: str = "", source: str = ""
    ) -> IncidentView:
        """Keep a person's word about the cause of an incident; saying it twice changes nothing.

        Any change that is known may be judged, whether it is a suspect or not. Where several sources have a
        change of that id and no `source` is named, the one among the suspects is meant.

        Raises:
            NotFoundError: there is no such incident, or no such change.
            InvalidInputError: a change is missing, not wanted, or not named well enough.
        """
        _check(judgement, change_id, source)

        async def work(uow: UnitOfWork) -> IncidentView:
            incident = await uow.incidents.get(reference, lock=True)
            change = await _find(uow, incident, change_id, source) if change_id else None
            verdict = Verdict(
                id=self.ids(),
                incident_id=incident.id,
                judgement=judgement,
                change=change,
                person=person.id,
                by=person.mention,
                via=person.via,
                at=self.clock(),
            )
            history = (await uow.verdicts.of([incident.id])).get(incident.id, [])
            if not repeats(history, verdict):
                await uow.verdicts.add(verdict)
                await self._said(uow, incident, verdict.id, sentence(verdict), person)
            return await uow.incidents.view(incident.id)

        return await transact(self.store, work)

    async def withdraw(self, reference: str, verdict_id: str, person: Person) -> IncidentView:
        """Take a word back, one's own or another's; one that was taken back stays so.

        Raises:
            NotFoundError: there is no such incident, or no such verdict on it.
        """

        async def work(uow: UnitOfWork) -> IncidentView:
            incident = await uow.incidents.get(reference, lock=True)
            history = (await uow.verdicts.of([incident.id])).get(incident.id, [])
            verdict = next((one for one in history if one.id == verdict_id), None)
            if verdict is None:
                raise NotFoundError(f"verdict {verdict_id[:64]!r} on {incident.name}")
            if await uow.verdicts.withdraw(verdict.id, self.clock(), person.mention):
                text = f"{person.mention} takes back: {sentence(verdict)}"
                await self._said(uow, incident, f"{verdict.id}:withdrawn", text, person)
            return await uow.incidents.view(incident.id)

        return await transact(self.store, work)

    async def failure_rates(self, since: datetime, until: datetime, environment: str | None) -> FailureRates:
        """See `failure_rates`."""
        return await failure_rates(self.store, since, until, environment)

    async def _said(self, uow: UnitOfWork, incident: Incident, cause: str, text: str, person: Person) -> None:
        """Rank anew under what counts now, and show it; the card changes even where the order does not."""
        now = self.clock()
        incident.version += 1
        await uow.incidents.save(incident)
        await uow.incidents.tell([TimelineEntry(incident.id, now, "verdict", text, person.mention)])
        # What came to pass after an incident was over says nothing about its cause.
        await self.ranker.rank(uow, [incident.id], incident.resolved_at or now)
        card = effects.suspects_card(incident.id, 0)
        await uow.outbox.add(
            [
                replace(card, key=f"suspects:{incident.id}:{cause}"),
                effects.post_note(incident, text),
                effects.publish(incident, "verdict"),
            ]
        )


async def failure_rates(
    store: Store, since: datetime, until: datetime, environment: str | None
) -> FailureRates:
    """The change failure rates of a period, by service; with None of every environment.

    Raises:
        InvalidInputError: the period is empty.
    """
    if since >= until:
        raise InvalidInputError("since", "is not before until", "name an earlier time")
    async with store.begin() as uow:
        activity = await uow.verdicts.activity(since, until, environment)
        said = await uow.verdicts.since(since)
    guilty = [
        change
        for change in causes(said.values())
        if since <= change.time < until and environment in {None, change.environment}
    ]
    rates = rates_of(activity.changes, guilty)
    return FailureRates(
        since=since,
        until=until,
        environment=environment,
        services=rates,
        total=together(rates),
        incidents=activity.incidents,
        judged=activity.judged,
    )


def _check(judgement: Judgement, change_id: str, source: str) -> None:
    if judgement is Judgement.NO_CHANGE and (change_id or source):
        raise InvalidInputError("change_id", "is not for this verdict", "leave it out")
    if judgement is not Judgement.NO_CHANGE and not change_id:
        raise InvalidInputError("change_id", "is missing", "name the change that is judged")
    for path, text in (("change_id", change_id), ("source", source)):
        if len(text) > LONGEST or "\x00" in text:
            raise InvalidInputError(path, "is no name of a change", f"use at most {LONGEST} characters")


async def _find(uow: UnitOfWork, incident: Incident, change_id: str, source: str) -> Change:
    found = [one for one in await uow.verdicts.find_changes(change_id) if source in {"", one.source}]
    if not found:
        of = f" of {source!r}" if source else ""
        raise NotFoundError(f"change {change_id[:64]!r}{of}")
    if len(found) > 1:
        found = await _suspected(uow, incident, found) or found
    if len(found) > 1:
        sources = ", ".join(one.source for one in found)
        raise InvalidInputError(
            "source", f"{len(found)} changes are called {change_id[:64]!r}", f"say of which source: {sources}"
        )
    return found[0]


async def _suspected(uow: UnitOfWork, incident: Incident, changes: Sequence[Change]) -> list[Change]:
    ranking = (await uow.rankings.latest([incident.id])).get(incident.id)
    suspects = {key_of(one.change) for one in ranking.suspects} if ranking else set()
    return [one for one in changes if key_of(one) in suspects]
