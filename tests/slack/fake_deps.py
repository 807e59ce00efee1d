"""The use cases in memory: who asked for what, and what is answered."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bot.app.explaining import IncidentExplained
from bot.domain.errors import NotFoundError
from bot.domain.quieting import Quiet, QuietKind
from bot.slack.deps import SlackDeps
from tests.support.incident_views import NOW, change, incident, verdict, view

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import timedelta

    from bot.app.ports import Person
    from bot.domain.explanation import Explanation
    from bot.domain.incident import Severity
    from bot.domain.matchers import Matcher
    from bot.domain.verdicts import Judgement
    from bot.domain.view import IncidentView
    from bot.slack.deps import Answer


@dataclass(slots=True)
class FakeUseCases:
    """`asked` holds (verb, *arguments); every act raises `error`; `channels` maps channels to incidents."""

    incidents: list[IncidentView] = field(default_factory=lambda: [view()])
    channels: dict[str, str] = field(default_factory=dict)
    asked: list[tuple[Any, ...]] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    quiets: list[Quiet] = field(default_factory=list)
    error: Exception | None = None

    def deps(self) -> SlackDeps:
        """As the listeners want them."""
        return SlackDeps(
            open_incidents=self.open_incidents,
            view_incident=self.view_incident,
            declare=self.declare,
            acknowledge=self.acknowledge,
            resolve=self.resolve,
            reopen=self.reopen,
            answer_step=self.answer_step,
            judge=self.judge,
            withdraw=self.withdraw,
            silence=self.silence,
            silences=self.silences,
            end_silence=self.end_silence,
            explain_incident=self.explain_incident,
            explain_alerts=self.explain_alerts,
            incident_of_channel=self.incident_of_channel,
            first_time=self.first_time,
        )

    async def open_incidents(self, limit: int, /) -> tuple[list[IncidentView], int]:
        found = [one for one in self.incidents if one.incident.is_open]
        return found[:limit], len(found)

    async def view_incident(self, reference: str, /) -> IncidentView:
        for one in self.incidents:
            if reference in {one.incident.id, one.incident.name}:
                return one
        raise NotFoundError(reference)

    async def declare(
        self, title: str, severity: Severity, services: Sequence[str], environment: str, person: Person, /
    ) -> IncidentView:
        self._note("declare", title, severity, tuple(services), environment, person.name)
        return view(incident=incident(title=title, number=13), channel=None)

    async def acknowledge(self, reference: str, person: Person, /) -> IncidentView:
        return await self._act("acknowledge", reference, person)

    async def resolve(self, reference: str, person: Person, /) -> IncidentView:
        return await self._act("resolve", reference, person)

    async def reopen(self, reference: str, person: Person, /) -> IncidentView:
        return await self._act("reopen", reference, person)

    async def _act(self, verb: str, reference: str, person: Person) -> IncidentView:
        self._note(verb, reference, person.name)
        return await self.view_incident(reference)

    async def answer_step(self, run_id: str, step: str, answer: Answer, person: Person, /) -> None:
        self._note("answer", run_id, step, answer, person.name)

    async def judge(
        self, reference: str, judgement: Judgement, person: Person, change_id: str, source: str, /
    ) -> IncidentView:
        self._note("judge", reference, judgement.value, change_id, source, person.name)
        return view(verdicts=(verdict(change=change(change_id=change_id)),))

    async def withdraw(self, reference: str, verdict_id: str, person: Person, /) -> None:
        self._note("withdraw", reference, verdict_id, person.name)

    async def silence(
        self,
        matchers: Sequence[Matcher],
        length: timedelta,
        person: Person,
        comment: str,
        incident: str | None = None,
        /,
    ) -> Quiet:
        self._note("silence", tuple(map(str, matchers)), length, person.name, comment, incident)
        until = NOW + length
        made = Quiet("0190-abcd1234", QuietKind.SILENCE, tuple(matchers), NOW, until, person.mention, comment)
        self.quiets.append(made)
        return made

    async def silences(self) -> list[Quiet]:
        return self.quiets

    async def end_silence(self, quiet_id: str, person: Person, /) -> Quiet:
        self._note("end silence", quiet_id, person.name)
        return next(one for one in self.quiets if one.id == quiet_id)

    async def explain_incident(self, reference: str, /) -> IncidentExplained:
        self._note("explain", reference)
        return IncidentExplained((await self.view_incident(reference)).incident, None)

    async def explain_alerts(self, labels: Mapping[str, str], /) -> list[Explanation]:
        self._note("explain alerts", dict(labels))
        return []

    async def incident_of_channel(self, channel_id: str, /) -> str | None:
        return self.channels.get(channel_id)

    async def first_time(self, key: str, /) -> bool:
        first = key not in self.seen
        self.seen.add(key)
        return first

    def _note(self, *what: Any) -> None:
        self.asked.append(what)
        if self.error is not None:
            raise self.error
