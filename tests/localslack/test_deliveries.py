"""What reaches the app: signed events with retries, verification, and which events are wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slack_sdk.signature import SignatureVerifier

from bot.localslack import events
from tests.localslack.harness import ADA, Hand, receiver, until

if TYPE_CHECKING:
    import pytest
    from slack_sdk.web.async_client import AsyncWebClient

    from bot.localslack.server import RunningLocalSlack


async def test_an_event_is_signed_and_whole(
    slack: RunningLocalSlack, client: AsyncWebClient, hand: Hand
) -> None:
    async with receiver(slack) as app:
        await client.conversations_join(channel="C0GENERAL01")
        await hand.post("messages", channel="general", text="<@U0LOCALBOT> help")
        await until(lambda: bool(app.of("app_mention")))
        (mention,) = app.of("app_mention")
        assert (mention["type"], mention["event"]["user"]) == ("event_callback", ADA)
        assert mention["event_id"].startswith("Ev")
        assert mention["authorizations"][0]["user_id"] == "U0LOCALBOT"
        kinds = {body["event"]["type"] for body in app.of("event_callback")}
        assert kinds == {"message", "app_mention", "member_joined_channel"}
        verifier = SignatureVerifier("local-signing-secret")
        assert all(verifier.is_valid_request(request.body, request.headers) for request in app.requests)


async def test_each_kind_of_event(slack: RunningLocalSlack, client: AsyncWebClient, hand: Hand) -> None:
    async with receiver(slack) as app:
        channel = (await client.conversations_create(name="inc"))["channel"]["id"]
        await client.conversations_invite(channel=channel, users=ADA)
        ts = (await client.chat_postMessage(channel=channel, text="x"))["ts"]
        await client.chat_update(channel=channel, ts=ts, text="y")
        place = {"channel": "inc", "ts": ts}
        await hand.post("reactions", **place, name="eyes")
        await hand.post("reactions", **place, name="eyes", remove=True)
        await hand.post("messages/pin", **place)
        await hand.post("messages/unpin", **place)
        await client.chat_delete(channel=channel, ts=ts)
        await client.conversations_rename(channel=channel, name="inc-2")
        await hand.post("home")
        await client.conversations_kick(channel=channel, user=ADA)
        await client.conversations_archive(channel=channel)
        await hand.post(f"channels/{channel}/unarchive")
        expected = {
            "channel_created",
            "member_joined_channel",
            "message",
            "reaction_added",
            "reaction_removed",
            "pin_added",
            "pin_removed",
            "channel_rename",
            "app_home_opened",
            "member_left_channel",
            "channel_archive",
            "channel_unarchive",
        }
        await until(lambda: {b["event"]["type"] for b in app.of("event_callback")} == expected)
        subtypes = {b["event"].get("subtype") for b in app.of("message")}
        assert {"message_changed", "message_deleted", "channel_join", None} <= subtypes


async def test_events_stay_away_from_where_the_bot_is_not(slack: RunningLocalSlack, hand: Hand) -> None:
    async with receiver(slack) as app:
        await hand.post("messages", channel="general", text="<@U0LOCALBOT> not a member here")
        await hand.post("channels", name="secret", private=True)
        await hand.post("channels/secret/invite", users=["grace"])
        await hand.post("home")
        await until(lambda: bool(app.requests))
        assert [body["event"]["type"] for body in app.of("event_callback")] == ["app_home_opened"]


async def test_a_failed_event_comes_three_times_more(slack: RunningLocalSlack, hand: Hand) -> None:
    async with receiver(slack) as app:
        app.status = 500
        await hand.post("home")
        await until(lambda: len(app.requests) == 4)
        assert [r.headers.get("X-Slack-Retry-Num") for r in app.requests] == [None, "1", "2", "3"]
        assert app.requests[1].headers["X-Slack-Retry-Reason"] == "http_error"
        assert len({body["event_id"] for body in app.of("event_callback")}) == 1
    await hand.post("home")
    await until(lambda: len(slack.slack.journal.deliveries()) == 8)
    deliveries = (await hand.get("deliveries", kind="events_api"))["deliveries"]
    assert deliveries[-1]["outcome"] == "connection_failed"
    assert "token" not in deliveries[-1]["payload"]


async def test_an_app_may_refuse_retries(slack: RunningLocalSlack, hand: Hand) -> None:
    async with receiver(slack) as app:
        app.status, app.headers = 500, {"X-Slack-No-Retry": "1"}
        await hand.post("home")
        await until(lambda: bool(slack.slack.journal.deliveries()))
        app.status = 200
        await hand.post("home")
        await until(lambda: len(app.requests) == 2)
        assert len({body["event_id"] for body in app.of("event_callback")}) == 2


async def test_an_event_can_come_twice(slack: RunningLocalSlack, hand: Hand) -> None:
    async with receiver(slack) as app:
        await hand.post("home")
        await until(lambda: bool(slack.slack.journal.deliveries()))
        event_id = app.of("event_callback")[0]["event_id"]
        assert (await hand.post("redeliver", event_id=event_id))["ok"]
        await until(lambda: len(app.requests) == 2)
        assert app.requests[0].json == app.requests[1].json
        assert (await hand.post("redeliver", event_id="Ev404"))["error"] == "event_not_found"


async def test_the_address_is_verified_by_a_challenge(slack: RunningLocalSlack, hand: Hand) -> None:
    assert (await hand.post("verify"))["verified"] is False
    async with receiver(slack) as app:
        app.answers["url_verification"] = "wrong"
        assert (await hand.post("verify"))["verified"] is False
        slack.slack.workspace.ids = lambda prefix: f"{prefix}-1"
        app.answers["url_verification"] = {"challenge": "challenge-1"}
        assert (await hand.post("verify"))["verified"] is True
        await hand.post("switches", request_url="")
        assert (await hand.post("verify"))["verified"] is False


async def test_waiting_events_are_bounded(
    slack: RunningLocalSlack, hand: Hand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "MAX_PENDING", 3)
    async with receiver(slack) as app:
        app.delay = 30
        for _ in range(5):
            slack.slack.workspace.emit("app_home_opened", {"user": ADA})
        assert (await hand.get("deliveries"))["dropped"] == 2
