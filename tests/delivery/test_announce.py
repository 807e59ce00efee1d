"""Other channels hear of an incident when it has its own."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.domain.effects import EffectKind, announcements, tell
from bot.domain.errors import (
    RateLimitedError,
    RemoteMisconfiguredError,
    RemoteRefusedError,
    RemoteUnavailableError,
)
from bot.domain.incident import Severity
from tests.delivery.stage import stage

if TYPE_CHECKING:
    from bot.domain.incident import Incident
    from tests.delivery.stage import Stage

LOST = RemoteUnavailableError("the answer was lost")


async def test_each_channel_hears_of_it_once_and_one_that_is_not_there_stops_nothing() -> None:
    it = stage()
    (rule,) = it.outside.rules.rules
    general = it.chat.add_foreign("general")
    it.outside.rules.by_name[rule.name] = replace(rule, announce=(general.ref.id, "#nowhere", general.ref.id))
    incident = await it.declare()
    it.store.state.incidents[incident].rule = rule.name
    await it.settle()
    assert [one.message.text for one in general.messages] == ["INC-1 is open in inc-1-checkout-fails"]
    assert sorted(it.states(EffectKind.ANNOUNCE)) == ["dead", "done"]
    assert it.texts(incident)[0] == "INC-1 triggered"


async def incident_of(it: Stage, incident_id: str) -> Incident:
    async with it.store.begin() as uow:
        incident: Incident = await uow.incidents.get(incident_id)
    return incident


@pytest.mark.parametrize("executed", [True, False])
async def test_an_announcement_to_a_name_is_made_once_though_its_reply_was_lost(*, executed: bool) -> None:
    it = stage()
    shop = it.chat.add_foreign("shop")
    incident = await it.declare(Severity.WARNING)
    (effect,) = announcements(await incident_of(it, incident), ("#shop",))
    it.chat.fail("create_channel", RateLimitedError(3600))  # only the announcement speaks
    async with it.store.begin() as uow:
        await uow.outbox.add([effect])
    it.chat.fail("post", LOST, executed=executed)
    await it.settle()
    await it.later(1)
    assert len(shop.messages) == 1
    assert it.states(EffectKind.ANNOUNCE) == ["done"]


@pytest.mark.parametrize(
    "error", [RemoteRefusedError("not_in_channel"), RemoteMisconfiguredError("missing_scope")]
)
async def test_where_nothing_can_be_read_it_is_said_again(error: Exception) -> None:
    it = stage()
    shop = it.chat.add_foreign("shop")
    async with it.store.begin() as uow:
        await uow.outbox.add([tell(shop.ref.id, "It is not well.", "config:1")])
    it.chat.fail("post", LOST)
    it.chat.fail("find_message", error)
    await it.settle()
    await it.later(1)
    assert [one.message.text for one in shop.messages] == ["It is not well."]


async def test_a_name_that_only_slack_knows_is_said_again() -> None:
    it = stage()
    async with it.store.begin() as uow:
        await uow.outbox.add([tell("#private", "It is not well.", "config:1")])
    it.chat.fail("post", LOST)
    await it.settle()
    await it.later(1)
    assert it.chat.calls == ["post", "find_channel", "post"]


@pytest.mark.parametrize("error", [RemoteRefusedError("not_in_channel"), RemoteUnavailableError("503")])
async def test_an_announcement_that_fails_pages_nobody(error: Exception) -> None:
    it = stage()
    shop = it.chat.add_foreign("shop")
    incident = await it.declare(Severity.WARNING)
    await it.settle()
    (effect,) = announcements(await incident_of(it, incident), (shop.ref.id,))
    async with it.store.begin() as uow:
        await uow.outbox.add([effect])
    for _ in range(100):
        it.chat.fail("post", error)
    for _ in range(20):
        await it.later(5)
    assert not shop.messages
    assert not it.pager.pages
