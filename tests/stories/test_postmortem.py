"""The draft of the postmortem: in the channel, in the console, and from the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.harness.story import Story


async def resolved_story(story: Story) -> str:
    """An incident from its first alert to its end; gives its name."""
    await story.change("payments", minutes_ago=4, summary="Use the new ledger", version="v42")
    alert = await story.alert(service="payments", severity="error", summary="Payments fail")
    channel = await story.expect_channel("payments")
    await channel.expect("Use the new ledger")
    await channel.click("Acknowledge", as_="ada")
    await channel.expect("@ada is on it")
    await story.ends(alert)
    await channel.expect("MONITORING")
    await channel.click("Resolve", as_="ada")
    return str((await story.incident())["id"])


async def test_the_draft_holds_what_is_known(story: Story) -> None:
    name = await resolved_story(story)
    text = await story.expect_postmortem(name)
    assert text.startswith(f"# Postmortem draft: {name} ")
    for heading in ("Summary", "Impact", "Metrics", "Timeline", "Suspect changes", "Alerts", "Action items"):
        assert f"\n## {heading}\n" in text
    for fact in (
        "Use the new ledger",
        "Payments fail",
        "@\u200bada",  # a draft mentions nobody
        "Time to acknowledge",
        "to be written by people",
    ):
        assert fact in text
    assert text.index("monitoring until a person resolves") > text.index("## Timeline")

    channel = await story.expect_channel("payments")
    card = await channel.expect(f"Postmortem draft · {name}")
    assert f"{story.product.url}/incidents/{name}/postmortem" in card.words
    assert len([m for m in await channel.posts() if "Postmortem draft ·" in m.words]) == 1


async def test_it_is_a_page_too(story: Story) -> None:
    name = await resolved_story(story)
    await story.expect_postmortem(name)
    page = await story.request("GET", f"/incidents/{name}/postmortem", headers={"Accept": "text/html"})
    assert page.headers["Content-Type"].startswith("text/html")
    assert f"Postmortem draft: {name}" in page.text
    assert "<h2>Timeline</h2>" in page.text


async def test_it_is_exported(story: Story) -> None:
    name = await resolved_story(story)
    served = await story.expect_postmortem(name)
    exported = story.product.command("postmortem", "export", name)

    def facts(text: str) -> list[str]:
        return [line for line in text.strip().splitlines() if not line.startswith("Drafted by")]

    assert facts(exported) == facts(served)
