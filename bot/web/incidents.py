"""The REST API: list and look at incidents, declare one, and act on it."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from aiohttp import web

from bot.app.ports import IncidentFilter, Person
from bot.domain.errors import InvalidInputError
from bot.domain.incident import State
from bot.ingest.instants import read_instant
from bot.web.bodies import read_model
from bot.web.keys import DEPS
from bot.web.representations import ActRequest, Declaration, IncidentPage, incident_model

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import BaseModel

    from bot.web.deps import Limits

routes = web.RouteTableDef()


@routes.get("/api/v1/incidents")
async def list_incidents(request: web.Request) -> web.Response:
    """A page of incidents, newest first."""
    deps = request.app[DEPS]
    views, following = await deps.incidents.list_incidents(read_filter(request.query, deps.limits))
    page = IncidentPage(items=[incident_model(view) for view in views], next=following)
    headers = {}
    if following is not None:
        # Built from what was asked, so that the next page has the same filters.
        headers["Link"] = f'<{request.rel_url.update_query(cursor=following)}>; rel="next"'
    return json_answer(page, headers=headers)


@routes.get("/api/v1/incidents/{id}")
async def show_incident(request: web.Request) -> web.Response:
    """One incident."""
    view = await request.app[DEPS].incidents.view_incident(request.match_info["id"])
    return json_answer(incident_model(view))


@routes.post("/api/v1/incidents")
async def declare_incident(request: web.Request) -> web.Response:
    """Open an incident by hand."""
    given = await read_model(request, Declaration)
    view = await request.app[DEPS].incidents.declare(
        given.title, given.severity, given.services, given.environment, person(given.by)
    )
    location = f"/api/v1/incidents/{view.incident.name}"
    return json_answer(incident_model(view), HTTPStatus.CREATED, {"Location": location})


@routes.post("/api/v1/incidents/{id}/{act:acknowledge|resolve|reopen}")
async def act_on_incident(request: web.Request) -> web.Response:
    """Acknowledge, resolve or reopen."""
    given = await read_model(request, ActRequest)
    cases = request.app[DEPS].incidents
    acts = {"acknowledge": cases.acknowledge, "resolve": cases.resolve, "reopen": cases.reopen}
    view = await acts[request.match_info["act"]](request.match_info["id"], person(given.by))
    return json_answer(incident_model(view))


def person(name: str | None) -> Person:
    """Who acts through the API."""
    return Person(id=f"api:{name or 'api'}", name=name or "API", via="api")


def read_filter(query: Mapping[str, str], limits: Limits) -> IncidentFilter:
    """The list that a query asks for.

    Raises:
        InvalidInputError: with the name of the parameter.
    """
    # A bare `+` of an offset arrives as a blank.
    since = read_instant(query.get("since", "").strip().replace(" ", "+"), "since")
    return IncidentFilter(
        state=_state(query.get("state", "")),
        service=query.get("service") or None,
        since=since,
        after=query.get("cursor") or None,
        limit=_limit(query.get("limit", ""), limits),
    )


def _state(text: str) -> State | None:
    if not text:
        return None
    try:
        return State(text)
    except ValueError:
        known = ", ".join(state.value for state in State)
        raise InvalidInputError("state", f"{text[:32]!r} is not known", f"one of {known}") from None


def _limit(text: str, limits: Limits) -> int:
    if not text:
        return limits.page
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= limits.largest_page):
        raise InvalidInputError("limit", f"{text[:32]!r} is not possible", f"1 to {limits.largest_page}")
    return int(text)


def json_answer(
    model: BaseModel, status: HTTPStatus = HTTPStatus.OK, headers: Mapping[str, str] | None = None
) -> web.Response:
    """A model as the answer."""
    return web.Response(
        status=status,
        body=model.model_dump_json().encode(),
        content_type="application/json",
        headers=headers,
    )
