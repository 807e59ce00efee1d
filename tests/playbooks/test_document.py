from __future__ import annotations

from typing import Any

import jsonschema
import pytest
import yaml

from playbooks.document import json_schema
from playbooks.kinds import KINDS
from playbooks.loader import load
from playbooks.model import Playbook
from tests.playbooks.samples import playbook

GOOD = """\
name: sample
title: Sample
trigger: {start: on_open, severities: [critical], labels: {team: pay}}
steps:
  - name: look_up
    kind: http_get
    params: {url: "http://x.test", expect: [200]}
    when: [{value: incident.severity, in: [critical]}]
    retry: {attempts: 1}
  - name: go
    title: Go
    kind: http_request
    params: {url: "http://x.test", check: {url: "http://x.test", equals: 1}}
    approval: {prompt: "Sure?", by: ["@ann"], timeout: 5m}
  - {name: gate, kind: approval}
  - {name: pause, kind: wait, params: {duration: 30s}}
  - {name: key, kind: http_request, idempotent: true, params: {url: "http://x.test"}}
"""


def test_a_form_becomes_a_playbook() -> None:
    look, go, gate, pause, key = playbook(GOOD).steps
    assert (look.title, look.retry.attempts, look.idempotent) == ("Look up", 1, True)
    assert (go.idempotent, go.checkable, go.approval and go.approval.by) == (False, True, ("@ann",))
    assert gate.approval is not None
    assert pause.hold is not None
    assert key.idempotent


def test_the_schema_accepts_what_the_loader_accepts() -> None:
    schema = json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(yaml.safe_load(GOOD), schema)
    assert set(schema["$defs"]["StepForm"]["properties"]["kind"]["enum"]) == set(KINDS)


@pytest.mark.parametrize(
    "step",
    [
        {"name": "a", "kind": "nope"},
        {"name": "a", "kind": "wait"},
        {"name": "a", "kind": "wait", "params": {"duration": "x"}},
        {"name": "a", "kind": "note", "params": {"txt": "x"}},
        {"name": "A", "kind": "approval"},
    ],
)
def test_the_schema_refuses_what_the_loader_refuses(step: dict[str, Any]) -> None:
    document = {"name": "p", "title": "P", "steps": [step]}
    assert not isinstance(load(yaml.safe_dump(document), "f"), Playbook)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, json_schema())
