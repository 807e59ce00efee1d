"""Who may use the control API: the page itself and local tests, never another site in the same browser."""

from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from aiohttp import web
from pydantic import ValidationError

from bot.localslack.errors import SlackError
from bot.localslack.settings import LocalSlackSettings

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def guarded(settings: LocalSlackSettings) -> Callable[[Handler], Handler]:
    """Return a wrapper that checks Host and Origin, and turns refusals into answers."""

    def guard(handler: Handler) -> Handler:
        async def guarded_handler(request: web.Request) -> web.StreamResponse:
            if not _from_here(request, settings):
                return web.json_response({"ok": False, "error": "forbidden_origin"}, status=403)
            try:
                return await handler(request)
            except SlackError as error:
                return web.json_response(error.body())
            except ValidationError as error:
                problems = [
                    {"field": ".".join(map(str, e["loc"])), "problem": e["msg"]} for e in error.errors()
                ]
                return web.json_response(
                    {"ok": False, "error": "invalid_body", "problems": problems}, status=400
                )

        return guarded_handler

    return guard


def _from_here(request: web.Request, settings: LocalSlackSettings) -> bool:
    """Refuse a name that is not ours (DNS rebinding) and a page that is not ours (cross-site requests)."""
    hostname = urlsplit(f"//{request.host}").hostname
    origin = request.headers.get("Origin")
    return hostname in settings.allowed_hosts and (origin is None or urlsplit(origin).netloc == request.host)
