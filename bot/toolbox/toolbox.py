"""Implements the playbooks' `Toolbox` for one incident: the web, Prometheus, the channel and the timeline."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from bot.app.transactions import transact
from bot.domain.decisions import TimelineEntry
from bot.domain.effects import say
from bot.domain.errors import RetryableError
from bot.toolbox.prometheus import Prometheus
from playbooks.errors import RetryableStepError
from playbooks.toolbox import Toolbox

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from datetime import datetime, timedelta

    from bot.app.ports import Clock, Store, UnitOfWork
    from bot.toolbox.web import Web
    from playbooks.toolbox import HttpRequest, HttpResponse, Series

NOTES: Final = "playbook-notes"


@dataclass(frozen=True, slots=True)
class Toolboxes:
    """Makes the toolbox of an incident; `secrets` are those that playbooks may name, by name."""

    store: Store
    clock: Clock
    web: Web
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)

    def of(self, incident_id: str) -> IncidentToolbox:
        """The toolbox of this incident."""
        return IncidentToolbox(self, incident_id)


@dataclass(frozen=True, slots=True)
class IncidentToolbox(Toolbox):
    """What the steps of one incident's runs may ask of the world."""

    boxes: Toolboxes
    incident_id: str

    async def query_metric(
        self, server: str, query: str, start: datetime, end: datetime, step: timedelta
    ) -> tuple[Series, ...]:
        """See `Toolbox.query_metric`."""
        return await Prometheus(self.boxes.web).query_range(server, query, start, end, step)

    async def http_request(self, request: HttpRequest) -> HttpResponse:
        """See `Toolbox.http_request`."""
        return await self.boxes.web.request(request)

    async def post_message(self, text: str, key: str) -> str:
        """See `Toolbox.post_message`: it becomes an effect of the channel's lane, whose key is the reference.

        So it stands in order with what else is said there and outlives Slack's outages; the card escapes it.
        """
        effect = say(self.incident_id, text, key)

        async def add(uow: UnitOfWork) -> None:
            await uow.outbox.add([effect])

        await self._stored(add)
        return effect.key

    async def note(self, text: str, key: str) -> None:
        """See `Toolbox.note`."""

        async def tell(uow: UnitOfWork) -> None:
            if await uow.inbox.admit(NOTES, [key]):
                line = TimelineEntry(self.incident_id, self.boxes.clock(), "note", text, "playbook")
                await uow.incidents.tell([line])

        await self._stored(tell)

    def secret(self, name: str) -> str | None:
        """See `Toolbox.secret`."""
        return self.boxes.secrets.get(name)

    async def _stored(self, work: Callable[[UnitOfWork], Awaitable[None]]) -> None:
        """Both kinds of writing are entered once a key, so a lost commit may simply be repeated."""
        try:
            await transact(self.boxes.store, work)
        except RetryableError as error:
            raise RetryableStepError(str(error)) from error
