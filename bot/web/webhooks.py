"""`POST /api/v1/webhooks/{source}`: alerts of a monitoring system, answered when the broker has them."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

import orjson
import structlog
from aiohttp import web

from bot.app.ports import OutRecord
from bot.domain.errors import RetryableError
from bot.ingest.records import ALERTS_TOPIC, encode_alert
from bot.web.bodies import read_body, require_json
from bot.web.keys import DEPS, METRICS
from bot.web.problems import ProblemError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.ingest.parsed import Rejected

SHOWN: Final = 100
"""So many rejections are named in the answer; all are counted and kept."""

routes = web.RouteTableDef()
log = structlog.get_logger(__name__)


@routes.post("/api/v1/webhooks/{source}")
async def take_webhook(request: web.Request) -> web.Response:
    """Judge each alert by itself, produce the good ones, keep the bad ones with their reason."""
    deps, events = request.app[DEPS], request.app[METRICS].events
    source = request.match_info["source"]
    parse = deps.parsers.get(source)
    if parse is None:
        known = ", ".join(sorted(deps.parsers))
        raise ProblemError(HTTPStatus.NOT_FOUND, f"no such source; there are: {known}")
    require_json(request)
    now = deps.clock()
    parsed = parse(await read_body(request), now, deps.policy)
    records = [OutRecord(ALERTS_TOPIC, *encode_alert(event)) for event in parsed.good]
    if records:
        await deps.publisher.publish(records, within=deps.limits.acknowledgement_seconds)
    events.labels(source, "accepted").inc(len(records))
    events.labels(source, "rejected").inc(len(parsed.bad))
    events.labels(source, "truncated").inc(parsed.truncated)
    if parsed.bad:
        await _keep(request, source, parsed.bad)
    answer = {
        "accepted": len(records),
        "rejected": [{"path": bad.path, "problem": bad.problem} for bad in parsed.bad[:SHOWN]],
        "rejected_count": len(parsed.bad),
        "truncated": parsed.truncated,
    }
    return web.Response(
        status=HTTPStatus.ACCEPTED, body=orjson.dumps(answer), content_type="application/json"
    )


async def _keep(request: web.Request, source: str, rejected: Sequence[Rejected]) -> None:
    deps = request.app[DEPS]
    log.warning("webhook events rejected", source=source, count=len(rejected), first=rejected[0].path)
    try:
        async with asyncio.timeout(deps.limits.quarantine_seconds):
            await deps.quarantine(source, rejected, deps.clock())
    except (RetryableError, TimeoutError) as error:
        # The good alerts are in Kafka: a database that is away must not make their sender try again.
        request.app[METRICS].unkept.inc(len(rejected))
        log.error("rejected webhook events are not kept", source=source, error=str(error))  # noqa: TRY400 -- expected, no traceback
