from __future__ import annotations

import pytest

from playbooks.loader import load
from playbooks.model import Playbook

NO_RESULT = "the step has no such result; it has state, text, error, approved_by, ok, status, value"


def problems(steps: str) -> list[str]:
    loaded = load(f"name: p\ntitle: P\nsteps:\n{steps}", "p.yaml")
    return [] if isinstance(loaded, Playbook) else [f"{p.path}: {p.message} [{p.suggestion}]" for p in loaded]


def tell(text: str) -> str:
    """Three steps; the second one has this text."""
    return f"""\
  - {{name: look, kind: http_get, params: {{url: 'http://x.test'}}}}
  - {{name: tell, kind: note, params: {{text: '{text}'}}}}
  - {{name: last, kind: note, params: {{text: x}}}}
"""


@pytest.mark.parametrize(
    "text",
    [
        "{{ incident.id }} {{ incident.services[0] }} {{ service.links.anything }} {{ settings.mine }}",
        "{{ steps.look.value }} {{ steps.look.text }} {{ steps.look.value.deeper }} {{ run.id }}",
        "plain {{ alert.labels.team ?? suspect.author }}",
    ],
)
def test_what_is_there_may_be_named(text: str) -> None:
    assert problems(tell(text)) == []


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{{ incident.titel }}", "incident.titel: there is no such variable [incident.title]"),
        ("{{ incidnt.id }}", "incidnt.id: there is no such variable [incident.id]"),
        ("{{ qqq }}", "qqq: there is no such variable []"),
        ("{{ steps.look }}", "steps.look: name a step and what of it, as in steps.look-up.text []"),
        ("{{ steps.lok.value }}", "steps.lok.value: there is no such step [steps.look]"),
        ("{{ steps.qqq.value }}", "steps.qqq.value: there is no such step []"),
        ("{{ steps.last.text }}", "steps.last.text: that step does not come before this one []"),
        ("{{ steps.tell.text }}", "steps.tell.text: that step does not come before this one []"),
        ("{{ steps.look.valu }}", f"steps.look.valu: {NO_RESULT} [steps.look.value]"),
        ("{{ secrets.token }}", "secrets.token: secrets are for headers alone []"),
        ("{{ broken", "a {{ is not closed by }} []"),
    ],
)
def test_what_will_not_be_there_is_a_problem(text: str, problem: str) -> None:
    assert problems(tell(text)) == [f"steps[1].params.text: {problem}"]


def test_secrets_are_named_one_by_one_in_headers() -> None:
    step = """\
  - name: go
    kind: http_request
    params:
      url: http://x.test
      headers: {A: '%s'}
"""
    assert problems(step % "Bearer {{ secrets.token }}") == []
    (problem,) = problems(step % "{{ secrets }}")
    assert "name one secret" in problem


def test_prompts_conditions_and_fixed_fields_are_checked_too() -> None:
    found = problems(
        "  - name: go\n    kind: metric\n    approval: {prompt: '{{ incident.idd }}'}\n"
        "    when: [{value: service.nam, exists: true}]\n"
        "    params: {query: up, unit: '{{ incident.id }}', server: 'http://p.test'}\n"
    )
    assert found == [
        "steps[0].approval.prompt: incident.idd: there is no such variable [incident.id]",
        "steps[0].when[0].value: service.nam: there is no such variable [service.name]",
        "steps[0].params.unit: no variable is possible here; write the value out []",
    ]


def test_a_checks_address_is_a_template_as_well() -> None:
    step = (
        "  - name: go\n    kind: http_request\n    params:\n      url: http://x.test\n"
        "      check: {url: 'http://x.test/{{ incident.id }}', equals: {id: '{{ incident.idd }}'}}\n"
    )
    assert problems(step) == [
        "steps[0].params.check.equals.id: incident.idd: there is no such variable [incident.id]"
    ]
