"""Bounds the memory that senders' bodies take together: over it, they are asked to come again.

A body takes room for what has come of it, so that whoever sends nothing holds nothing.
"""

from __future__ import annotations

from contextvars import ContextVar
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from aiohttp import web

from bot.web.guard import SENDERS
from bot.web.problems import RETRY_AFTER, ProblemError

if TYPE_CHECKING:
    from bot.web.deps import Handler


class Room:
    """Bytes that bodies being worked on may take, by what has been read of them."""

    def __init__(self, total: int) -> None:
        self.free = total


class Hold:
    """What one body takes of the room, until it is answered."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._held = 0

    def require(self, size: int) -> None:
        """Refuse a body that says itself that it is too much now.

        Raises:
            ProblemError: 503.
        """
        if size > self._room.free:
            raise ProblemError(
                HTTPStatus.SERVICE_UNAVAILABLE, "too much is being taken in already", headers=RETRY_AFTER
            )

    def take(self, size: int) -> None:
        """Take room for what has come.

        Raises:
            ProblemError: 503.
        """
        self.require(size)
        self._room.free -= size
        self._held += size

    def let_go(self) -> None:
        """Give everything back."""
        self._room.free += self._held
        self._held = 0


ROOM: Final = web.AppKey("room", Room)
HOLD: Final[ContextVar[Hold | None]] = ContextVar("hold", default=None)
"""What the sender's request that is being answered holds; None for a request of others."""


@web.middleware
async def within_room(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Give a sender's request its hold on the room, until it is answered."""
    if not request.path.startswith(SENDERS):
        return await handler(request)
    hold = Hold(request.app[ROOM])
    token = HOLD.set(hold)
    try:
        return await handler(request)
    finally:
        HOLD.reset(token)
        hold.let_go()
