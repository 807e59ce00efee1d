"""The REST API of causes: say what caused an incident, take it back, and the change failure rates."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from aiohttp import web

from bot.domain.errors import InvalidInputError
from bot.domain.verdicts import Judgement
from bot.ingest.instants import read_instant
from bot.web.bodies import read_model
from bot.web.incidents import json_answer, person
from bot.web.keys import DEPS
from bot.web.representations import VerdictRequest, failure_rates_model, incident_model

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

USUAL: Final = timedelta(days=30)
"""How far back the rates go where nothing else is asked."""
_NAME: Final = 200

routes = web.RouteTableDef()


@routes.post("/api/v1/incidents/{id}/verdicts")
async def judge(request: web.Request) -> web.Response:
    """Keep a person's word."""
    given = await read_model(request, VerdictRequest)
    view = await request.app[DEPS].verdicts.judge(
        request.match_info["id"], given.verdict, person(given.by), given.change_id, given.source
    )
    return json_answer(incident_model(view))


@routes.delete("/api/v1/incidents/{id}/verdicts/{verdict}")
async def withdraw(request: web.Request) -> web.Response:
    """Take a word back."""
    who = person(request.query.get("by", "").strip()[:_NAME] or None)
    found = request.match_info
    view = await request.app[DEPS].verdicts.withdraw(found["id"], found["verdict"], who)
    return json_answer(incident_model(view))


@routes.get("/api/v1/change-failure-rate")
async def show_failure_rates(request: web.Request) -> web.Response:
    """The rates of a period, by service."""
    deps = request.app[DEPS]
    since, until = read_period(request.query, deps.clock())
    rates = await deps.verdicts.failure_rates(since, until, request.query.get("environment") or None)
    return json_answer(failure_rates_model(rates))


def read_period(query: Mapping[str, str], now: datetime) -> tuple[datetime, datetime]:
    """The period that a query asks for: until now, and 30 days long, where it does not say.

    Raises:
        InvalidInputError: with the name of the parameter.
    """
    until = read_instant(query.get("until", "").strip().replace(" ", "+"), "until") or now
    since = read_instant(query.get("since", "").strip().replace(" ", "+"), "since") or until - USUAL
    return since, until


def read_judgement(text: str) -> Judgement:
    """A verdict by its name.

    Raises:
        InvalidInputError: there is none of that name.
    """
    try:
        return Judgement(text)
    except ValueError:
        known = ", ".join(one.value for one in Judgement)
        raise InvalidInputError("verdict", f"{text[:32]!r} is not known", f"one of {known}") from None
