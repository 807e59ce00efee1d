"""An alert that comes and goes keeps one channel, is marked, and is not told of each time."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.harness.story import Story

FLIPS = 9


async def test_what_flaps_is_one_channel_with_few_words(story: Story) -> None:
    alert = await story.alert(service="payments")
    channel = await story.expect_channel("payments")
    name = (await story.incident())["id"]
    for _ in range(FLIPS):
        await story.ends(alert)
        await story.expect_state(name, "monitoring")
        alert = await story.fires_again(alert)
        await story.expect_state(name, "triggered")
    card = await channel.expect("FLAPPING", "have all ended and fired again")
    await channel.expect_topic("Flapping")
    assert len(await story.channels()) == 1
    notes = [one.words for one in await channel.posts() if "ended" in one.words and one.ts != card.ts]
    # Six ends and five returns are told, the sixth return is told as flapping, and nothing after that.
    assert len(notes) <= 6 + 5 + 1
    incident = await story.look_at(name)
    assert [entry["kind"] for entry in incident["timeline"]].count("flapping") == 1
