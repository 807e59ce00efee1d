"""A channel that was archived, deleted or closed to us: an open incident gets another, a closed one none."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.domain.effects import EffectKind
from bot.domain.errors import RemoteRefusedError, RemoteUnavailableError
from bot.domain.incident import Severity
from tests.delivery.stage import ANNA, playbook, stage

if TYPE_CHECKING:
    from tests.delivery.stage import Stage

NAME = "inc-1-checkout-fails"
LOST = RemoteUnavailableError("the answer was lost")


async def resolved(it: Stage) -> str:
    """An incident that was resolved, and its channel archived."""
    incident = await it.declare(Severity.WARNING)
    await it.settle()
    await it.desk.resolve("INC-1", ANNA)
    await it.settle()
    it.chat.named(NAME).archived = True
    return incident


async def test_a_reopened_incident_gets_another_channel_with_all_that_is_to_be_seen() -> None:
    it = stage()
    incident = await resolved(it)
    await it.desk.reopen("INC-1", ANNA)
    await it.settle()
    other = it.chat.named(f"{NAME}-2")
    assert it.store.state.channels[incident] == other.ref
    assert sorted(it.texts(incident)) == ["@anna has reopened INC-1.", "INC-1 suspects", "INC-1 triggered"]
    assert it.texts(incident)[0] == "INC-1 triggered"
    assert (other.people, other.topic) == (["U1", "@sre", "U9"], "warning triggered")
    why = f"Channel #{NAME}-2 opened: #{NAME} is archived, deleted or closed to us."
    assert why in it.store.told(incident)
    assert not it.pager.pages
    await it.desk.acknowledge("INC-1", ANNA)
    await it.settle()
    assert it.texts(incident)[0] == "INC-1 acknowledged", "and it lives on there"


@pytest.mark.unmeasured
@pytest.mark.parametrize("error", ["channel_not_found", "not_in_channel", "is_inactive"])
async def test_whatever_slack_calls_it(error: str) -> None:
    it = stage()
    incident = await resolved(it)
    it.chat.fail("update", RemoteRefusedError(error))
    await it.desk.reopen("INC-1", ANNA)
    await it.settle()
    assert it.store.state.channels[incident].name == f"{NAME}-2"


async def test_the_channel_of_an_incident_that_is_open_is_replaced_too_with_its_runs() -> None:
    it = stage(playbooks=[playbook()])
    incident = await it.declare(Severity.WARNING)
    await it.settle()
    (asked,) = [text for text in it.texts(incident) if text.startswith("first-look")]
    it.chat.channels.clear()
    await it.desk.acknowledge("INC-1", ANNA)
    await it.settle()
    assert asked in it.texts(incident)
    assert it.texts(incident)[0] == "INC-1 acknowledged"


async def test_the_other_channel_is_announced_as_the_first_was() -> None:
    it = stage()
    general = it.chat.add_foreign("general")
    (rule,) = it.outside.rules.rules
    it.outside.rules.by_name[rule.name] = replace(rule, announce=(general.ref.id,))
    incident = await it.declare(Severity.WARNING)
    it.store.state.incidents[incident].rule = rule.name
    await it.settle()
    it.chat.named(NAME).archived = True
    await it.desk.acknowledge("INC-1", ANNA)
    await it.settle()
    heard = [one.message.text for one in general.messages]
    assert heard == [f"INC-1 is open in {NAME}", f"INC-1 is open in {NAME}-2"]


async def test_a_lost_reply_makes_no_third_channel() -> None:
    it = stage()
    await resolved(it)
    it.chat.fail("create_channel", LOST, executed=True)
    it.chat.fail("post", LOST, executed=True)
    await it.desk.reopen("INC-1", ANNA)
    await it.settle()
    it.chat.fail("create_channel", LOST, executed=True)
    await it.later(1)
    await it.later(1)
    assert sorted(one.ref.name for one in it.chat.channels.values()) == [NAME, f"{NAME}-2"]
    texts = [one.message.text for one in it.chat.named(f"{NAME}-2").messages]
    assert len(texts) == len(set(texts)) == 3


async def test_a_resolved_incident_gets_none() -> None:
    it = stage()
    incident = await it.declare(Severity.WARNING)
    await it.settle()
    it.chat.named(NAME).archived = True
    await it.desk.resolve("INC-1", ANNA)
    await it.settle()
    assert len(it.chat.channels) == 1
    assert any("Could not show the incident's state" in line for line in it.store.told(incident))
    assert not it.pager.pages


async def test_a_channel_that_is_well_is_kept_whatever_slack_says_and_somebody_is_paged_once() -> None:
    it = stage()
    await it.declare(Severity.WARNING)
    await it.settle()
    for _ in range(20):
        it.chat.fail("update", RemoteRefusedError("channel_not_found"))
        it.chat.fail("post", RemoteRefusedError("channel_not_found"))
    await it.desk.acknowledge("INC-1", ANNA)
    await it.settle()
    assert len(it.chat.channels) == 1
    assert [row.state for row in it.store.rows() if row.state not in {"done", "dead"}] == []
    (page,) = [body["why"] for body, _ in it.pager.pages]
    assert "Slack does not show INC-1" in page
    assert it.counted(EffectKind.POST_NOTE, "dead") == 1
