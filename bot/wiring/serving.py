"""An HTTP port: bound with a clear error, closed after the requests in hand."""

from __future__ import annotations

import contextlib
import socket
from typing import TYPE_CHECKING, Final

from aiohttp import web

from bot.domain.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

_CLOSE_WITHIN_S: Final = 8.0


def listen(host: str, port: int, variable: str) -> socket.socket:
    """A listening socket; `variable` is the setting that the port comes from.

    Raises:
        ConfigurationError: the address cannot be bound; the message names the setting.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host.strip("[]"), port))
        listener.listen(256)
    except (OSError, UnicodeError) as error:  # the latter is how Python refuses a name that can be none
        listener.close()
        why = getattr(error, "strerror", None) or error
        raise ConfigurationError(
            f"cannot listen on {host}:{port}: {why}; choose another with {variable}"
        ) from error
    return listener


def address_of(listener: socket.socket) -> str:
    """The address that people can open, `http://host:port`."""
    host, port = listener.getsockname()[:2]
    if host in {"0.0.0.0", "::"}:  # noqa: S104 - compared, not bound
        host = "127.0.0.1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


@contextlib.asynccontextmanager
async def serving(app: web.Application, listener: socket.socket) -> AsyncIterator[None]:
    """Serve while the block runs; at its end take no more requests and finish those in hand."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=_CLOSE_WITHIN_S)
    await runner.setup()
    try:
        await web.SockSite(runner, listener).start()
        yield
    finally:
        await runner.cleanup()
