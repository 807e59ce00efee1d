"""Posts the draft of the postmortem; safe to repeat as `posting` says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.app.run_variables import console_page
from bot.delivery.handlers.outside import channel_of
from bot.delivery.handlers.posting import post_once
from bot.domain.postmortem import draft

if TYPE_CHECKING:
    from bot.delivery.attempt import Attempt, Handled
    from bot.delivery.handlers.outside import Outside


class PostPostmortem:
    """The handler."""

    def __init__(self, outside: Outside) -> None:
        self._outside = outside

    async def __call__(self, attempt: Attempt) -> Handled:
        """Draft it from what is stored now, and post it."""
        async with self._outside.store.singly() as uow:
            view = await uow.incidents.view(attempt.incident_id)
        page = console_page(self._outside.policy.console_url, view.incident)
        markdown = draft(view, now=self._outside.clock(), url=page)
        url = f"{page}/postmortem" if page else ""
        message = self._outside.cards.postmortem(view, markdown, url)
        return await post_once(self._outside.chat, attempt, channel_of(view).id, message)
