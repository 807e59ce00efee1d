from __future__ import annotations

from playbooks.model import Run, StepRun, StepState
from playbooks.template import parse_path
from playbooks.variables import CONTRACT, scope, unknown


def test_the_scope_holds_the_variables_the_run_and_what_the_steps_found() -> None:
    step = StepRun("look", StepState.SUCCEEDED, text="found", data={"value": 3, "state": "not this"})
    found = scope(Run("r1", "p", "h", (step,), variables={"incident": {"id": "INC-1"}}, started_by="@ann"))
    assert found["incident"] == {"id": "INC-1"}
    assert found["run"] == {"id": "r1", "playbook": "p", "started_by": "@ann"}
    assert found["steps"]["look"]["value"] == 3
    assert found["steps"]["look"]["state"] == "succeeded"


def test_free_parts_of_the_contract_take_any_name() -> None:
    assert unknown(parse_path("service.links.whatever"), CONTRACT) == (False, "")
    assert unknown(parse_path("incident.services[0]"), CONTRACT) == (False, "")
    assert unknown(parse_path("incident"), CONTRACT) == (False, "")
    assert unknown(parse_path("incident.servces"), CONTRACT) == (True, "incident.services")
