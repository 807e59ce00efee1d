"""The REST API of silences: see which alerts are kept quiet and why, keep some quiet, and end that."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from aiohttp import web

from bot.domain.errors import InvalidInputError
from bot.ingest.patterns import parse_matcher
from bot.web.bodies import read_model
from bot.web.incidents import json_answer, person
from bot.web.keys import DEPS
from bot.web.representations import SilencePage, SilenceRequest, silence_model

if TYPE_CHECKING:
    from bot.domain.matchers import Matcher

_NAME = 200

routes = web.RouteTableDef()


@routes.get("/api/v1/silences")
async def list_silences(request: web.Request) -> web.Response:
    """Silences and maintenance windows that hold or will, the first to end first."""
    active = await request.app[DEPS].silences.active()
    return json_answer(SilencePage(items=[silence_model(one) for one in active]))


@routes.post("/api/v1/silences")
async def add_silence(request: web.Request) -> web.Response:
    """Keep matching alerts quiet from now on."""
    given = await read_model(request, SilenceRequest)
    matchers = tuple(_matcher(text, at) for at, text in enumerate(given.matchers))
    quiet = await request.app[DEPS].silences.silence(
        matchers, given.length, person(given.by), given.reason, given.incident
    )
    location = {"Location": f"/api/v1/silences/{quiet.id}"}
    return json_answer(silence_model(quiet), HTTPStatus.CREATED, location)


@routes.delete("/api/v1/silences/{id}")
async def end_silence(request: web.Request) -> web.Response:
    """End one now; what it kept quiet and still fires is considered again."""
    who = person(request.query.get("by", "").strip()[:_NAME] or None)
    quiet = await request.app[DEPS].silences.expire(request.match_info["id"], who)
    return json_answer(silence_model(quiet))


def _matcher(text: str, position: int) -> Matcher:
    try:
        return parse_matcher(text)
    except InvalidInputError as error:
        raise InvalidInputError(f"matchers.{position}", error.problem, error.fix) from error
