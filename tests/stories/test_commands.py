"""`/incident`: what it answers, to whom, and what it does."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.harness.story import Story


async def test_help(story: Story) -> None:
    for line in ("/incident", "/incident help"):
        answer = await story.command(line, as_="grace")
        for verb in ("declare", "list", "status", "resolve", "blame", "why", "help"):
            assert verb in answer.words
        assert answer.only_for is not None
    unknown = await story.command("/incident frobnicate", as_="grace")
    assert "“frobnicate” is not known" in unknown.words


async def test_declaring_in_one_line(story: Story) -> None:
    answer = await story.command(
        f"/incident declare Nobody can log in service=cart environment={story.environment} critical",
        as_="ada",
    )
    found = re.search(r"(INC-\d+)", answer.words)
    assert found is not None, answer.words
    assert "is declared" in answer.words
    channel = await story.expect_channel("nobody-can-log-in")
    card = await channel.expect_card()
    assert "Critical" in card.words
    incident = await story.incident()
    assert incident["id"] == found[1]
    assert incident["services"] == ["cart"]
    await story.expect_page(found[1])
    await channel.expect_members("ada")


async def test_declaring_in_a_window(story: Story) -> None:
    window = await story.open_window("/incident declare", as_="ada")
    assert window.title == "Declare an incident"
    refused = await window.submit(title="   ", environment=story.environment)
    assert not refused["ok"]
    assert "title" in refused["errors"]
    accepted = await window.submit(
        title="Carts are empty", severity="warning", services="cart, checkout", environment=story.environment
    )
    assert accepted["ok"], accepted
    channel = await story.expect_channel("carts-are-empty")
    await channel.expect("`cart`, `checkout`", "Warning")


async def test_what_is_open_is_listed(story: Story) -> None:
    await story.alert(service="payments", summary="Payments fail")
    await story.expect_channel("payments")
    name = (await story.incident())["id"]
    await story.until(lambda: _listed(story, name), f"{name} in the list")


async def _listed(story: Story, name: str) -> bool:
    return name in (await story.command("/incident list", as_="alan")).words


async def test_outside_of_a_channel_the_incident_is_named(story: Story) -> None:
    await story.alert(service="payments")
    channel = await story.expect_channel("payments")
    await channel.expect_card()
    name = (await story.incident())["id"]
    lost = await story.command("/incident resolve", as_="grace")
    assert "say which one" in lost.words
    status = await story.command(f"/incident status {name}", as_="grace")
    assert story.environment in status.words
    unknown = await story.command("/incident status INC-999999", as_="grace")
    assert "INC-999999" in unknown.words
