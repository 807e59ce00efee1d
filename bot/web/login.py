"""`/login` and `/logout`: the API token, once, for a session."""

from __future__ import annotations

from http import HTTPStatus

from aiohttp import web

from bot.ingest.bearer import bearer_matches
from bot.web.bodies import read_form
from bot.web.guard import require_same_origin
from bot.web.keys import DEPS
from bot.web.pages import page
from bot.web.session import end_session, has_session, start_session

routes = web.RouteTableDef()


@routes.get("/login")
async def show_login(request: web.Request) -> web.Response:
    """The form; whoever has a session already goes on."""
    deps, following = request.app[DEPS], _local(request.query.get("next", "/"))
    if not deps.tokens.api or has_session(request, deps.tokens.api, deps.clock()):
        return _go(following)
    return page(request, "login.html", following=following, refused=False)


@routes.post("/login")
async def log_in(request: web.Request) -> web.Response:
    """Check the token and start the session."""
    require_same_origin(request)
    deps, form = request.app[DEPS], await read_form(request)
    following = _local(form.get("next", "/"))
    if not bearer_matches(f"Bearer {form.get('token', '')}", deps.tokens.api):
        return page(request, "login.html", status=HTTPStatus.UNAUTHORIZED, following=following, refused=True)
    response = _go(following)
    start_session(request, response, deps.tokens.api, deps.clock())
    return response


@routes.post("/logout")
async def log_out(_request: web.Request) -> web.Response:
    """End the session."""
    response = _go("/login")
    end_session(response)
    return response


def _go(where: str) -> web.Response:
    return web.Response(status=HTTPStatus.SEE_OTHER, headers={"Location": where})


def _local(path: str) -> str:
    # `//host` and `/\host` lead elsewhere, and a control character ends a header.
    if not path.startswith("/") or path[1:2] in {"/", "\\"} or not path.isprintable():
        return "/"
    return path
