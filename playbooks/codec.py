"""A run to plain JSON and back, for a database row; fields that are not known or not there do no harm."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime
from typing import Any

from playbooks.model import Run, RunState, StepRun, StepState

_TIMES = frozenset({"created_at", "started_at", "ended_at", "due_at"})
_RUN_FIELDS = frozenset(f.name for f in fields(Run))
_STEP_FIELDS = frozenset(f.name for f in fields(StepRun))


def to_json(run: Run) -> dict[str, Any]:
    """The run as JSON values; times are in ISO 8601."""
    written = {name: _write(getattr(run, name)) for name in _RUN_FIELDS}
    written["steps"] = [{name: _write(getattr(step, name)) for name in _STEP_FIELDS} for step in run.steps]
    return written


def from_json(row: dict[str, Any]) -> Run:
    """The run that `to_json` wrote, in this or a neighbouring version.

    Raises:
        KeyError, ValueError: the row holds no run.
    """
    read = {name: _read(name, value) for name, value in row.items() if name in _RUN_FIELDS}
    read["state"] = RunState(row["state"])
    read["steps"] = tuple(_step(step) for step in row["steps"])
    return Run(**read)


def _step(row: dict[str, Any]) -> StepRun:
    read = {name: _read(name, value) for name, value in row.items() if name in _STEP_FIELDS}
    read["state"] = StepState(row["state"])
    return StepRun(**read)


def _write(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, RunState | StepState):
        return value.value
    return value


def _read(name: str, value: Any) -> Any:
    return datetime.fromisoformat(value) if name in _TIMES and value is not None else value
