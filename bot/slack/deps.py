"""What the listeners may ask of the use cases; wiring hands it in, and web uses the same verbs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import timedelta

    from bot.app.explaining import IncidentExplained
    from bot.app.ports import Person
    from bot.domain.explanation import Explanation
    from bot.domain.incident import Severity
    from bot.domain.matchers import Matcher
    from bot.domain.quieting import Quiet
    from bot.domain.verdicts import Judgement
    from bot.domain.view import IncidentView

Answer = Literal["approve", "reject", "retry", "skip", "stop"]


class OpenIncidents(Protocol):
    """What is open, worst first and then newest."""

    async def __call__(self, limit: int, /) -> tuple[list[IncidentView], int]:
        """At most so many of them, and how many there are in all."""


class ViewIncident(Protocol):
    """One incident by id or name."""

    async def __call__(self, reference: str, /) -> IncidentView:
        """Read it.

        Raises:
            NotFoundError: there is none.
        """


class Declare(Protocol):
    """A person opens an incident."""

    async def __call__(
        self, title: str, severity: Severity, services: Sequence[str], environment: str, person: Person, /
    ) -> IncidentView:
        """Open it.

        Raises:
            InvalidInputError: a field cannot be used.
        """


class Act(Protocol):
    """A person acknowledges, resolves or reopens an incident, named by id or name."""

    async def __call__(self, reference: str, person: Person, /) -> IncidentView:
        """Do it; gives the incident as it is then.

        Raises:
            NotFoundError: there is none.
            TransitionError: its state does not allow it.
        """


class AnswerStep(Protocol):
    """A person answers what a playbook step asks."""

    async def __call__(self, run_id: str, step: str, answer: Answer, person: Person, /) -> object:
        """Pass the answer on.

        Raises:
            NotFoundError: there is no such run or step.
            TransitionError: the step does not ask, or not this person.
        """


class Judge(Protocol):
    """A person says what caused an incident, or what did not."""

    async def __call__(
        self, reference: str, judgement: Judgement, person: Person, change_id: str, source: str, /
    ) -> IncidentView:
        """Keep the word; without a source the change is looked for by its id.

        Raises:
            NotFoundError: there is no such incident or change.
            InvalidInputError: several changes have that id.
        """


class Withdraw(Protocol):
    """A person takes a word about a cause back."""

    async def __call__(self, reference: str, verdict_id: str, person: Person, /) -> object:
        """Take it back.

        Raises:
            NotFoundError: there is no such incident or verdict.
        """


class Silence(Protocol):
    """A person keeps alerts quiet."""

    async def __call__(
        self,
        matchers: Sequence[Matcher],
        length: timedelta,
        person: Person,
        comment: str,
        incident: str | None = None,
        /,
    ) -> Quiet:
        """From now on, for so long; the incident that it is asked for in says so to all.

        Raises:
            InvalidInputError: it would silence everything, or for too long.
            NotFoundError: there is no such incident.
        """


class ListSilences(Protocol):
    """What is kept quiet now or will be."""

    async def __call__(self) -> list[Quiet]:
        """List it."""


class EndSilence(Protocol):
    """A person ends a silence before its time."""

    async def __call__(self, quiet_id: str, person: Person, /) -> Quiet:
        """End it.

        Raises:
            NotFoundError: there is none.
            InvalidInputError: it is kept elsewhere, and has to be ended there.
        """


class ExplainIncident(Protocol):
    """Why an incident opened, and why its alerts came to it."""

    async def __call__(self, reference: str, /) -> IncidentExplained:
        """Explain it.

        Raises:
            NotFoundError: there is none.
        """


class ExplainAlerts(Protocol):
    """What was decided at last about each alert with these labels."""

    async def __call__(self, labels: Mapping[str, str], /) -> list[Explanation]:
        """Explain them; none where none fired in the last 24 hours."""


class IncidentOfChannel(Protocol):
    """Which incident a channel belongs to."""

    async def __call__(self, channel_id: str, /) -> str | None:
        """The incident's id, None where it is no incident's channel."""


class FirstTime(Protocol):
    """Remembers deliveries in the database, so that a repeated one does nothing."""

    async def __call__(self, key: str, /) -> bool:
        """Enter the key; false where it was there already."""


@dataclass(frozen=True, slots=True)
class SlackDeps:
    """The use cases by name."""

    open_incidents: OpenIncidents
    view_incident: ViewIncident
    declare: Declare
    acknowledge: Act
    resolve: Act
    reopen: Act
    answer_step: AnswerStep
    judge: Judge
    withdraw: Withdraw
    silence: Silence
    silences: ListSilences
    end_silence: EndSilence
    explain_incident: ExplainIncident
    explain_alerts: ExplainAlerts
    incident_of_channel: IncidentOfChannel
    first_time: FirstTime
