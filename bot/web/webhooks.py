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
LOGGED: Final = 20
"""So many are logged, each with its reason, and with its body where it cannot be kept."""
_LONGEST: Final = 300
_LONGEST_BODY: Final = 4096

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
    told = [f"{one.path}: {one.problem}"[:_LONGEST] for one in rejected[:LOGGED]]
    log.warning("webhook events rejected", source=source, count=len(rejected), rejected=told)
    try:
        async with asyncio.timeout(deps.limits.quarantine_seconds):
            await deps.quarantine(source, rejected, deps.clock())
    except (RetryableError, TimeoutError) as error:
        # The good alerts are in Kafka: a database that is away must not make their sender try again.
        request.app[METRICS].unkept.inc(len(rejected))
        # This log is then all that is left of the bad ones.
        bodies = [one.raw[:_LONGEST_BODY].decode("utf-8", "replace") for one in rejected[:LOGGED]]
        log.error(  # noqa: TRY400 -- expected, no traceback
            "rejected webhook events are not kept",
            source=source,
            error=str(error),
            rejected=told,
            bodies=bodies,
        )
