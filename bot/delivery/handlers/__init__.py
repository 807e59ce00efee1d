"""The handlers: one module an effect kind, and the table of them all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.delivery.handlers.advance_run import AdvanceRun
from bot.delivery.handlers.announce import Announce
from bot.delivery.handlers.invite import Invite
from bot.delivery.handlers.open_channel import OpenChannel
from bot.delivery.handlers.page import Page
from bot.delivery.handlers.post_note import PostNote
from bot.delivery.handlers.post_postmortem import PostPostmortem
from bot.delivery.handlers.publish import Publish
from bot.delivery.handlers.run_card import RunCard
from bot.delivery.handlers.set_topic import SetTopic
from bot.delivery.handlers.start_playbooks import StartPlaybooks
from bot.delivery.handlers.status_card import StatusCard
from bot.delivery.handlers.suspects_card import SuspectsCard
from bot.delivery.handlers.tell import Tell
from bot.domain.effects import EffectKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.delivery.attempt import Handler
    from bot.delivery.handlers.outside import Outside


def handlers_of(outside: Outside) -> Mapping[EffectKind, Handler]:
    """A handler for every kind."""
    return {
        EffectKind.OPEN_CHANNEL: OpenChannel(outside),
        EffectKind.STATUS_CARD: StatusCard(outside),
        EffectKind.SUSPECTS_CARD: SuspectsCard(outside),
        EffectKind.SET_TOPIC: SetTopic(outside),
        EffectKind.INVITE: Invite(outside),
        EffectKind.POST_NOTE: PostNote(outside),
        EffectKind.ANNOUNCE: Announce(outside),
        EffectKind.POST_POSTMORTEM: PostPostmortem(outside),
        EffectKind.RUN_CARD: RunCard(outside),
        EffectKind.TELL: Tell(outside),
        EffectKind.PAGE: Page(outside),
        EffectKind.PUBLISH: Publish(outside),
        EffectKind.START_PLAYBOOKS: StartPlaybooks(outside),
        EffectKind.ADVANCE_RUN: AdvanceRun(outside),
    }
