"""Bounds the memory that senders' bodies take together: over it, they are asked to come again."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from aiohttp import web

from bot.web.guard import SENDERS
from bot.web.keys import DEPS
from bot.web.problems import RETRY_AFTER, ProblemError

if TYPE_CHECKING:
    from bot.web.deps import Handler


class Room:
    """Bytes that bodies being worked on may take, by what they announce."""

    def __init__(self, total: int) -> None:
        self.free = total


ROOM: Final = web.AppKey("room", Room)


@web.middleware
async def within_room(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Take a sender's body if there is room for it, from its first byte until it is answered."""
    if not request.path.startswith(SENDERS):
        return await handler(request)
    size, room = _announced(request), request.app[ROOM]
    if size > room.free:
        raise ProblemError(
            HTTPStatus.SERVICE_UNAVAILABLE, "too much is being taken in already", headers=RETRY_AFTER
        )
    room.free -= size
    try:
        return await handler(request)
    finally:
        room.free += size


def _announced(request: web.Request) -> int:
    limit = request.app[DEPS].limits.body_bytes
    length = request.content_length
    if length is not None and length > limit:
        raise web.HTTPRequestEntityTooLarge(max_size=limit, actual_size=length)
    # In chunks, or compressed, it may become anything up to the limit.
    return limit if length is None or "Content-Encoding" in request.headers else length
