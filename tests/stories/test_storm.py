"""A storm: openings beyond the limit join one incident, so that nobody gets a channel for each."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.harness.story import Story

LIMIT = 10  # openings in five minutes, in one environment


async def test_more_openings_than_the_limit_join_one(story: Story) -> None:
    services = [f"shop-{number:02d}" for number in range(LIMIT + 6)]
    for service in services[:LIMIT]:
        await story.alert(service=service)
    await story.until(lambda: _count(story, LIMIT), f"{LIMIT} incidents")
    await story.send(*(story.make_alert(service=service) for service in services[LIMIT:]))
    await story.until(lambda: _count(story, LIMIT + 1), "the storm's incident")
    storm = (await story.incidents())[-1]
    storm = await story.expect_incident(storm["id"], lambda one: len(one["alerts"]) == 6, "6 alerts joined")
    assert set(storm["services"]) == set(services[LIMIT:])
    assert "storm" in storm["reason"]["name"]
    channel = await story.expect_channel(f"inc-{storm['id'].removeprefix('INC-')}-")
    await channel.expect("storm: further openings join this incident")


async def _count(story: Story, wanted: int) -> bool:
    return len(await story.incidents()) == wanted
