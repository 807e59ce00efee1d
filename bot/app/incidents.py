"""What people do with incidents: declare, look, acknowledge, resolve, reopen; one transaction a verb."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final
from uuid import NAMESPACE_URL, uuid5

from bot.app.declaring import declared
from bot.app.postmortems import postmortem
from bot.app.ranking import Ranker
from bot.app.runs import cancel_waiting
from bot.app.transactions import transact
from bot.domain import effects
from bot.domain.catalog import Catalog
from bot.domain.correlation import DEFAULT_PARAMETERS
from bot.domain.decisions import TimelineEntry
from bot.domain.errors import TransitionError
from bot.domain.incident import Act, State, after
from bot.domain.reranking import RERANK_AFTER
from bot.domain.rules import RuleSet
from bot.domain.suspects import Evidence, stated_onsets
from bot.domain.timer import Timer, TimerKind

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bot.app.ports import Clock, Ids, IncidentFilter, IncidentPolicy, Person, Store, UnitOfWork
    from bot.domain.incident import Incident, Severity
    from bot.domain.rules import Rule
    from bot.domain.view import IncidentView

CONSUMER: Final = "people"
_DECLARED: Final = uuid5(NAMESPACE_URL, "tocsin:declared")
_TAKEN_IN: Final = uuid5(NAMESPACE_URL, "tocsin:taken-in")


@dataclass(frozen=True, slots=True)
class IncidentDesk:
    """The verbs on incidents. A reference is an id or a name (`INC-12`).

    Of `rules`, the first that opens and takes what is declared says whom that pages, which playbooks start.
    """

    store: Store
    clock: Clock
    ids: Ids
    policy: IncidentPolicy
    ranker: Ranker = field(default_factory=lambda: Ranker(Catalog(), DEFAULT_PARAMETERS))
    rules: RuleSet = field(default_factory=lambda: RuleSet(()))

    # -- looking

    async def list_incidents(self, wanted: IncidentFilter) -> tuple[list[IncidentView], str | None]:
        """A page, newest first, and the cursor of the next."""
        async with self.store.begin() as uow:
            return await uow.incidents.list(wanted)

    async def open_incidents(self, limit: int) -> tuple[list[IncidentView], int]:
        """The open ones, worst first and then newest, at most so many; and how many are open in all."""
        async with self.store.begin() as uow:
            return await uow.incidents.worst_open(limit)

    async def view_incident(self, reference: str) -> IncidentView:
        """Everything about one incident.

        Raises:
            NotFoundError: there is none.
        """
        async with self.store.begin() as uow:
            return await uow.incidents.view(reference)

    async def incident_of_channel(self, channel_id: str) -> str | None:
        """The id of the incident that owns the Slack channel, None where none does."""
        async with self.store.begin() as uow:
            return await uow.incidents.by_channel(channel_id)

    async def postmortem(self, reference: str) -> str:
        """The draft in Markdown.

        Raises:
            NotFoundError: there is no such incident.
        """
        return await postmortem(self.store, self.clock, reference)

    async def first_time(self, key: str) -> bool:
        """Enter a delivery from Slack; false where it was there already."""
        async with self.store.begin() as uow:
            return bool(await uow.inbox.admit(CONSUMER, [_inbox_id(key)]))

    # -- declaring

    async def declare(
        self,
        title: str,
        severity: Severity,
        services: Sequence[str],
        environment: str,
        person: Person,
        *,
        key: str = "",
    ) -> IncidentView:
        """Open an incident by hand; the same `key` again gives the incident that it opened before.

        Raises:
            InvalidInputError: a field cannot be used.
        """
        incident_id = str(uuid5(_DECLARED, key)) if key else self.ids()

        async def work(uow: UnitOfWork) -> IncidentView:
            if key and not await uow.inbox.admit(CONSUMER, [_inbox_id(f"declare:{key}")]):
                return await uow.incidents.view(incident_id)
            now = self.clock()
            incident, rule = declared(
                incident_id,
                title=title,
                severity=severity,
                services=services,
                environment=environment,
                person=person,
                rules=self.rules,
                now=now,
            )
            # Alerts that are being decided just now could open or join an incident of the same services.
            await uow.board.lock([incident.environment])
            await uow.incidents.add(incident)
            text = f"{person.mention} declared {incident.name}: {incident.title}"
            await uow.incidents.tell([_line(incident, now, "declared", text, person)])
            await uow.outbox.add(_opening(incident, rule, person))
            await self._rank(uow, incident, now)
            overdue = now + timedelta(seconds=self.policy.page_when_slack_fails_seconds)
            await uow.timers.set([Timer(TimerKind.CHANNEL_OVERDUE, incident.id, overdue)])
            return await uow.incidents.view(incident.id)

        return await transact(self.store, work)

    async def _rank(self, uow: UnitOfWork, incident: Incident, now: datetime) -> None:
        """Name suspects as for alerts that began now."""
        onsets = stated_onsets(incident.services, now)
        evidence = Evidence(incident.id, incident.environment, now, onsets)
        rankings = await self.ranker.weigh([evidence], await self.ranker.candidates(uow, [evidence]))
        await uow.outbox.add(await self.ranker.keep(uow, rankings))
        await uow.timers.set([Timer(TimerKind.RERANK, incident.id, now + RERANK_AFTER[1])])

    # -- acting

    async def acknowledge(self, reference: str, person: Person) -> IncidentView:
        """The person takes the incident; saying so twice changes nothing.

        Raises:
            NotFoundError: there is none.
            TransitionError: it is resolved, or somebody else has it already; the message says who.
        """

        async def work(uow: UnitOfWork) -> IncidentView:
            incident = await uow.incidents.get(reference, lock=True)
            if incident.is_open and incident.acknowledged_by == person.mention:
                return await uow.incidents.view(incident.id)
            if incident.is_open and incident.acknowledged_by:
                raise TransitionError(f"{incident.acknowledged_by} has {incident.name} already")
            now = self.clock()
            incident.state = after(incident.state, Act.ACKNOWLEDGE)
            incident.acknowledged_at, incident.acknowledged_by = now, person.mention
            await self._acted(
                uow, incident, "acknowledged", f"{person.mention} has it.", person=person, now=now
            )
            return await uow.incidents.view(incident.id)

        return await transact(self.store, work)

    async def resolve(self, reference: str, person: Person) -> IncidentView:
        """The person closes the incident; one that is closed stays as it is.

        Its timers end, and so do the playbook runs that wait for an approval.

        Raises:
            NotFoundError: there is none.
        """

        async def work(uow: UnitOfWork) -> IncidentView:
            incident = await uow.incidents.get(reference, lock=True)
            if not incident.is_open:
                return await uow.incidents.view(incident.id)
            now = self.clock()
            incident.state = after(incident.state, Act.RESOLVE)
            incident.resolved_at, incident.resolved_by = now, person.mention
            incident.steady()
            for kind in (TimerKind.CHANNEL_OVERDUE, TimerKind.RERANK):
                await uow.timers.cancel(kind, incident.id)
            await self._acted(
                uow, incident, "resolved", f"{person.mention} resolved it.", person=person, now=now
            )
            await cancel_waiting(uow, incident.id, person, now)
            await uow.outbox.add([effects.post_postmortem(incident)])
            return await uow.incidents.view(incident.id)

        return await transact(self.store, work)

    async def reopen(self, reference: str, person: Person) -> IncidentView:
        """The person opens the incident again; one that is open stays as it is.

        Raises:
            NotFoundError: there is none.
            ConflictError: another incident owns its alerts by now.
        """

        async def work(uow: UnitOfWork) -> IncidentView:
            # Consumers take the environment's lock before they touch its incidents, so we do too.
            environment = (await uow.incidents.get(reference)).environment
            await uow.board.lock([environment])
            incident = await uow.incidents.get(reference, lock=True)
            if incident.is_open:
                return await uow.incidents.view(incident.id)
            now = self.clock()
            incident.state = after(incident.state, Act.REOPEN)
            incident.resolved_at, incident.resolved_by = None, ""
            incident.acknowledged_at, incident.acknowledged_by = None, ""
            incident.monitoring_at = None
            await self._acted(
                uow, incident, "reopened", f"{person.mention} reopened it.", person=person, now=now
            )
            return await uow.incidents.view(incident.id)

        return await transact(self.store, work)

    async def _acted(
        self, uow: UnitOfWork, incident: Incident, event: str, text: str, *, person: Person, now: datetime
    ) -> None:
        """Write the incident and everything that says so."""
        incident.version += 1
        await uow.incidents.save(incident)
        await uow.incidents.tell([_line(incident, now, event, text, person)])
        await uow.outbox.add(
            [
                effects.status_card(incident),
                effects.set_topic(incident),
                effects.post_note(incident, _said(incident, event, person)),
                effects.publish(incident, event),
            ]
        )


def _inbox_id(key: str) -> str:
    """The inbox's ids are 32 hexadecimal digits; a key may be any text."""
    return uuid5(_TAKEN_IN, key).hex


def _opening(incident: Incident, rule: Rule, person: Person) -> list[effects.Effect]:
    """All that it asks for; whoever declares it in Slack is invited, and so is shown the channel."""
    people = (person.id,) if person.via == "slack" else ()
    wanted = [*effects.opening(incident, rule.playbooks, people), effects.publish(incident, "opened")]
    if incident.severity in rule.page:
        wanted.append(effects.page(incident, incident.reason.text))
    return wanted


def _said(incident: Incident, event: str, person: Person) -> str:
    if event == "acknowledged":
        still = " All alerts have ended." if incident.state is State.MONITORING else ""
        return f"{person.mention} has acknowledged {incident.name}.{still}"
    return f"{person.mention} has {event} {incident.name}. {incident.unended}".rstrip()


def _line(incident: Incident, now: datetime, kind: str, text: str, person: Person) -> TimelineEntry:
    return TimelineEntry(incident.id, now, kind, text, person.mention)
