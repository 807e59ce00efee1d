"""A playbook run in people's words: its summary for cards, and what a step adds to the timeline. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.domain.decisions import TimelineEntry
from bot.domain.view import RunSummary, StepSummary
from playbooks.engine import asks
from playbooks.model import RunState, StepState

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from playbooks.model import Playbook, Run, StepRun

_STEPS: Final[Mapping[StepState, str]] = {
    StepState.WAITING_APPROVAL: "asks for approval",
    StepState.SUCCEEDED: "done",
    StepState.FAILED: "failed",
    StepState.SKIPPED: "passed over",
    StepState.REJECTED: "rejected",
    StepState.UNKNOWN: "outcome unknown, a person is asked",
}
_RUNS: Final[Mapping[RunState, str]] = {
    RunState.SUCCEEDED: "has ended well",
    RunState.FAILED: "has failed",
    RunState.CANCELLED: "was stopped",
}


def summarize(run: Run, playbook: Playbook | None) -> RunSummary:
    """The run as people see it; without its playbook the steps go by their names."""
    titles = {step.name: step.title for step in playbook.steps} if playbook else {}
    messages = {step.name for step in playbook.steps if step.kind == "message"} if playbook else set()
    steps = tuple(
        StepSummary(
            name=step.name,
            title=titles.get(step.name, step.name),
            state=str(step.state),
            text=step.text,
            asks=asks(run, step.name),
            posted=step.name in messages and step.state is StepState.SUCCEEDED,
        )
        for step in run.steps
    )
    return RunSummary(
        id=run.id,
        playbook=run.playbook,
        title=playbook.title if playbook else run.playbook,
        state=str(run.state),
        started_at=run.started_at,
        ended_at=run.ended_at,
        steps=steps,
    )


def told(
    incident_id: str, before: Run | None, run: Run, playbook: Playbook, now: datetime
) -> Iterator[TimelineEntry]:
    """The lines for what changed between two states of a run; `before` is None where it has just begun."""
    source = f"playbook {run.playbook}"
    if before is None:
        yield TimelineEntry(incident_id, now, "run_started", f"{playbook.title} started.", source)
        return
    for step in run.steps:
        if step.state is before.step(step.name).state or step.state not in _STEPS:
            continue
        yield TimelineEntry(incident_id, now, f"step_{step.state}", _sentence(step, playbook), source)
    if run.state.ended and not before.state.ended:
        yield TimelineEntry(
            incident_id, now, f"run_{run.state}", f"{playbook.title} {_RUNS[run.state]}.", source
        )


def _sentence(step: StepRun, playbook: Playbook) -> str:
    found = f": {step.text}" if step.text else "."
    by = f" (approved by {step.approved_by})" if step.approved_by else ""
    return f"{playbook.step(step.name).title}: {_STEPS[step.state]}{by}{found}"
