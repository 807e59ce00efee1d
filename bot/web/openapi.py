"""`/api/openapi.json`: the API described from its models (OpenAPI 3.1)."""

from __future__ import annotations

from functools import cache
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

import orjson
from aiohttp import web
from pydantic.json_schema import models_json_schema

from bot.domain.change import ChangeKind
from bot.domain.incident import State
from bot.web.explanation_models import Explanations, IncidentExplanation
from bot.web.problems import CONTENT_TYPE
from bot.web.representations import (
    ActRequest,
    Declaration,
    EventAnswer,
    FailureRatesModel,
    IncidentModel,
    IncidentPage,
    ProblemModel,
    SilenceModel,
    SilencePage,
    SilenceRequest,
    VerdictRequest,
    WebhookAnswer,
)
from bot.web.rule_models import RulesAnswer

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydantic import BaseModel

_REFS: Final = "#/components/schemas/{model}"
_REASONS: Final = {
    400: "The body or a parameter cannot be read",
    401: "The token is missing or wrong",
    404: "There is no such thing",
    408: "The body did not come within 30 seconds, or stopped for 10",
    409: "The incident's state does not allow this",
    413: "The body is over 16 MiB",
    415: "The body is of a type that is not read here",
    422: "Fields of the body are not acceptable",
    503: "The broker or the database did not answer in time; try again",
}
_OF_A_BODY: Final = (400, 408, 413, 415)
"""What can be wrong with any body."""
_TEXTS: Final = {"type": "object", "additionalProperties": {"type": "string"}}
_TIME: Final = {"type": "string", "format": "date-time"}
_CHANGE: Final = {
    "type": "object",
    "required": ["id", "type", "service", "time"],
    "description": "A change: bare, or as the data of a CloudEvent (type `dev.tocsin.change.v1`)",
    "properties": {
        "id": {"type": "string"},
        "source": {"type": "string"},
        "type": {"enum": [kind.value for kind in ChangeKind]},
        "service": {"type": "string"},
        "environment": {"type": "string", "default": "unknown"},
        "time": _TIME,
        "summary": {"type": "string"},
        "version": {"type": "string"},
        "previous_version": {"type": "string"},
        "author": {"type": "string"},
        "url": {"type": "string"},
        "scope": {"type": "object"},
        "ended_at": _TIME,
        "waves": {
            "type": "array",
            "description": "The steps of a rollout, as objects or as bare times",
            "items": {
                "anyOf": [
                    _TIME,
                    {
                        "type": "object",
                        "required": ["time"],
                        "properties": {
                            "time": _TIME,
                            "share": {"type": ["number", "null"], "minimum": 0, "maximum": 1},
                            "targets": {"type": "array", "items": {"type": "string"}},
                        },
                    },
                ]
            },
        },
        "rolls_back": {"type": "string", "description": "The id of the change that this one undoes"},
        "maintenance": {"type": "boolean", "default": False},
    },
}
_CHANGE_DATA: Final = {
    **_CHANGE,
    "required": ["service"],
    "description": "A change as a CloudEvent's data; the event may say `id`, `source`, `type` and `time`",
}
_CLOUD_EVENT: Final = {
    "type": "object",
    "required": ["specversion", "id", "source", "type", "data"],
    "properties": {
        "specversion": {"const": "1.0"},
        "id": {"type": "string"},
        "source": {"type": "string"},
        "type": {"type": "string"},
        "time": _TIME,
        "data": {"$ref": "#/components/schemas/ChangeData"},
    },
}
_WEBHOOK: Final = {
    "type": "object",
    "required": ["alerts"],
    "description": "Alertmanager's webhook, version 4; other fields are let pass",
    "properties": {
        "version": {"const": "4"},
        "truncatedAlerts": {"type": "integer"},
        "alerts": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["status", "labels", "startsAt"],
                "properties": {
                    "status": {"enum": ["firing", "resolved"]},
                    "labels": _TEXTS,
                    "annotations": _TEXTS | {"type": ["object", "null"]},
                    "startsAt": _TIME,
                    "endsAt": _TIME | {"type": ["string", "null"]},
                    "generatorURL": {"type": ["string", "null"]},
                    "fingerprint": {"type": ["string", "null"]},
                },
            },
        },
    },
}
_EXPLAINABLE: Final = {
    "description": "A webhook's body, one alert of it, or a record of the alerts topic",
    "anyOf": [
        {"$ref": "#/components/schemas/Webhook"},
        {
            "type": "object",
            "required": ["labels"],
            "properties": {"labels": _TEXTS, "status": {"enum": ["firing", "resolved"]}, "startsAt": _TIME},
        },
    ],
}

routes = web.RouteTableDef()


@routes.get("/api/openapi.json")
async def show_openapi(_request: web.Request) -> web.Response:
    """The document."""
    return web.Response(body=_document(), content_type="application/json")


@cache
def _document() -> bytes:
    return orjson.dumps(describe())


def describe() -> dict[str, Any]:
    """The whole description."""
    models = (
        ActRequest,
        Declaration,
        EventAnswer,
        Explanations,
        FailureRatesModel,
        IncidentExplanation,
        IncidentModel,
        IncidentPage,
        ProblemModel,
        RulesAnswer,
        SilenceModel,
        SilencePage,
        SilenceRequest,
        VerdictRequest,
        WebhookAnswer,
    )
    _, schemas = models_json_schema([(model, "serialization") for model in models], ref_template=_REFS)
    components = schemas["$defs"] | {
        "Change": _CHANGE,
        "ChangeData": _CHANGE_DATA,
        "CloudEvent": _CLOUD_EVENT,
        "Webhook": _WEBHOOK,
        "Explainable": _EXPLAINABLE,
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "Tocsin", "version": version("tocsin"), "license": {"name": "Apache-2.0"}},
        "paths": _paths(),
        "components": {
            "schemas": components,
            "securitySchemes": {
                "sender": {"type": "http", "scheme": "bearer", "description": "TOCSIN_WEBHOOK_TOKEN"},
                "api": {"type": "http", "scheme": "bearer", "description": "TOCSIN_API_TOKEN"},
            },
        },
    }


def _paths() -> dict[str, Any]:
    incident = _parameter("id", "path", "Its id or its name, as in `INC-12`")
    take = (*_OF_A_BODY, 401, 503)
    paths: dict[str, Any] = {
        "/api/v1/webhooks/{source}": {
            "post": _operation(
                "Take alerts",
                "sender",
                _answer(202, WebhookAnswer),
                errors=(*take, 404),
                parameters=[_parameter("source", "path", "`alertmanager`")],
                body={"application/json": _ref("Webhook")},
            )
        },
        "/api/v1/events": {
            "post": _operation(
                "Take a change",
                "sender",
                _answer(202, EventAnswer),
                errors=take,
                body={
                    "application/json": _ref("Change"),
                    "application/cloudevents+json": _ref("CloudEvent"),
                },
            )
        },
        "/api/v1/incidents": {
            "get": _operation(
                "List incidents, newest first",
                "api",
                _answer(200, IncidentPage),
                errors=(400, 401, 503),
                parameters=[
                    _parameter("state", "query", "Only these", {"enum": [state.value for state in State]}),
                    _parameter("service", "query", "Only those that touch this service"),
                    _parameter("since", "query", "Only those opened then or later", _TIME),
                    _parameter("cursor", "query", "The `next` of the page before"),
                    _parameter("limit", "query", "How many", {"type": "integer", "maximum": 200}),
                ],
            ),
            "post": _operation(
                "Declare an incident",
                "api",
                _answer(201, IncidentModel),
                errors=(*_OF_A_BODY, 401, 422, 503),
                body={"application/json": _ref("Declaration")},
            ),
        },
        "/api/v1/incidents/{id}": {
            "get": _operation(
                "Look at an incident",
                "api",
                _answer(200, IncidentModel),
                errors=(401, 404, 503),
                parameters=[incident],
            )
        },
    }
    for act in ("acknowledge", "resolve", "reopen"):
        paths[f"/api/v1/incidents/{{id}}/{act}"] = {
            "post": _operation(
                f"{act.capitalize()} an incident",
                "api",
                _answer(200, IncidentModel),
                errors=(*_OF_A_BODY, 401, 404, 409, 422, 503),
                parameters=[incident],
                body={"application/json": _ref("ActRequest")},
                body_required=False,
            )
        }
    return paths | _verdict_paths(incident) | _silence_paths() | _explanation_paths(incident)


def _explanation_paths(incident: dict[str, Any]) -> dict[str, Any]:
    return {
        "/api/v1/incidents/{id}/explanation": {
            "get": _operation(
                "Why an incident opened, and why its alerts came to it",
                "api",
                _answer(200, IncidentExplanation),
                errors=(401, 404, 503),
                parameters=[incident],
            )
        },
        "/api/v1/explanations": {
            "get": _operation(
                "What was decided about alerts of the last 24 hours, by any of their labels",
                "api",
                _answer(200, Explanations),
                errors=(400, 401, 503),
                parameters=[
                    _parameter("alertname", "query", "Their name"),
                    _parameter("service", "query", "Their service, as it was read"),
                    _parameter("environment", "query", "Their environment, as it was read"),
                ],
            ),
            "post": _operation(
                "What would be decided about alerts now; nothing is done",
                "api",
                _answer(200, Explanations),
                errors=(*_OF_A_BODY, 401, 503),
                body={"application/json": _ref("Explainable")},
            ),
        },
    }


def _silence_paths() -> dict[str, Any]:
    return {
        "/api/v1/rules": {
            "get": _operation(
                "List the rules in their order, and how each fares in this process",
                "api",
                _answer(200, RulesAnswer),
                errors=(401,),
            )
        },
        "/api/v1/silences": {
            "get": _operation(
                "List silences and maintenance windows that hold or will",
                "api",
                _answer(200, SilencePage),
                errors=(401, 503),
            ),
            "post": _operation(
                "Keep matching alerts quiet from now on",
                "api",
                _answer(201, SilenceModel),
                errors=(*_OF_A_BODY, 401, 404, 422, 503),
                body={"application/json": _ref("SilenceRequest")},
            ),
        },
        "/api/v1/silences/{id}": {
            "delete": _operation(
                "End a silence now",
                "api",
                _answer(200, SilenceModel),
                errors=(400, 401, 404, 503),
                parameters=[
                    _parameter("id", "path", "Its id"),
                    _parameter("by", "query", "Who ends it; the API itself where it is not said"),
                ],
            )
        },
    }


def _verdict_paths(incident: dict[str, Any]) -> dict[str, Any]:
    return {
        "/api/v1/incidents/{id}/verdicts": {
            "post": _operation(
                "Say what caused an incident, or what did not",
                "api",
                _answer(200, IncidentModel),
                errors=(*_OF_A_BODY, 401, 404, 409, 422, 503),
                parameters=[incident],
                body={"application/json": _ref("VerdictRequest")},
            )
        },
        "/api/v1/incidents/{id}/verdicts/{verdict}": {
            "delete": _operation(
                "Take a verdict back; it stays in the history",
                "api",
                _answer(200, IncidentModel),
                errors=(400, 401, 404, 409, 503),
                parameters=[
                    incident,
                    _parameter("verdict", "path", "Its id"),
                    _parameter("by", "query", "Who takes it back; the API itself where it is not said"),
                ],
            )
        },
        "/api/v1/change-failure-rate": {
            "get": _operation(
                "Change failure rates by service, from responders' verdicts",
                "api",
                _answer(200, FailureRatesModel),
                errors=(400, 401, 503),
                parameters=[
                    _parameter("since", "query", "From then on; 30 days before `until`", _TIME),
                    _parameter("until", "query", "Before then; now", _TIME),
                    _parameter("environment", "query", "Only there"),
                ],
            )
        },
    }


def _operation(
    summary: str,
    scheme: str,
    answer: dict[str, Any],
    *,
    errors: Iterable[int],
    parameters: list[dict[str, Any]] | None = None,
    body: dict[str, Any] | None = None,
    body_required: bool = True,
) -> dict[str, Any]:
    problem = {CONTENT_TYPE: {"schema": _ref("ProblemModel")}}
    responses = {str(code): {"description": _REASONS[code], "content": problem} for code in sorted(errors)}
    operation: dict[str, Any] = {
        "summary": summary,
        "security": [{scheme: []}],
        "responses": answer | responses,
    }
    if parameters:
        operation["parameters"] = parameters
    if body:
        content = {media: {"schema": schema} for media, schema in body.items()}
        operation["requestBody"] = {"required": body_required, "content": content}
    return operation


def _answer(status: int, model: type[BaseModel]) -> dict[str, Any]:
    content = {"application/json": {"schema": _ref(model.__name__)}}
    return {str(status): {"description": (model.__doc__ or "").splitlines()[0], "content": content}}


def _parameter(
    name: str, place: str, description: str, schema: dict[str, Any] | None = None
) -> dict[str, Any]:
    return {
        "name": name,
        "in": place,
        "description": description,
        "required": place == "path",
        "schema": schema or {"type": "string"},
    }


def _ref(name: str) -> dict[str, str]:
    return {"$ref": _REFS.format(model=name)}
