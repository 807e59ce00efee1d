"""Answers to single people: what only they see, the windows they open, and their home tab."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import aiohttp

from bot.domain.errors import (
    RateLimitedError,
    RemoteMisconfiguredError,
    RemoteRefusedError,
    RemoteUnavailableError,
    TocsinError,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence

    from bot.app.ports import Message
    from bot.slack.webapi import WebApi

    Way = Callable[[], Awaitable[None]]
    """Tells the person, or raises a TocsinError."""

ANSWER_TIMEOUT: Final = aiohttp.ClientTimeout(total=10)
PAUSES: Final = (1.0, 5.0)
"""Seconds before each way is tried again."""
LONGEST_PAUSE: Final = 30.0
_REFUSED: Final = 400
_BUSY: Final = 429
_BROKEN: Final = 500


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asked for something, and where: empty where there was no channel, or Slack gave no address.

    An address (`response_url`) is good for five answers within half an hour, also outside our channels.
    """

    user_id: str
    channel_id: str = ""
    response_url: str = ""


class People:
    """Speaks to one person at a time. Errors are those of `WebApi.write`."""

    def __init__(self, api: WebApi, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        self._api = api
        self._sleep = sleep

    async def tell(self, asker: Asker, message: Message) -> None:
        """Tell the asker alone, where that was asked, else directly; if no way works, a few times more.

        An answer whose reply was lost may come twice, which is better than not at all.

        Raises:
            TocsinError: no way worked; the error of the last.
        """
        ways: Sequence[Way] = tuple(self._ways(asker, message))
        for pause in (*PAUSES, None):
            ways, error = await _first_that_works(ways)
            if error is None:
                return
            if pause is None or not ways:
                raise error
            await self._sleep(_long_enough(pause, error))

    def _ways(self, asker: Asker, message: Message) -> Iterator[Way]:
        if asker.response_url:
            yield partial(self._answer, asker.response_url, message)
        if asker.channel_id:
            yield partial(self._whisper, asker, message)
        yield partial(self._write_to, asker.user_id, message)

    async def _answer(self, response_url: str, message: Message) -> None:
        """Answer a command or a button where it was used, for that person alone; also outside our channels.

        Raises:
            RemoteUnavailableError: the address did not answer, or not in earnest.
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
        if status == _BUSY or status >= _BROKEN:
            raise RemoteUnavailableError(f"response_url: HTTP {status}")
        if status >= _REFUSED:
            raise RemoteRefusedError(f"response_url: HTTP {status}")

    async def _whisper(self, asker: Asker, message: Message) -> None:
        await self._api.write(
            "chat.postEphemeral",
            channel=asker.channel_id,
            user=asker.user_id,
            text=message.text,
            blocks=list(message.blocks) or None,
        )

    async def _write_to(self, user_id: str, message: Message) -> None:
        await self._api.write(
            "chat.postMessage", channel=user_id, text=message.text, blocks=list(message.blocks) or None
        )

    async def open_window(self, trigger_id: str, view: Mapping[str, Any]) -> None:
        """Open a modal; the trigger is good for three seconds, once."""
        await self._api.write("views.open", trigger_id=trigger_id, view=view)

    async def show_home(self, user_id: str, view: Mapping[str, Any]) -> None:
        """Replace a person's home tab."""
        await self._api.write("views.publish", user_id=user_id, view=view)


async def _first_that_works(ways: Sequence[Way]) -> tuple[Sequence[Way], TocsinError | None]:
    """Try one after the other; where none works, those that may work later, and the error of the last."""
    later: list[Way] = []
    error: TocsinError | None = None
    for way in ways:
        try:
            await way()
        except (RemoteRefusedError, RemoteMisconfiguredError) as refused:
            error = refused
        except TocsinError as failed:
            error = failed
            later.append(way)
        else:
            return (), None
    return later, error


def _long_enough(pause: float, error: TocsinError) -> float:
    """What Slack asks for counts, within reason."""
    return max(pause, min(error.retry_after, LONGEST_PAUSE)) if isinstance(error, RateLimitedError) else pause
