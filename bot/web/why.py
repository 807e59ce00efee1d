"""The console's pages of why: why an incident opened, and why an alert made none."""

from __future__ import annotations

from aiohttp import web

from bot.domain.errors import InvalidInputError
from bot.domain.explanation_tree import tree_of
from bot.ingest.label_query import read_label_query
from bot.web.keys import DEPS
from bot.web.pages import page

routes = web.RouteTableDef()


@routes.get("/incidents/{id}/why")
async def show_why(request: web.Request) -> web.Response:
    """Why it opened, and why its alerts came to it."""
    told = await request.app[DEPS].explainer.explain_incident(request.match_info["id"])
    opening = tree_of(told.opening) if told.opening is not None else None
    joined = [tree_of(one) for one in told.joined]
    return page(request, "why.html", incident=told.incident, opening=opening, joined=joined, more=told.more)


@routes.get("/why-not")
async def show_why_not(request: web.Request) -> web.Response:
    """What became of the alerts that a person names."""
    asked = request.query.get("alert", "")
    problem, trees = "", []
    if asked:
        try:
            labels = read_label_query(asked)
        except InvalidInputError as error:
            problem = str(error)
        else:
            trees = [tree_of(one) for one in await request.app[DEPS].explainer.explain_alerts(labels)]
    return page(request, "why_not.html", asked=asked, problem=problem, trees=trees)
