"""What follows when an effect cannot be done as it is: another channel, a line on the timeline, a page.

An incident that is open is shown as long as Slack lets us. Where its channel was archived, deleted or closed
to us, the effect ends, and in its place the lane gets a new channel and, behind it, the same effect once
more; so does each that waits, in its order. A channel that Slack refuses to open is asked for again.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from bot.app.timers import NO_CHANNEL, slack_is_silent
from bot.delivery.attempt import NoChannelError
from bot.delivery.policy import SHOWING
from bot.delivery.telling import tell_once
from bot.domain.decisions import TimelineEntry
from bot.domain.effects import EffectKind, open_channel, say, status_card
from bot.domain.errors import RemoteRefusedError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from bot.app.ports import ClaimedEffect, UnitOfWork
    from bot.domain.effects import Effect

LOST_CHANNEL: Final = frozenset({"channel_not_found", "is_archived", "is_inactive", "not_in_channel"})
"""Slack's errors for a channel in which nothing can be shown any more."""

OF_THE_MESSAGE: Final = frozenset(
    {
        "invalid_arguments",
        "invalid_blocks",
        "invalid_blocks_format",
        "msg_blocks_too_long",
        "msg_too_long",
        "no_text",
    }
)
"""Slack's errors for what a message says, which do not pass."""

_REFUSALS: Final = 6

COULD_NOT: Final[Mapping[EffectKind, str]] = {
    EffectKind.OPEN_CHANNEL: "open the channel",
    EffectKind.STATUS_CARD: "show the incident's state",
    EffectKind.SUSPECTS_CARD: "show the suspects",
    EffectKind.SET_TOPIC: "set the channel's topic",
    EffectKind.INVITE: "invite the responders",
    EffectKind.POST_NOTE: "post a message",
    EffectKind.ANNOUNCE: "announce the incident",
    EffectKind.TELL: "tell the owners",
    EffectKind.POST_POSTMORTEM: "post the postmortem's draft",
    EffectKind.RUN_CARD: "show the playbook run",
    EffectKind.PAGE: "page anybody",
    EffectKind.PUBLISH: "publish what happened",
    EffectKind.START_PLAYBOOKS: "start the playbooks",
    EffectKind.ADVANCE_RUN: "go on with the playbook run",
}


async def still_wanted(uow: UnitOfWork, claimed: ClaimedEffect, error: Exception) -> bool:
    """Whether it is tried again: a channel as long as its incident is open, what is shown in it a few times.

    Slack has more errors than anybody has listed, and some of them pass.
    """
    effect = claimed.effect
    if effect.kind not in SHOWING or effect.incident_id is None or not isinstance(error, RemoteRefusedError):
        return False
    if effect.kind is EffectKind.OPEN_CHANNEL:
        return (await uow.incidents.get(effect.incident_id)).is_open
    return error.detail not in LOST_CHANNEL | OF_THE_MESSAGE and claimed.attempt < _REFUSALS


async def in_another_channel(uow: UnitOfWork, effect: Effect, error: Exception) -> bool:
    """Ask for the effect in another channel, once for each that was lost; false where that is no remedy."""
    if effect.incident_id is None or effect.kind not in SHOWING or not _channel_is_missing(error):
        return False
    incident = await uow.incidents.get(effect.incident_id)
    channel = await uow.chat.channel(incident.id)
    lost = channel.id if channel is not None else ""
    again = f"/{lost or 'no-channel'}"
    if not incident.is_open or effect.key.endswith(again):
        return False
    behind = replace(effect, key=f"{effect.key}{again}", due_at=None)
    card = status_card(incident, f"channel:{lost or incident.version}")
    await uow.outbox.add([open_channel(incident, lost), card, behind])
    return True


async def tell(uow: UnitOfWork, effect: Effect, error: Exception, said: str, now: datetime) -> None:
    """Say that it could not be done, and page where Slack does not show the incident for that reason."""
    # That there is no channel was told once, when it could not be opened.
    if effect.incident_id is None or isinstance(error, NoChannelError):
        return
    text = f"Could not {COULD_NOT[effect.kind]}: {said}"
    line = TimelineEntry(effect.incident_id, now, "delivery_failed", text, "delivery")
    if effect.kind is EffectKind.OPEN_CHANNEL:
        await tell_once(uow, line)
        await slack_is_silent(uow, effect.incident_id, said, NO_CHANNEL)
        return
    await uow.incidents.tell([line])
    channel = await uow.chat.channel(effect.incident_id)
    if channel is not None and effect.kind in SHOWING and _channel_is_missing(error):
        await slack_is_silent(uow, effect.incident_id, said, f"channel-lost:{channel.id}")
    elif effect.kind is EffectKind.STATUS_CARD:
        await slack_is_silent(uow, effect.incident_id, said, f"card-refused:{getattr(error, 'detail', '')}")
    elif effect.kind is EffectKind.PAGE:
        await nobody_is_paged(uow, effect, said)


async def nobody_is_paged(uow: UnitOfWork, effect: Effect, why: str) -> None:
    """Tell the channel that a page does not go out, once for each: those who read there are all who know."""
    if effect.incident_id is not None:
        text = f"Nobody could be paged: {why}"
        await uow.outbox.add([say(effect.incident_id, text, f"unpaged:{effect.key}")])


def _channel_is_missing(error: Exception) -> bool:
    refused = isinstance(error, RemoteRefusedError) and error.detail in LOST_CHANNEL
    return refused or isinstance(error, NoChannelError)
