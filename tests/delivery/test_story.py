"""What an incident asks for is done, in order and once, whatever is lost on the way."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.app.ports import Person
from bot.domain import effects
from bot.domain.effects import EffectKind, tell
from bot.domain.errors import (
    BrokerUnavailableError,
    RateLimitedError,
    RemoteMisconfiguredError,
    RemoteRefusedError,
    RemoteUnavailableError,
    StoreUnavailableError,
)
from bot.domain.incident import Severity
from tests.delivery.stage import ANNA, BOB, Stage, stage

LOST = RemoteUnavailableError("the answer was lost")


async def test_an_incident_gets_its_channel_status_people_and_topic_in_order() -> None:
    it = stage()
    incident = await it.declare(Severity.CRITICAL)
    await it.settle()
    channel = it.chat.named("inc-1-checkout-fails")
    assert it.texts(incident) == ["INC-1 triggered", "INC-1 suspects"]
    assert channel.people == ["U1", "@sre", "U9"]
    assert channel.topic == "critical triggered"
    assert it.chat.calls == ["create_channel", "post", "invite", "set_topic", "post"]
    lanes = {row.effect.kind: row.effect.lane for row in it.store.rows()}
    assert (
        len({lanes[kind] for kind in (EffectKind.STATUS_CARD, EffectKind.INVITE, EffectKind.SET_TOPIC)}) == 3
    )
    assert [body["why"] for body, _ in it.pager.pages] == ["@anna declared it."]
    assert [json.loads(one.value)["event"] for one in it.publisher.records] == ["opened"]
    assert all(row.state == "done" for row in it.store.rows())


@pytest.mark.parametrize(
    ("person", "invited"),
    [
        (BOB, ["U2", "U1", "@sre", "U9"]),
        (ANNA, ["U1", "@sre", "U9"]),
        (Person("api:ci", "ci", via="api"), ["U1", "@sre", "U9"]),
    ],
)
async def test_who_declares_it_in_slack_is_invited(person: Person, invited: list[str]) -> None:
    it = stage()
    await it.desk.declare("Checkout fails", Severity.ERROR, ["checkout"], "production", person)
    await it.settle()
    assert it.chat.named("inc-1-checkout-fails").people == invited


async def test_the_status_is_updated_in_place_and_skipped_when_unchanged() -> None:
    it = stage()
    incident = await it.declare()
    await it.settle()
    await it.desk.acknowledge("INC-1", ANNA)
    await it.settle()
    assert it.texts(incident)[0] == "INC-1 acknowledged"
    assert it.chat.calls.count("update") == 1
    await it.desk.resolve("INC-1", ANNA)
    await it.settle()
    assert it.texts(incident) == [
        "INC-1 resolved",
        "INC-1 suspects",
        "@anna has acknowledged INC-1.",
        "@anna has resolved INC-1.",
        "postmortem http://tocsin.test/incidents/INC-1/postmortem True",
    ]


@pytest.mark.parametrize("method", ["create_channel", "post", "invite", "set_topic"])
async def test_a_lost_reply_changes_nothing_that_people_see(method: str) -> None:
    it = stage()
    it.chat.fail(method, LOST, executed=True)
    incident = await it.declare()
    await it.settle()
    await it.later(1)
    assert len(it.chat.channels) == 1
    assert it.texts(incident) == ["INC-1 triggered", "INC-1 suspects"]
    assert all(row.state == "done" for row in it.store.rows())


async def test_a_note_whose_reply_was_lost_is_said_once() -> None:
    it = stage()
    incident = await it.declare()
    await it.settle()
    await it.desk.acknowledge("INC-1", ANNA)
    it.chat.fail("post", LOST, executed=True)
    await it.settle()
    await it.later(1)
    assert it.texts(incident).count("@anna has acknowledged INC-1.") == 1


async def test_an_update_whose_reply_was_lost_is_not_mistaken_for_the_one_before() -> None:
    it = stage()
    incident = await it.declare()
    await it.settle()
    await it.desk.resolve("INC-1", ANNA)
    it.chat.fail("update", LOST, executed=True)
    await it.settle()
    assert it.texts(incident)[0] == "INC-1 resolved"
    await it.desk.reopen("INC-1", ANNA)
    await it.later(1)
    assert it.texts(incident)[0] == "INC-1 triggered"


async def test_a_lost_record_changes_nothing_that_people_see() -> None:
    it = stage()
    incident = await it.declare()
    for _ in range(40):  # every commit fails once in its turn
        it.store.failures += [None, StoreUnavailableError("gone")]
    for _ in range(60):
        try:
            await it.delivery.turn()
        except StoreUnavailableError:
            it.time.pass_(61)
    it.store.failures.clear()
    await it.later(61)
    assert len(it.chat.channels) == 1
    assert it.texts(incident) == ["INC-1 triggered", "INC-1 suspects"]


async def test_a_taken_name_gets_a_suffix() -> None:
    it = stage()
    it.chat.add_foreign("inc-1-checkout-fails")
    incident = await it.declare()
    await it.settle()
    assert it.store.state.channels[incident].name == "inc-1-checkout-fails-2"


async def test_after_a_lost_reply_a_foreign_channel_is_not_taken_over() -> None:
    it = stage()
    it.chat.add_foreign("inc-1-checkout-fails")
    it.chat.fail("create_channel", LOST)
    incident = await it.declare()
    await it.settle()
    await it.later(1)
    assert it.store.state.channels[incident].name == "inc-1-checkout-fails-2"


async def test_after_a_lost_reply_an_older_or_owned_channel_is_not_taken_over() -> None:
    it = stage()
    older = await it.chat.create_channel("inc-1-checkout-fails")
    owned = await it.chat.create_channel("inc-1-checkout-fails-2")
    it.store.state.channels["another"] = owned
    it.chat.channels[older.id].created_at -= timedelta(minutes=10)
    it.chat.fail("create_channel", LOST)
    incident = await it.declare()
    await it.settle()
    await it.later(1)
    assert it.store.state.channels[incident].name == "inc-1-checkout-fails-3"


async def test_without_a_free_name_the_channel_is_given_up() -> None:
    it = stage()
    for suffix in ("", *(f"-{count}" for count in range(2, 21))):
        it.chat.add_foreign(f"inc-1-checkout-fails{suffix}")
    await it.declare()
    await it.settle()
    assert it.states(EffectKind.OPEN_CHANNEL) == ["dead"]
    assert it.chat.calls.count("create_channel") == 20
    assert len(it.pager.pages) == 1


async def test_a_refused_channel_pages_is_told_once_and_asked_for_again_while_the_incident_is_open() -> None:
    it = stage()
    for _ in range(3):
        it.chat.fail("create_channel", RemoteRefusedError("cannot_create_channel"))
    incident = await it.declare()
    for seconds in (0, 60, 120):
        await it.later(seconds)
        assert it.states(EffectKind.OPEN_CHANNEL) == ["retry"]
        assert it.store.rows(EffectKind.OPEN_CHANNEL)[0].uncertain_since is None
    told = [line for line in it.store.told(incident) if line.startswith("Could not")]
    assert len(told) == 1
    assert "cannot_create_channel" in told[0]
    assert len(it.pager.pages) == 1
    await it.later(239)
    assert not it.chat.channels
    await it.later(1)
    assert it.texts(incident) == ["INC-1 triggered", "INC-1 suspects"]
    assert it.chat.named("inc-1-checkout-fails").people == ["U1", "@sre", "U9"]


async def test_a_refused_channel_of_a_resolved_incident_is_given_up_until_it_is_reopened() -> None:
    it = stage()
    it.chat.fail("create_channel", RemoteRefusedError("cannot_create_channel"))
    it.chat.fail("create_channel", RemoteRefusedError("cannot_create_channel"))
    incident = await it.declare()
    await it.settle()
    await it.desk.resolve("INC-1", ANNA)
    await it.later(60)
    assert {row.state for row in it.store.rows() if row.effect.lane.startswith("slack:")} == {"dead"}
    assert it.counted(EffectKind.OPEN_CHANNEL, "dead") == 1
    assert len(it.pager.pages) == 1
    await it.desk.reopen("INC-1", ANNA)
    await it.settle()
    assert it.texts(incident) == ["INC-1 triggered", "@anna has reopened INC-1."]


async def test_a_deleted_status_message_is_posted_anew() -> None:
    it = stage()
    incident = await it.declare()
    await it.settle()
    channel = it.chat.named("inc-1-checkout-fails")
    channel.messages.clear()
    await it.desk.acknowledge("INC-1", ANNA)
    it.chat.fail("post", LOST, executed=True)
    await it.settle()
    await it.later(1)
    assert it.texts(incident) == ["INC-1 acknowledged", "@anna has acknowledged INC-1."]


@pytest.mark.parametrize("error", ["edit_window_closed", "cant_update_message"])
async def test_a_status_message_that_may_not_be_changed_is_posted_anew(error: str) -> None:
    it = stage()
    incident = await it.declare()
    await it.settle()
    it.chat.fail("update", RemoteRefusedError(error))
    await it.desk.resolve("INC-1", ANNA)
    await it.settle()
    assert it.texts(incident)[:3] == ["INC-1 triggered", "INC-1 suspects", "INC-1 resolved"]
    await it.desk.reopen("INC-1", ANNA)
    await it.settle()
    assert it.texts(incident)[2] == "INC-1 triggered", "from now on the new one is kept up to date"


async def test_where_nothing_may_be_changed_a_lost_reply_makes_no_second_message() -> None:
    it = stage()
    incident = await it.declare()
    await it.settle()
    for _ in range(10):
        it.chat.fail("update", RemoteRefusedError("edit_window_closed"))
    it.chat.fail("post", LOST, executed=True)
    await it.desk.acknowledge("INC-1", ANNA)
    await it.settle()
    await it.later(1)
    cards = ["INC-1 triggered", "INC-1 acknowledged", "INC-1 resolved"]
    assert [text for text in it.texts(incident) if text in cards] == cards[:2]
    await it.desk.resolve("INC-1", ANNA)
    await it.settle()
    assert [text for text in it.texts(incident) if text in cards] == cards


async def test_another_refusal_of_an_update_is_given_up_and_told() -> None:
    it = stage()
    incident = await it.declare()
    await it.settle()
    it.chat.fail("update", RemoteRefusedError("invalid_blocks"))
    await it.desk.acknowledge("INC-1", ANNA)
    await it.settle()
    assert "dead" in it.states(EffectKind.STATUS_CARD)
    assert any("Could not show the incident's state" in line for line in it.store.told(incident))
    ((body, _),) = it.pager.pages
    assert body["why"].startswith("Slack does not show INC-1 (")


async def test_a_refusal_that_nobody_has_listed_may_pass() -> None:
    it = stage()
    incident = await it.declare()
    await it.settle()
    for _ in range(4):
        it.chat.fail("update", RemoteRefusedError("some_new_error"))
    await it.desk.acknowledge("INC-1", ANNA)
    for _ in range(5):
        await it.later(60)
    assert it.texts(incident)[0] == "INC-1 acknowledged"
    assert set(it.states(EffectKind.STATUS_CARD)) == {"done"}
    assert it.pager.pages == []
    for _ in range(20):
        it.chat.fail("update", RemoteRefusedError("some_new_error"))
    await it.desk.resolve("INC-1", ANNA)
    for _ in range(8):
        await it.later(60)
    assert "dead" in it.states(EffectKind.STATUS_CARD)


async def test_without_the_right_to_read_a_card_whose_reply_was_lost_is_posted_again() -> None:
    it = stage()
    it.chat.fail("post", LOST, executed=True)
    it.chat.fail("find_message", RemoteMisconfiguredError("missing_scope"))
    incident = await it.declare()
    for _ in range(3):
        await it.later(60)
    assert it.texts(incident) == ["INC-1 triggered", "INC-1 triggered", "INC-1 suspects"]


async def test_owners_who_may_not_be_told_are_not_told_for_ever() -> None:
    it = stage()
    async with it.store.begin() as uow:
        await uow.outbox.add([tell("#owners", "Rule slow rests.", "rule:slow")])
    it.chat.fail("post", RemoteMisconfiguredError("restricted_action"))
    await it.settle()
    assert it.states(EffectKind.TELL) == ["dead"]


NOBODY = "Nobody could be paged: "


def refused_pages(it: Stage, error: Exception, times: int) -> None:
    it.pager.failures += [error] * times


async def test_a_page_that_is_refused_is_tried_again_and_the_channel_is_told_once() -> None:
    it = stage()
    refused_pages(it, RemoteMisconfiguredError("the pager answered 404"), 3)
    incident = await it.declare(Severity.CRITICAL)
    for _ in range(4):
        await it.later(30)
    assert len(it.pager.pages) == 1
    (note,) = [text for text in it.texts(incident) if text.startswith(NOBODY)]
    assert "the pager answered 404. It is tried again." in note


async def test_a_pager_that_does_not_answer_for_a_minute_is_told_of() -> None:
    it = stage()
    refused_pages(it, LOST, 40)
    incident = await it.declare(Severity.CRITICAL)
    await it.later(30)
    assert not [text for text in it.texts(incident) if text.startswith(NOBODY)]
    await it.later(30)
    await it.later(30)
    assert len([text for text in it.texts(incident) if text.startswith(NOBODY)]) == 1
    await it.desk.resolve("INC-1", ANNA)
    await it.later(60)
    assert it.states(EffectKind.PAGE) == ["done"]
    assert any("the incident was over before the pager answered" in line for line in it.store.told(incident))


async def test_a_page_that_the_pager_does_not_take_is_given_up_aloud() -> None:
    it = stage()
    refused_pages(it, RemoteRefusedError("the pager answered 422"), 1)
    incident = await it.declare(Severity.CRITICAL)
    await it.settle()
    assert it.states(EffectKind.PAGE) == ["dead"]
    assert len([text for text in it.texts(incident) if text.startswith(NOBODY)]) == 1


async def test_retry_after_is_honoured_to_the_second() -> None:
    it = stage()
    it.chat.fail("create_channel", RateLimitedError(17))
    await it.declare()
    await it.settle()
    (row,) = it.store.rows(EffectKind.OPEN_CHANNEL)
    assert row.due_at == it.time.now + timedelta(seconds=17)
    assert row.uncertain_since is None
    await it.later(16.9)
    assert not it.chat.channels
    await it.later(0.1)
    assert len(it.chat.channels) == 1


async def test_what_comes_later_in_the_lane_waits_for_what_fails() -> None:
    it = stage()
    it.chat.fail("create_channel", RemoteMisconfiguredError("missing_scope"))
    await it.declare()
    await it.settle()
    assert it.chat.calls == ["create_channel"]
    assert it.store.rows(EffectKind.OPEN_CHANNEL)[0].uncertain_since is None


async def test_no_channel_within_a_minute_pages() -> None:
    it = stage()
    for _ in range(200):
        it.chat.fail("create_channel", RemoteMisconfiguredError("missing_scope"))
    await it.declare(Severity.WARNING)
    for _ in range(12):
        await it.later(5)
    assert len(it.pager.pages) >= 1
    assert "no channel in time" in it.pager.pages[0][0]["why"]


async def test_slack_that_fails_for_a_minute_pages_once() -> None:
    it = stage()
    await it.declare(Severity.WARNING)
    await it.settle()
    for _ in range(200):
        it.chat.fail("update", RemoteUnavailableError("503"))
    await it.desk.acknowledge("INC-1", ANNA)
    for _ in range(25):
        await it.later(5)
    assert len(it.pager.pages) == 1
    assert "Slack does not show INC-1" in it.pager.pages[0][0]["why"]


@pytest.mark.parametrize(("pause", "waited"), [(20, 40), (90, 0)])
async def test_a_pause_that_outlasts_a_minute_pages_once(pause: int, waited: int) -> None:
    it = stage()
    await it.declare(Severity.WARNING)
    await it.settle()
    for _ in range(200):
        it.chat.fail("update", RateLimitedError(pause))
    await it.desk.acknowledge("INC-1", ANNA)
    await it.settle()
    for _ in range(waited // 20):
        assert not it.pager.pages
        await it.later(20)
    assert len(it.pager.pages) == 1
    assert "Slack does not show INC-1" in it.pager.pages[0][0]["why"]
    await it.later(200)
    assert len(it.pager.pages) == 1


async def test_a_channel_in_time_pages_nobody() -> None:
    it = stage()
    await it.declare(Severity.WARNING)
    await it.settle()
    await it.later(61)
    assert not it.pager.pages


@pytest.mark.unmeasured
@pytest.mark.parametrize("method", ["set_topic", "invite"])
@pytest.mark.parametrize("error", [RemoteUnavailableError("503"), RateLimitedError(30)])
async def test_decoration_that_fails_keeps_nothing_waiting_and_pages_nobody(
    method: str, error: Exception
) -> None:
    it = stage()
    for _ in range(200):
        it.chat.fail(method, error)
    incident = await it.declare(Severity.WARNING)
    await it.settle()
    await it.desk.acknowledge("INC-1", ANNA)
    for _ in range(30):
        await it.later(5)
    assert it.texts(incident) == ["INC-1 acknowledged", "INC-1 suspects", "@anna has acknowledged INC-1."]
    assert not it.pager.pages


async def test_decoration_that_is_not_allowed_is_given_up_with_a_line() -> None:
    it = stage()
    it.chat.fail("set_topic", RemoteMisconfiguredError("restricted_action"))
    incident = await it.declare(Severity.WARNING)
    await it.settle()
    assert it.states(EffectKind.SET_TOPIC) == ["dead"]
    (line,) = [line for line in it.store.told(incident) if line.startswith("Could not")]
    assert line.startswith("Could not set the channel's topic: ")
    assert line.endswith("restricted_action")
    await it.desk.acknowledge("INC-1", ANNA)
    await it.settle()
    assert it.chat.named("inc-1-checkout-fails").topic == "warning acknowledged", "each change tries anew"


async def test_who_could_not_be_invited_is_said_once() -> None:
    it = stage()
    it.chat.unfindable.add("@sre")
    incident = await it.declare(Severity.WARNING)
    await it.settle()
    said = "Could not invite @sre (users_not_found)."
    (row,) = it.store.rows(EffectKind.INVITE)
    assert row.result == {"invited": ["U1", "U9"], "refused": {"@sre": "users_not_found"}}
    async with it.store.begin() as uow:
        await uow.outbox.add([effects.invite(await uow.incidents.get("INC-1"))])
    await it.settle()
    assert it.chat.calls.count("invite") == 2
    assert it.store.told(incident).count(said) == 1
    assert it.texts(incident).count(said) == 1


async def test_of_many_who_could_not_be_invited_some_are_named() -> None:
    it = stage()
    people = [f"p{number}@example.com" for number in range(25)]
    it.chat.unfindable.update(people)
    rule = it.outside.rules.rules[0]
    it.outside.rules.by_name["declared"] = replace(rule, invite=tuple(people))
    incident = await it.declare()
    it.store.state.incidents[incident].rule = "declared"
    await it.settle()
    (line,) = [line for line in it.store.told(incident) if line.startswith("Could not invite")]
    assert "p19@example.com (users_not_found) and 5 more." in line
    assert "p20" not in line


async def test_decoration_waits_for_the_channel_without_an_attempt() -> None:
    it = stage()
    it.chat.fail("create_channel", RateLimitedError(10))
    await it.declare(Severity.WARNING)
    await it.settle()
    await it.desk.acknowledge("INC-1", ANNA)
    async with it.store.begin() as uow:
        await uow.outbox.add([effects.invite(await uow.incidents.get("INC-1"))])
    await it.settle()
    assert it.chat.calls == ["create_channel"]
    await it.later(10)
    channel = it.chat.named("inc-1-checkout-fails")
    assert (channel.people, channel.topic) == (["U1", "@sre", "U9"], "warning acknowledged")
    assert it.chat.calls.count("invite") == it.chat.calls.count("set_topic") == 1


async def test_without_a_pager_the_timeline_says_so() -> None:
    it = stage(pager=False)
    incident = await it.declare(Severity.CRITICAL)
    await it.settle()
    assert "Nobody was paged: no pager configured." in it.store.told(incident)
    assert not it.store.state.pages


async def test_a_page_is_repeated_with_its_key_and_recorded_once() -> None:
    it = stage()
    it.pager.failures.append(RemoteUnavailableError("503"))
    incident = await it.declare(Severity.CRITICAL)
    await it.settle()
    await it.later(1)
    assert [key for _, key in it.pager.pages] == [f"page:{incident}:1"]
    assert len(it.store.state.pages[incident]) == 1


async def test_events_are_published_with_the_state_of_their_time() -> None:
    it = stage()
    it.publisher.failures.append(BrokerUnavailableError("down"))
    await it.declare()
    await it.settle()
    await it.desk.acknowledge("INC-1", ANNA)
    await it.later(1)
    events = [json.loads(one.value) for one in it.publisher.records]
    assert [(one["event"], one["state"], one["sequence"]) for one in events] == [
        ("opened", "triggered", 1),
        ("acknowledged", "acknowledged", 2),
    ]
    assert {one.key for one in it.publisher.records} == {events[0]["id"]}
