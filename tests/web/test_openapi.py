from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema

from bot.web.app import create_app
from bot.web.openapi import describe
from tests.web.fakes import API, deps

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.web.fakes import Web


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        yield from (node["$ref"],) if "$ref" in node else ()
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


async def test_every_route_of_the_api_is_described_and_nothing_else() -> None:
    described = {
        (method.upper(), path) for path, operations in describe()["paths"].items() for method in operations
    }
    served = set()
    for route in create_app(deps()).router.routes():
        path = route.resource.canonical if route.resource else ""
        if path.startswith("/api/v1/") and route.method != "HEAD":
            acts = ("acknowledge", "resolve", "reopen") if "{act" in path else ("",)
            served |= {(route.method, re.sub(r"\{act[^}]*\}", act, path)) for act in acts}
    assert described == served


def test_every_schema_is_a_schema_and_every_reference_leads_somewhere() -> None:
    document = describe()
    schemas = document["components"]["schemas"]
    for schema in schemas.values():
        jsonschema.Draft202012Validator.check_schema(schema)
    assert {ref.removeprefix("#/components/schemas/") for ref in references(document)} <= schemas.keys()


async def test_what_is_answered_is_what_is_described(web: Web) -> None:
    document = await (await web.client.get("/api/openapi.json")).json()
    assert document["openapi"].startswith("3.1")
    incident = await (await web.client.get("/api/v1/incidents", headers=API)).json()
    schema = {"$ref": "#/components/schemas/IncidentPage", "components": document["components"]}
    jsonschema.Draft202012Validator(schema).validate(incident)


def test_what_can_be_wrong_with_a_body_is_told_wherever_there_is_one() -> None:
    operations = [
        (path, method, operation)
        for path, methods in describe()["paths"].items()
        for method, operation in methods.items()
    ]
    for path, method, operation in operations:
        told = operation["responses"].keys()
        assert not ("requestBody" in operation and {"400", "408", "413", "415"} - told), (method, path)


async def test_a_silence_of_an_incident_that_is_not_there_is_told(web: Web) -> None:
    body = {"matchers": ["alertname=A"], "for": "1h", "reason": "x", "by": "ada", "incident": "INC-999"}
    answer = await web.client.post("/api/v1/silences", json=body, headers=API)
    assert answer.status == 404
    assert "404" in describe()["paths"]["/api/v1/silences"]["post"]["responses"]


def test_the_documented_change_and_its_cloud_event_are_as_described() -> None:
    document = describe()
    text = (Path(__file__).parents[2] / "docs/reference/events.md").read_text()
    for name, schema in (("change", "Change"), ("change-cloudevent", "CloudEvent")):
        (example,) = re.findall(rf"<!-- example: {name} -->\n```json\n(.*?)```", text, re.DOTALL)
        wanted = {"$ref": f"#/components/schemas/{schema}", "components": document["components"]}
        jsonschema.validate(json.loads(example), wanted)
        rollout = {"time": "2026-11-21T10:36:30Z", "share": 0.1, "targets": ["eu"]}
        change = {"id": "c", "type": "deploy", "service": "x", "time": rollout["time"], "waves": [rollout]}
        jsonschema.validate(change, {**wanted, "$ref": "#/components/schemas/Change"})
