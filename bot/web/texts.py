"""Refuses an address with a character that PostgreSQL cannot keep, before anybody looks for it there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from bot.domain.errors import InvalidInputError
from bot.ingest.document import storable

if TYPE_CHECKING:
    from bot.web.deps import Handler


@web.middleware
async def storable_address(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Nothing has a name with a NUL in it, and no parameter can mean one."""
    if storable(request.path) != request.path:
        raise web.HTTPNotFound
    for name, value in request.query.items():
        if storable(name) != name or storable(value) != value:
            raise InvalidInputError(storable(name)[:64], "holds a NUL character", "leave it out")
    return await handler(request)
