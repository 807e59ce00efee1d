"""The variables contract: what a host puts into `Run.variables` and a playbook may name.

Every value is JSON; what is not known is left out, and a step that needs it is skipped with that reason.
`settings` is free (the installation's `variables`), so are links, labels and annotations. `run` and `steps`
are added by the engine. `secrets` are asked of the toolbox when a request is sent, in headers alone, and are
never kept.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from playbooks.template import Path, nearest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from playbooks.model import Run

ANYTHING: Final[Mapping[str, Any]] = {}

CONTRACT: Final[Mapping[str, Any]] = {
    "incident": {
        "id": "as people say it, INC-12",
        "title": "its title",
        "severity": "critical, error, warning or info",
        "environment": "such as production",
        "services": "a list of names, the first is the one that it opened for",
        "reason": "a sentence: why it opened",
        "opened_at": "RFC 3339, UTC",
        "url": "its page in the console",
    },
    "service": {
        "name": "the first of incident.services",
        "title": "from the service catalogue",
        "owner": "from the service catalogue",
        "links": ANYTHING,  # by name: metrics, health, rollback, ... are addresses
        "annotations": ANYTHING,
    },
    "alert": {
        "name": "of the alert that opened the incident",
        "summary": "its summary annotation",
        "labels": ANYTHING,
        "annotations": ANYTHING,
    },
    "suspect": {
        "id": "of the likeliest suspect change when the run was started",
        "service": "what it changed",
        "type": "deploy, config, feature_flag, infra, database or rollback",
        "summary": "its summary",
        "version": "the version that it brought",
        "previous_version": "the version before it",
        "author": "who made it",
        "url": "where to read about it",
        "probability": "0 to 1",
    },
    "changed": {
        "name": "the service that `suspect` changed; without a suspect, `service.name`",
        "title": "from the service catalogue",
        "owner": "from the service catalogue",
        "links": ANYTHING,
        "annotations": ANYTHING,
    },
    "settings": ANYTHING,
    "run": {"id": "of this run", "playbook": "its name", "started_by": "the person, or empty"},
}

# What can be said of every step that came before, whatever its kind; its own results join these.
STEP_FIELDS: Final = ("state", "text", "error", "approved_by")


def scope(run: Run) -> dict[str, Any]:
    """All that a template of this run can name, but the secrets."""
    return {
        **run.variables,
        "run": {"id": run.id, "playbook": run.playbook, "started_by": run.started_by},
        "steps": {
            step.name: {
                **step.data,
                "state": step.state.value,
                "text": step.text,
                "error": step.error,
                "approved_by": step.approved_by,
            }
            for step in run.steps
        },
    }


def unknown(path: Path, contract: Mapping[str, Any]) -> tuple[bool, str]:
    """Whether the contract has no such variable, and the name most like it."""
    known: Any = contract
    for depth, part in enumerate(path.parts):
        if not isinstance(known, dict) or not known:
            return False, ""  # a value, or a part of the contract that is free
        if part not in known:
            return True, nearest(path, depth, known)
        known = known[part]
    return False, ""
