"""What the handlers reach: the store, Slack, the pager, Kafka, and the use cases of runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.app.ports import NO_TRACES
from bot.delivery.attempt import NoChannelError

if TYPE_CHECKING:
    from bot.app.ports import Cards, Chat, Clock, IncidentPolicy, Pager, Publisher, Store, Tracer
    from bot.app.runs import RunDesk
    from bot.domain.catalog import Catalog
    from bot.domain.incident import Incident
    from bot.domain.rules import RuleSet
    from bot.domain.view import ChannelRef, IncidentView
    from playbooks.toolbox import Toolbox

ToolboxOf = Callable[[str], "Toolbox"]
"""The toolbox of an incident, by its id."""


@dataclass(frozen=True, slots=True)
class Outside:
    """Everything that handlers use; without a `pager` a page ends with a line that says so."""

    store: Store
    clock: Clock
    chat: Chat
    cards: Cards
    publisher: Publisher
    pager: Pager | None
    runs: RunDesk
    toolbox: ToolboxOf
    rules: RuleSet
    catalog: Catalog
    policy: IncidentPolicy
    tracer: Tracer = NO_TRACES


def channel_of(view: IncidentView) -> ChannelRef:
    """The incident's channel.

    Raises:
        NoChannelError: it has none; it comes first in its lane, so it will not come any more.
    """
    return require_channel(view.channel, view.incident)


def require_channel(channel: ChannelRef | None, incident: Incident) -> ChannelRef:
    """The incident's channel.

    Raises:
        NoChannelError: it has none; it comes first in its lane, so it will not come any more.
    """
    if channel is None:
        raise NoChannelError(incident.name)
    return channel
