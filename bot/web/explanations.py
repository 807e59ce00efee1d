"""The REST API of why: why an incident opened, what became of an alert, what would become of one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aiohttp import web

from bot.domain.errors import InvalidInputError
from bot.ingest.any_alert import read_alerts
from bot.web.bodies import read_body, require_json
from bot.web.explanation_models import Explanations, explanation_model, incident_explanation_model
from bot.web.incidents import json_answer
from bot.web.keys import DEPS

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST: Final = 20
"""As many alerts are explained at once."""
_LONGEST: Final = 4096

routes = web.RouteTableDef()


@routes.get("/api/v1/incidents/{id}/explanation")
async def explain_incident(request: web.Request) -> web.Response:
    """Why it opened, and why its alerts came to it."""
    told = await request.app[DEPS].explainer.explain_incident(request.match_info["id"])
    return json_answer(incident_explanation_model(told))


@routes.get("/api/v1/explanations")
async def explain_past(request: web.Request) -> web.Response:
    """What was decided about the alerts with these labels."""
    told = await request.app[DEPS].explainer.explain_alerts(read_labels(request.query))
    return json_answer(Explanations(items=[explanation_model(one) for one in told]))


@routes.post("/api/v1/explanations")
async def explain_alert(request: web.Request) -> web.Response:
    """What would be decided about the alerts of the body; nothing is done."""
    require_json(request)
    deps = request.app[DEPS]
    alerts = read_alerts(await read_body(request), deps.clock(), deps.policy)
    if len(alerts) > MOST:
        raise InvalidInputError("alerts", f"has {len(alerts)} entries", f"ask about at most {MOST}")
    told = [await deps.explainer.explain(one) for one in alerts]
    return json_answer(Explanations(items=[explanation_model(one) for one in told]))


def read_labels(query: Mapping[str, str]) -> dict[str, str]:
    """The labels that a query names.

    Raises:
        InvalidInputError: it names none, or too many, or one that is too long.
    """
    if not query:
        raise InvalidInputError("alertname", "no label is given", "ask as in ?alertname=HighErrorRate")
    if len(query) > MOST:
        raise InvalidInputError("", f"{len(query)} labels are given", f"give at most {MOST}")
    for name, value in query.items():
        if len(name) + len(value) > _LONGEST:
            raise InvalidInputError(name[:64], "is too long", f"{_LONGEST} characters are possible")
    return dict(query)
