"""The delivering role: handlers for every effect, the relays that run them, and the timers."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import socket
import time
from functools import partial
from typing import TYPE_CHECKING, Final

import aiohttp

from bot.app.timers import Bell
from bot.app.waking import Waking
from bot.delivery.delivery import Delivery
from bot.delivery.handlers import handlers_of
from bot.delivery.handlers.outside import Outside
from bot.delivery.leased_chat import LeasedChat
from bot.delivery.metrics import DeliveryMetrics
from bot.delivery.mirror import MissingSecret, SilenceMirror
from bot.delivery.pager import WebhookPager
from bot.delivery.policy import DeliveryPolicy
from bot.delivery.work import Workbench
from bot.slack.cards.deck import BlockKitCards
from bot.toolbox.alertmanager import SilencesOfAlertmanager
from bot.toolbox.toolbox import Toolboxes
from bot.toolbox.web import Web, open_session
from bot.wiring.identity import now

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from bot.delivery.mirror import Authorization
    from bot.wiring.in_force import InForce
    from bot.wiring.parts import Parts

USUAL: Final = DeliveryPolicy()


@contextlib.asynccontextmanager
async def delivery(parts: Parts, behaviour: DeliveryPolicy = USUAL) -> AsyncIterator[Delivery]:
    """Delivery over the parts, with HTTP sessions of its own."""
    settings = parts.settings
    secrets = {name: secret.get_secret_value() for name, secret in settings.playbook_secrets.items()}
    async with aiohttp.ClientSession() as pager_session, open_session() as steps_session:
        pager = (
            WebhookPager(
                pager_session,
                settings.pager_url,
                settings.pager_secret.get_secret_value(),
                now,
                tracer=parts.tracer,
            )
            if settings.pager_url
            else None
        )
        outside = Outside(
            store=parts.store,
            clock=now,
            chat=LeasedChat(parts.chat),
            cards=BlockKitCards(parts.console_url),
            publisher=parts.publisher,
            pager=pager,
            runs=parts.runs,
            toolbox=Toolboxes(parts.store, now, Web(steps_session, time.monotonic, parts.tracer), secrets).of,
            rules=parts.rules,
            catalog=parts.catalog,
            policy=parts.policy,
            tracer=parts.tracer,
        )
        bench = Workbench(
            store=parts.store,
            clock=now,
            sleep=asyncio.sleep,
            chance=random.random,
            handlers=handlers_of(outside),
            metrics=DeliveryMetrics(parts.registry),
            policy=behaviour,
            bell=Bell(Waking(parts.alert_intake)),
            tracer=parts.tracer,
            incidents=parts.policy,
        )
        read = SilencesOfAlertmanager(Web(steps_session, time.monotonic))
        mirror = SilenceMirror(parts.store, now, read, partial(_alertmanagers, parts.in_force, secrets))
        worker = f"{socket.gethostname()}:{os.getpid()}"
        at_work = Delivery(bench, worker=worker, mirror=mirror)
        with parts.hands.lent(at_work.hand):
            yield at_work


def _alertmanagers(current: InForce, secrets: Mapping[str, str]) -> dict[str, Authorization]:
    """Those that are configured now, each with the header that it asks for."""
    return {
        one.url: (secrets.get(one.authorization) or MissingSecret(one.authorization))
        if one.authorization
        else None
        for one in current.desks.configuration.installation.alertmanagers
    }
