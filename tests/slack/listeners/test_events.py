from __future__ import annotations

from typing import TYPE_CHECKING

from bot.localslack import messages
from bot.localslack.faults import Fault
from bot.localslack.messages import Draft
from tests.slack.person import ADA
from tests.support.waiting import eventually

if TYPE_CHECKING:
    from bot.slack.gateway import SlackChat
    from tests.slack.fake_deps import FakeUseCases
    from tests.slack.person import PersonInSlack


async def mention(person: PersonInSlack, chat: SlackChat, text: str) -> str:
    """Ada mentions the bot in a channel of its own, and what it answers her."""
    channel = await chat.create_channel("inc-12")
    await chat.invite(channel.id, [ADA])
    bot = person.workspace.app.bot_user_id
    place = person.workspace.channels[channel.id]
    messages.post(person.workspace, ADA, place, Draft(text=f"<@{bot}> {text}"))
    await eventually(lambda: person.hears("inc-12"), what="an answer")
    return person.last_words("inc-12")


async def test_the_home_tab_lists_what_is_open(person: PersonInSlack) -> None:
    person.slack.people.open_home(ADA)
    home = await eventually(person.home, what="the home tab")
    assert "INC-12" in home
    assert "Checkout fails" in home


async def test_an_empty_home_tab_says_so(person: PersonInSlack, use_cases: FakeUseCases) -> None:
    use_cases.incidents.clear()
    person.slack.people.open_home(ADA)
    home = await eventually(person.home, what="the home tab")
    assert "No incident is open." in home


async def test_the_messages_tab_is_no_home(person: PersonInSlack) -> None:
    person.workspace.emit("app_home_opened", {"user": ADA, "channel": "D1", "tab": "messages"})
    await eventually(lambda: person.slack.journal.deliveries("events_api"), what="the delivery")
    await person.settled()
    assert not person.home()


async def test_a_mention_is_answered_with_help(person: PersonInSlack, chat: SlackChat) -> None:
    assert "*/incident help*" in await mention(person, chat, "hello")


async def test_a_mention_can_ask_for_the_status(
    person: PersonInSlack, chat: SlackChat, use_cases: FakeUseCases
) -> None:
    assert "Checkout fails" in await mention(person, chat, "status INC-12")
    assert use_cases.asked == []


async def test_a_mention_that_fails_is_told(person: PersonInSlack, chat: SlackChat) -> None:
    assert "That does not exist: INC-99." in await mention(person, chat, "status 99")


async def test_the_same_event_twice_is_answered_once(person: PersonInSlack) -> None:
    """Slack delivers again when it did not hear the answer; Bolt does not notice."""
    person.slack.people.open_home(ADA)
    await eventually(lambda: person.slack.journal.calls("views.publish"), what="the first home tab")
    first = person.slack.journal.deliveries("events_api")[-1]["payload"]
    reply = await person.slack.outgoing.deliver("events_api", first, attempt=1, reason="http_timeout")
    assert reply.ok
    await person.settled()
    assert len(person.slack.journal.calls("views.publish")) == 1


async def test_a_home_tab_that_slack_refuses_is_told(person: PersonInSlack) -> None:
    person.slack.faults.add(Fault(method="views.publish", kind="error", error="not_enabled"))
    person.slack.people.open_home(ADA)
    await eventually(lambda: person.slack.journal.calls("chat.postEphemeral"), what="the apology")


async def test_a_mention_by_a_bot_is_not_answered(person: PersonInSlack) -> None:
    bot = person.workspace.app.bot_user_id
    event = {"type": "app_mention", "user": ADA, "bot_id": "B0OTHER", "text": f"<@{bot}> hi", "channel": "C1"}
    body = {"type": "event_callback", "team_id": "T0LOCAL001", "event_id": "Ev1", "event": event}
    reply = await person.slack.outgoing.deliver("events_api", body)
    assert reply.ok
    await person.settled()
    assert person.slack.journal.calls("chat.postEphemeral") == []
