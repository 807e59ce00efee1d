"""Assembles the application from its routes; each feature has a module with a router of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from bot.web import (
    console,
    events,
    explanations,
    incidents,
    login,
    openapi,
    rules,
    silences,
    slack,
    verdicts,
    webhooks,
    why,
)
from bot.web.access import access
from bot.web.guard import guard
from bot.web.health import health_routes
from bot.web.keys import DEPS, METRICS, TEMPLATES
from bot.web.metrics import WebMetrics
from bot.web.pages import STATIC, environment, secure
from bot.web.problems import problems
from bot.web.room import ROOM, Room, within_room
from bot.web.texts import storable_address
from bot.web.tracing import traced

if TYPE_CHECKING:
    from collections.abc import Mapping

    from prometheus_client import CollectorRegistry

    from bot.web.deps import Check, WebDeps


def create_app(deps: WebDeps) -> web.Application:
    """The whole web: webhooks, API, health and console.

    Serve it with `access_log=None`: it tells of its requests itself.
    """
    app = web.Application(
        middlewares=[traced(deps.tracer), access, problems, guard, storable_address, within_room],
        client_max_size=deps.limits.body_bytes,
    )
    app[DEPS] = deps
    app[METRICS] = WebMetrics(deps.registry)
    app[TEMPLATES] = environment()
    app[ROOM] = Room(deps.limits.bodies_bytes)
    app.on_response_prepare.append(secure)
    app.add_routes(health_routes(deps.checks, deps.registry))
    for feature in (
        webhooks,
        events,
        incidents,
        explanations,
        verdicts,
        silences,
        rules,
        openapi,
        slack,
        login,
        console,
        why,
    ):
        app.add_routes(feature.routes)
    app.router.add_static("/static", STATIC)
    return app


def create_health_app(checks: Mapping[str, Check], registry: CollectorRegistry) -> web.Application:
    """Health and metrics alone, for the processes that have no other business with HTTP."""
    app = web.Application(middlewares=[access, problems])
    app[METRICS] = WebMetrics(registry)
    app.add_routes(health_routes(checks, registry))
    return app
