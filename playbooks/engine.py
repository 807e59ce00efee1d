"""What a run does next, purely: `next_step` says it, `advance` also takes the steps that need nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from playbooks.actions import (
    Action,
    AskApproval,
    AskPerson,
    Execute,
    Expire,
    Finish,
    Interrupt,
    Outward,
    Skip,
    Wait,
    Wake,
)
from playbooks.conditions import why_not
from playbooks.errors import PlaybookError, UnknownVariableError
from playbooks.model import Run, RunState, StepRun, StepState
from playbooks.template import Expression, Path, evaluate, parse, render, texts
from playbooks.transitions import asked, current, expired, held, interrupted, skipped, started, woken
from playbooks.variables import scope

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from playbooks.model import Playbook, Step

_OVERDUE = "nothing was heard of it in the time that it may take"


def new_run(
    playbook: Playbook, run_id: str, variables: Mapping[str, Any], now: datetime, started_by: str = ""
) -> Run:
    """A run that has not begun; `variables` in the shape of `playbooks.variables`."""
    return Run(
        id=run_id,
        playbook=playbook.name,
        definition_hash=playbook.hash,
        steps=tuple(StepRun(step.name) for step in playbook.steps),
        variables=variables,
        created_at=now,
        started_by=started_by,
    )


def next_step(run: Run, playbook: Playbook, now: datetime) -> Action:
    """What is to be done next; calling it twice changes nothing.

    Raises:
        PlaybookError: the playbook is not the one that the run is pinned to.
    """
    if run.definition_hash != playbook.hash:
        pinned, given = run.definition_hash[:12], playbook.hash[:12]
        raise PlaybookError(f"run {run.id} is pinned to {run.playbook} at {pinned}, given is {given}")
    at = current(run)
    if at is None:
        # An ended run says how; one without steps has nothing to do.
        return Finish(run.state if run.state.ended else RunState.SUCCEEDED)
    step = playbook.step(at.name)
    if at.state is StepState.UNKNOWN:
        return AskPerson(step, at.text)
    if at.due_at is not None:
        return _timed(run, step, at, now)
    return _pending(run, step, at, now)


def _timed(run: Run, step: Step, at: StepRun, now: datetime) -> Action:
    due = at.due_at or now
    ringing = now >= due
    if at.state is StepState.WAITING_APPROVAL:
        return Expire(step) if ringing else AskApproval(step, at.text, due)
    if at.state is StepState.RUNNING:
        return Interrupt(step) if ringing else Wait(step, due, "it runs")
    if at.state is StepState.WAITING:
        return Wake(step) if ringing else Wait(step, due, "a pause that the playbook asks for")
    return _execute(run, step, at) if ringing else Wait(step, due, f"tried again after: {at.error}")


def _pending(run: Run, step: Step, at: StepRun, now: datetime) -> Action:
    variables = scope(run)
    reason = why_not(step.when, variables) or _missing(step, variables)
    if reason:
        return Skip(step, reason)
    if step.approval and not at.approved_by:
        return AskApproval(step, _prompt(step, variables), now + step.approval.timeout)
    if step.hold is not None:
        return Wait(step, now + step.hold, "a pause that the playbook asks for")
    return _execute(run, step, at)


def _execute(run: Run, step: Step, at: StepRun) -> Execute:
    return Execute(step, at.attempts + 1, f"{run.id}:{step.name}", at.doubtful and step.checkable)


def _missing(step: Step, variables: Mapping[str, Any]) -> str:
    """Why the step's parameters cannot be filled in, or empty. Secrets are known to the toolbox alone."""
    for _, text in texts(step.params):
        for piece in parse(text):
            if not isinstance(piece, Expression) or _secret(piece):
                continue
            try:
                evaluate(piece, variables)
            except UnknownVariableError as error:
                return str(error)
    return ""


def _secret(expression: Expression) -> bool:
    return any(isinstance(o, Path) and o.parts[0] == "secrets" for o in expression.operands)


def _prompt(step: Step, variables: Mapping[str, Any]) -> str:
    template = step.approval.prompt if step.approval else ""
    try:
        return render(template, variables) or step.title
    except UnknownVariableError as error:
        return f"{step.title} ({error})"


def advance(run: Run, playbook: Playbook, now: datetime) -> tuple[Run, Outward]:
    """Take every step that needs nobody, and give what is wanted from outside.

    The run that comes back already says so: save it before acting. An `Execute` has been noted as started.
    """
    while True:
        action = next_step(run, playbook, now)
        match action:
            case Skip(step, reason):
                run = skipped(run, step.name, reason, now)
            case Expire(step):
                run = expired(run, step, now)
            case Wake(step):
                run = woken(run, step, now)
            case Interrupt(step):
                run = interrupted(run, playbook, step.name, now, _OVERDUE)
            case _:
                return _note(run, action, now), action


def _note(run: Run, action: Outward, now: datetime) -> Run:
    """The run with the action begun, where it has not begun already."""
    match action:
        case Execute(step):
            return started(run, step, now)
        case AskApproval(step, prompt) if run.step(step.name).state is StepState.PENDING:
            return asked(run, step, prompt, now)
        case Wait(step) if step.hold is not None and run.step(step.name).state is StepState.PENDING:
            return held(run, step, now)
    return run


def wake_at(run: Run) -> datetime | None:
    """When the run has to be advanced at the latest, whatever happens until then; None: only by a person."""
    step = current(run)
    return step.due_at if step else None


def asks(run: Run, name: str) -> str:
    """What the step asks of people now: `approve`, `decide` or nothing."""
    step = current(run)
    if step is None or step.name != name:
        return ""
    return {StepState.WAITING_APPROVAL: "approve", StepState.UNKNOWN: "decide"}.get(step.state, "")
