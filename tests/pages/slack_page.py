"""The local Slack's page, as a person uses it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from playwright.async_api import expect

if TYPE_CHECKING:
    from playwright.async_api import Locator, Page


@dataclass(frozen=True, slots=True)
class SlackPage:
    """Finds things by what people read on them."""

    page: Page

    async def open(self, url: str) -> None:
        """Come in as the first user, who is Ada."""
        await self.page.goto(url)
        await expect(self.page.get_by_test_id("act-as")).to_have_value("U0ADA00001")

    def channel_entry(self, words: str) -> Locator:
        """A channel in the list at the left, by a part of its name."""
        return self.page.get_by_test_id("channel-list").get_by_role(
            "button", name=re.compile(re.escape(words))
        )

    async def enter(self, words: str) -> None:
        """Open the channel with these words in its name, as soon as it is there."""
        await self.channel_entry(words).click()
        await expect(self.page.get_by_test_id("channel-title")).to_contain_text(words)

    def message(self, words: str) -> Locator:
        """The latest message that holds the words."""
        return self.page.get_by_test_id("messages").get_by_test_id("message").filter(has_text=words).last

    async def read(self, *words: str) -> Locator:
        """Wait until one message shows all of the words."""
        found = self.message(words[0])
        for word in words:
            await expect(found).to_contain_text(word)
        return found

    async def press(self, words: str, button: str) -> None:
        """Press a button of the message with these words."""
        await self.message(words).get_by_role("button", name=button, exact=True).click()

    async def write(self, line: str) -> None:
        """Type a line and send it."""
        box = self.page.get_by_test_id("composer")
        await box.fill(line)
        await box.press("Escape")  # the completion of commands
        await box.press("Enter")
