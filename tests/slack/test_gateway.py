"""The gateway on the local Slack: what is there afterwards, and what a lost reply or a fault becomes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.app.ports import Message
from bot.domain.errors import (
    RateLimitedError,
    RemoteMisconfiguredError,
    RemoteRefusedError,
    RemoteUnavailableError,
)
from bot.localslack import channels
from bot.localslack.faults import Fault

if TYPE_CHECKING:
    from bot.localslack.model import Channel
    from bot.localslack.server import RunningLocalSlack
    from bot.slack.gateway import SlackChat

HELLO = Message("hello")


def members(slack: RunningLocalSlack, channel_id: str) -> set[str]:
    return set(slack.slack.workspace.channels[channel_id].members)


def a_minute_ago() -> datetime:
    return datetime.now(UTC) - timedelta(minutes=1)


async def test_a_lost_reply_is_called_unavailable_and_the_channel_is_found(
    slack: RunningLocalSlack, chat: SlackChat
) -> None:
    slack.slack.faults.add(Fault(method="conversations.create", kind="cut", executed=True))
    with pytest.raises(RemoteUnavailableError):
        await chat.create_channel("inc-1")
    with pytest.raises(RemoteRefusedError, match="name_taken"):
        await chat.create_channel("inc-1")
    assert await chat.find_own_channel("inc-1", a_minute_ago()) is not None


async def test_a_lost_reply_leaves_one_message(slack: RunningLocalSlack, chat: SlackChat) -> None:
    """The library must not try again by itself."""
    channel = await chat.create_channel("inc-1")
    slack.slack.faults.add(Fault(method="chat.postMessage", kind="cut", executed=True))
    with pytest.raises(RemoteUnavailableError):
        await chat.post(channel.id, HELLO, "key")
    assert len(slack.slack.journal.calls("chat.postMessage")) == 1
    assert await chat.find_message(channel.id, "key", a_minute_ago()) is not None


@pytest.mark.parametrize("kind", ["unavailable", "cut"])
async def test_an_outage_is_unavailable(slack: RunningLocalSlack, chat: SlackChat, kind: str) -> None:
    slack.slack.faults.add(Fault.model_validate({"method": "auth.test", "kind": kind}))
    with pytest.raises(RemoteUnavailableError):
        await chat.check()


@pytest.mark.parametrize(
    ("error", "becomes"),
    [
        ("internal_error", RemoteUnavailableError),
        ("token_revoked", RemoteMisconfiguredError),
        ("missing_scope", RemoteMisconfiguredError),
        ("is_archived", RemoteRefusedError),
    ],
)
async def test_errors_by_name(
    slack: RunningLocalSlack, chat: SlackChat, error: str, becomes: type[Exception]
) -> None:
    slack.slack.faults.add(Fault(method="conversations.create", kind="error", error=error))
    with pytest.raises(becomes) as raised:
        await chat.create_channel("inc-1")
    assert getattr(raised.value, "detail", None) == error


async def test_a_rate_limit_carries_its_pause(slack: RunningLocalSlack, chat: SlackChat) -> None:
    slack.slack.faults.add(Fault(method="conversations.create", kind="ratelimited", retry_after=17))
    with pytest.raises(RateLimitedError) as raised:
        await chat.create_channel("inc-1")
    assert raised.value.retry_after == 17


async def test_a_foreign_channel_is_not_ours(slack: RunningLocalSlack, chat: SlackChat) -> None:
    name = next(iter(slack.slack.workspace.channels.values())).name
    assert await chat.find_own_channel(name, datetime(2000, 1, 1, tzinfo=UTC)) is None


async def test_our_channel_is_looked_for_among_our_own(slack: RunningLocalSlack, chat: SlackChat) -> None:
    channel = await chat.create_channel("inc-1")
    slack.slack.faults.add(Fault(method="conversations.list", kind="ratelimited"))
    assert await chat.find_own_channel("inc-1", a_minute_ago()) == channel


async def test_a_slack_that_does_not_tell_our_own_is_asked_for_all(
    slack: RunningLocalSlack, chat: SlackChat
) -> None:
    channel = await chat.create_channel("inc-1")
    slack.slack.faults.add(Fault(method="users.conversations", kind="error", error="unknown_method"))
    assert await chat.find_own_channel("inc-1", a_minute_ago()) == channel


async def test_what_slack_does_not_take_with_its_blocks_is_said_without(
    slack: RunningLocalSlack, chat: SlackChat
) -> None:
    channel = await chat.create_channel("inc-1")
    section = {"type": "section", "text": {"type": "mrkdwn", "text": "x"}}
    card = Message("INC-1 triggered", (section,))
    for method in ("chat.postMessage", "chat.update"):
        slack.slack.faults.add(Fault(method=method, kind="error", error="invalid_blocks"))
    ts = await chat.post(channel.id, card, "card")
    await chat.update(channel.id, ts, card)
    for method in ("chat.postMessage", "chat.update"):
        first, second = (call["arguments"] for call in slack.slack.journal.calls(method))
        assert (first["blocks"], second.get("blocks") or []) == ([section], [])
        assert second["text"] == "INC-1 triggered"
    slack.slack.faults.add(Fault(method="chat.update", kind="error", error="cant_update_message"))
    with pytest.raises(RemoteRefusedError):
        await chat.update(channel.id, ts, card)


async def test_channels_and_messages_are_found_behind_the_first_page(
    slack: RunningLocalSlack, chat: SlackChat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.slack.gateway._CHANNELS_A_PAGE", 1)
    monkeypatch.setattr("bot.slack.gateway._MESSAGES_A_PAGE", 1)
    channel = await chat.create_channel("zz-last")
    ts = await chat.post(channel.id, HELLO, "first")
    for number in range(3):
        await chat.post(channel.id, HELLO, f"later-{number}")
    assert await chat.find_own_channel("zz-last", a_minute_ago()) == channel
    assert await chat.find_message(channel.id, "first", a_minute_ago()) == ts


async def test_the_groups_members_and_everybody_named_are_invited(
    slack: RunningLocalSlack, chat: SlackChat
) -> None:
    channel = await chat.create_channel("inc-1")
    await chat.invite(
        channel.id, ["@oncall", "linus@example.com", "U0MARGAR04", "S0ONCALL01", " ", "U0LOCALBOT"]
    )
    assert members(slack, channel.id) >= {"U0ADA00001", "U0GRACE002", "U0LINUS003", "U0MARGAR04"}


async def test_one_bad_name_does_not_keep_the_others_out(slack: RunningLocalSlack, chat: SlackChat) -> None:
    channel = await chat.create_channel("inc-1")
    people = ["U0NOBODY", "nobody@example.com", "@nogroup", "S0NOGROUP", "?", "U0ADA00001", "U0GRACE002"]
    assert await chat.invite(channel.id, people) == {
        "U0NOBODY": "user_not_found",
        "nobody@example.com": "users_not_found",
        "@nogroup": "no user group has this handle",
        "S0NOGROUP": "no_such_subteam",
        "?": "neither an id, an e-mail address nor a @handle",
    }
    assert await chat.invite(channel.id, ["U0NOBODY"]) == {"U0NOBODY": "user_not_found"}
    assert members(slack, channel.id) >= {"U0ADA00001", "U0GRACE002"}


async def test_people_who_have_left_are_unknown_unless_a_group_still_has_them(
    slack: RunningLocalSlack, chat: SlackChat
) -> None:
    users = slack.slack.workspace.users
    for gone in ("U0ADA00001", "U0LINUS003"):
        users[gone] = replace(users[gone], deleted=True)
    people = ["U0LINUS003", "U0GRACE002", "@oncall", "S0NOGROUP", "?"]
    assert await chat.unknown(people) == {
        "S0NOGROUP": "no_such_subteam",
        "?": "neither an id, an e-mail address nor a @handle",
        "U0LINUS003": "deactivated",
    }


async def test_without_user_groups_people_are_invited_all_the_same(
    slack: RunningLocalSlack, chat: SlackChat
) -> None:
    channel = await chat.create_channel("inc-1")
    slack.slack.faults.add(Fault(method="usergroups.list", kind="error", error="plan_upgrade_required"))
    await chat.invite(channel.id, ["@oncall", "U0ADA00001"])
    assert "U0ADA00001" in members(slack, channel.id)


@pytest.mark.parametrize("method", ["users.lookupByEmail", "usergroups.list", "usergroups.users.list"])
async def test_a_scope_that_is_missing_for_some_keeps_nobody_else_out(
    slack: RunningLocalSlack, chat: SlackChat, method: str
) -> None:
    channel = await chat.create_channel("inc-1")
    slack.slack.faults.add(Fault(method=method, kind="error", error="missing_scope"))
    refused = await chat.invite(channel.id, ["linus@example.com", "@oncall", "U0MARGAR04"])
    assert list(refused.values()) == ["missing_scope"]
    assert "U0MARGAR04" in members(slack, channel.id)


async def test_invitations_that_are_not_allowed_name_everybody(
    slack: RunningLocalSlack, chat: SlackChat
) -> None:
    channel = await chat.create_channel("inc-1")
    slack.slack.faults.add(Fault(method="conversations.invite", kind="error", error="restricted_action"))
    refused = await chat.invite(channel.id, ["linus@example.com", "U0ADA00001"])
    assert refused == {"linus@example.com": "restricted_action", "U0ADA00001": "restricted_action"}


async def test_a_refusal_of_the_whole_without_names_costs_a_few_calls(
    slack: RunningLocalSlack, chat: SlackChat
) -> None:
    channel = await chat.create_channel("inc-1")
    slack.slack.faults.add(Fault(method="conversations.invite", kind="error", error="cant_invite", times=2))
    refused = await chat.invite(channel.id, ["U0ADA00001", "U0GRACE002", "U0LINUS003"])
    assert refused == {"U0ADA00001": "cant_invite"}
    assert members(slack, channel.id) >= {"U0GRACE002", "U0LINUS003"}
    assert len(slack.slack.journal.calls("conversations.invite")) == 3


async def test_a_slack_that_knows_no_force_is_asked_again_without_those_it_names(
    slack: RunningLocalSlack, chat: SlackChat, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = channels.invite

    def without_force(*args: Any, force: bool) -> Channel:
        return real(*args, force=False)

    monkeypatch.setattr(channels, "invite", without_force)
    channel = await chat.create_channel("inc-1")
    people = ["U0NOBODY", "U0ADA00001", "U0NOONE", "U0GRACE002"]
    assert set(await chat.invite(channel.id, people)) == {"U0NOBODY", "U0NOONE"}
    assert members(slack, channel.id) >= {"U0ADA00001", "U0GRACE002"}
    assert len(slack.slack.journal.calls("conversations.invite")) == 2


async def test_a_pause_amid_many_addresses_does_not_begin_the_search_anew(
    slack: RunningLocalSlack, chat: SlackChat
) -> None:
    channel = await chat.create_channel("inc-1")
    slack.slack.faults.add(Fault(method="users.lookupByEmail", kind="ratelimited", skip=1))
    people = ["ada@example.com", "grace@example.com"]
    with pytest.raises(RateLimitedError):
        await chat.invite(channel.id, people)
    await chat.invite(channel.id, people)
    asked = [call["arguments"]["email"] for call in slack.slack.journal.calls("users.lookupByEmail")]
    assert asked == ["ada@example.com", "grace@example.com", "grace@example.com"]
    slack.slack.faults.add(Fault(method="conversations.invite", kind="error", error="restricted_action"))
    await chat.invite(channel.id, ["ada@example.com"])
    await chat.invite(channel.id, ["ada@example.com"])
    assert len(slack.slack.journal.calls("users.lookupByEmail")) == 4, "who was refused is looked for anew"


async def test_an_invitation_to_a_lost_channel_is_refused(chat: SlackChat) -> None:
    with pytest.raises(RemoteRefusedError, match="channel_not_found"):
        await chat.invite("C0NOSUCH", ["U0ADA00001"])


async def test_a_channel_that_was_archived_deleted_or_left_takes_no_posts(
    slack: RunningLocalSlack, chat: SlackChat
) -> None:
    workspace = slack.slack.workspace
    archived, left = [await chat.create_channel(name) for name in ("inc-1", "inc-2")]
    assert await chat.can_post(archived.id)
    ours = (await chat.identity()).user_id
    channels.archive(workspace, ours, workspace.channels[archived.id])
    channels.leave(workspace, ours, workspace.channels[left.id])
    assert not await chat.can_post(archived.id)
    assert not await chat.can_post(left.id)
    assert not await chat.can_post("C0NOSUCH")
    slack.slack.faults.add(Fault(method="conversations.info", kind="error", error="missing_scope"))
    assert not await chat.can_post(archived.id)


async def test_the_topic_is_cut_to_what_slack_takes(slack: RunningLocalSlack, chat: SlackChat) -> None:
    channel = await chat.create_channel("inc-1")
    await chat.set_topic(channel.id, "ä" * 400)
    assert slack.slack.journal.calls("conversations.setTopic")[-1]["arguments"]["topic"] == "ä" * 250


async def test_a_forged_key_is_not_believed(slack: RunningLocalSlack, chat: SlackChat) -> None:
    channel = await chat.create_channel("inc-1")
    ts = await chat.post(channel.id, HELLO, "key")
    own = await chat.identity()
    chat._identity = type(own)(own.team_id, "U0OTHER", "B0OTHER")
    assert ts
    assert await chat.find_message(channel.id, "key", a_minute_ago()) is None


async def test_the_team_comes_from_our_identity_where_slack_does_not_say(
    slack: RunningLocalSlack, chat: SlackChat
) -> None:
    ours = slack.slack.workspace.settings.team_id
    assert (await chat._reference({"id": "C1", "name": "inc-1"})).team_id == ours


async def test_a_message_of_another_kind_has_no_key(slack: RunningLocalSlack, chat: SlackChat) -> None:
    channel = await chat.create_channel("inc-1")
    await chat._api.write(
        "chat.postMessage",
        channel=channel.id,
        text="hello",
        metadata={"event_type": "other", "event_payload": {"key": "key"}},
    )
    assert await chat.find_message(channel.id, "key", a_minute_ago()) is None
