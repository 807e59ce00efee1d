"""`POST /api/v1/events`: one change, as a CloudEvent (structured or binary) or as bare JSON."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final
from urllib.parse import unquote

import orjson
from aiohttp import web

from bot.app.ports import OutRecord
from bot.ingest.changes import parse_change
from bot.ingest.document import storable
from bot.ingest.records import CHANGES_TOPIC, encode_change
from bot.web.bodies import read_body, require_json
from bot.web.keys import DEPS, METRICS

_PREFIX: Final = "ce-"

routes = web.RouteTableDef()


@routes.post("/api/v1/events")
async def take_event(request: web.Request) -> web.Response:
    """Produce the change, and answer when the broker has it."""
    require_json(request)
    deps = request.app[DEPS]
    attributes = {
        # CloudEvents percent-encodes what is not ASCII; aiohttp keeps what is not UTF-8 as surrogates.
        name.lower().removeprefix(_PREFIX): storable(unquote(value))
        for name, value in request.headers.items()
        if name.lower().startswith(_PREFIX)
    }
    content_type = request.headers.get("Content-Type", "")
    change = parse_change(await read_body(request), content_type, attributes, deps.clock())
    record = OutRecord(CHANGES_TOPIC, *encode_change(change))
    await deps.publisher.publish([record], within=deps.limits.acknowledgement_seconds)
    request.app[METRICS].events.labels("changes", "accepted").inc()
    answer = {"accepted": 1, "id": change.change_id, "rejected": []}
    return web.Response(
        status=HTTPStatus.ACCEPTED, body=orjson.dumps(answer), content_type="application/json"
    )
