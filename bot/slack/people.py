"""Answers to single people: what only they see, the windows they open, and their home tab."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aiohttp

from bot.domain.errors import RemoteRefusedError, RemoteUnavailableError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.app.ports import Message
    from bot.slack.webapi import WebApi

ANSWER_TIMEOUT = aiohttp.ClientTimeout(total=10)
_REFUSED = 400


class People:
    """Speaks to one person at a time. Errors are those of `WebApi.write`."""

    def __init__(self, api: WebApi) -> None:
        self._api = api

    async def answer(self, response_url: str, message: Message) -> None:
        """Answer a command or a button where it was used, for that person alone; also outside our channels.

        Raises:
            RemoteUnavailableError: the address did not answer.
            RemoteRefusedError: it is used up or too old.
        """
        body = {
            "response_type": "ephemeral",
            "replace_original": False,
            "text": message.text,
            **({"blocks": list(message.blocks)} if message.blocks else {}),
        }
        try:
            async with (
                aiohttp.ClientSession(timeout=ANSWER_TIMEOUT) as session,
                session.post(response_url, json=body, proxy=self._api.client.proxy) as response,
            ):
                status = response.status
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise RemoteUnavailableError(f"response_url: {type(error).__name__}") from None
        if status >= _REFUSED:
            raise RemoteRefusedError(f"response_url: HTTP {status}")

    async def whisper(self, channel_id: str, user_id: str, message: Message) -> None:
        """Show something to one person in a channel; where we are not in it, write to the person directly."""
        try:
            await self._api.write(
                "chat.postEphemeral",
                channel=channel_id,
                user=user_id,
                text=message.text,
                blocks=list(message.blocks) or None,
            )
        except RemoteRefusedError:
            await self.write_to(user_id, message)

    async def tell(self, channel_id: str, user_id: str, message: Message) -> None:
        """Answer a window: in the channel that it was opened in, for that person alone, else directly."""
        if channel_id:
            await self.whisper(channel_id, user_id, message)
        else:
            await self.write_to(user_id, message)

    async def write_to(self, user_id: str, message: Message) -> None:
        """Send a direct message."""
        await self._api.write(
            "chat.postMessage", channel=user_id, text=message.text, blocks=list(message.blocks) or None
        )

    async def open_window(self, trigger_id: str, view: Mapping[str, Any]) -> None:
        """Open a modal; the trigger is good for three seconds, once."""
        await self._api.write("views.open", trigger_id=trigger_id, view=view)

    async def show_home(self, user_id: str, view: Mapping[str, Any]) -> None:
        """Replace a person's home tab."""
        await self._api.write("views.publish", user_id=user_id, view=view)
