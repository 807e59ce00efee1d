"""An alert comes in; a channel with everything that is known comes out."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.harness.story import Story


async def test_an_alert_opens_a_channel(story: Story) -> None:
    await story.change(
        "payments", "deploy", minutes_ago=4, summary="Use the new ledger", author="mary", version="v42"
    )
    await story.alert("HighErrorRate", service="payments", severity="error", summary="Payments fail")
    channel = await story.expect_channel("payments")

    card = await channel.expect_card()
    for word in ("Error", "Payments fail", "`payments`", story.environment, "1 firing of 1"):
        assert word in card.words, card.words
    assert [button.label for button in card.buttons] == ["Acknowledge", "Resolve", "Silence…", "Why?"]
    await channel.expect_topic("Triggered", "Error", "payments")
    suspects = await channel.expect("Suspect changes", "Use the new ledger")
    assert "mary" in suspects.words
    assert "Uncalibrated" in suspects.words
    await channel.expect_members("linus", "ada", "grace")  # who responds for payments, and @oncall

    incident = await story.incident()
    assert incident["state"] == "triggered"
    assert incident["severity"] == "error"
    assert incident["services"] == ["payments"]
    assert incident["channel"] == {"id": channel.id, "name": channel.name}
    assert incident["reason"]["text"] in card.words
    assert [alert["status"] for alert in incident["alerts"]] == ["firing"]
    first = incident["suspects"][0]
    assert first["change_id"] == f"{story.environment}-payments-deploy"
    assert first["probability"] > incident["no_change_probability"]
    assert {"prior", "delay", "services", "kind"} <= {reason["name"] for reason in first["reasons"]}


async def test_no_suspect_change_where_nothing_fits(story: Story) -> None:
    await story.change("search", minutes_ago=10)  # nothing of billing depends on it
    await story.alert(service="billing")
    channel = await story.expect_channel("billing")
    card = await channel.expect("No suspect change")
    assert "search" not in card.words
    incident = await story.incident()
    assert incident["suspects"] == []
    assert incident["no_change_probability"] == 1


async def test_a_suppressed_alert_is_nobodys_incident(story: Story) -> None:
    await story.send(
        story.make_alert("Watchdog", service="billing"), story.make_alert("Disk", service="billing")
    )
    await story.expect_channel("billing")
    incident = await story.incident()
    assert [alert["name"] for alert in incident["alerts"]] == ["Disk"]


async def test_a_rule_can_ask_for_several_alerts(story: Story) -> None:
    first, second, third = (
        story.make_alert("Flapping", service="cart", instance=f"cart-{number}") for number in range(3)
    )
    await story.send(first, second)
    await story.alert("Disk", service="billing")  # what came before it has been decided, too
    assert [one["services"] for one in [await story.incident()]] == [["billing"]]
    await story.send(third)
    channel = await story.expect_channel("cart")
    await channel.expect_card()
    held = next(one for one in await story.incidents() if one["services"] == ["cart"])
    assert len(held["alerts"]) == 3
