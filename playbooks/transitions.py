"""What can happen to a run, as pure functions over the tables of `playbooks.states`."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from playbooks.errors import (
    NotAllowedError,
    PermanentStepError,
    RetryableStepError,
    StepFailedError,
    TransitionError,
    UncertainStepError,
)
from playbooks.model import OnFailure, Run, RunState, StepRun, StepState
from playbooks.states import RUN_STATES, STEP_TRANSITIONS, STOPPED, StepEvent

if TYPE_CHECKING:
    from datetime import datetime

    from playbooks.model import Playbook, Step, StepResult

# How long after a step's time is up its worker may still be about to say how it went.
GRACE: Final = timedelta(seconds=30)


class Decision(StrEnum):
    """What a person says about a step whose outcome is unknown."""

    RETRY = "retry"
    SKIP = "skip"
    STOP = "stop"


def current(run: Run) -> StepRun | None:
    """The first step that is not over, unless the run has ended."""
    if run.state.ended:
        return None
    return next((step for step in run.steps if step.state in RUN_STATES), None)


def skipped(run: Run, name: str, reason: str, now: datetime) -> Run:
    """The step does not apply, for this reason."""
    return _settle(_happen(run, name, StepEvent.SKIP, now, text=reason), now)


def asked(run: Run, step: Step, prompt: str, now: datetime) -> Run:
    """The step waits for approval from now on."""
    patience = step.approval.timeout if step.approval else timedelta()
    return _settle(_happen(run, step.name, StepEvent.ASK, now, text=prompt, due_at=now + patience), now)


def approved(run: Run, playbook: Playbook, name: str, by: str, now: datetime, *, also: str = "") -> Run:
    """A person lets the step happen; `also` is another name of theirs, such as their id.

    Raises:
        TransitionError: the step waits for no approval (any more).
        NotAllowedError: somebody else was asked.
    """
    _only_asked(run, playbook, name, StepEvent.APPROVE, by, also=also)
    due = run.step(name).due_at
    if due is not None and now >= due:
        raise TransitionError(name, "nobody approved it in time", StepEvent.APPROVE.value, ())
    return _settle(_happen(run, name, StepEvent.APPROVE, now, approved_by=by, text=""), now)


def rejected(run: Run, playbook: Playbook, name: str, by: str, now: datetime, *, also: str = "") -> Run:
    """A person does not want the step to happen.

    Raises:
        TransitionError, NotAllowedError: as `approved`.
    """
    _only_asked(run, playbook, name, StepEvent.REJECT, by, also=also)
    run = _happen(run, name, StepEvent.REJECT, now, text=f"rejected by {by}")
    return _after_trouble(run, playbook.step(name), now)


def expired(run: Run, step: Step, now: datetime) -> Run:
    """Nobody approved the step in time, which is a no."""
    run = _happen(run, step.name, StepEvent.EXPIRE, now, text="nobody approved it in time")
    return _after_trouble(run, step, now)


def held(run: Run, step: Step, now: datetime) -> Run:
    """The step waits from now on, for as long as it says."""
    length = step.hold or timedelta()
    return _settle(_happen(run, step.name, StepEvent.HOLD, now, started_at=now, due_at=now + length), now)


def woken(run: Run, step: Step, now: datetime) -> Run:
    """The step has waited long enough."""
    return _settle(_happen(run, step.name, StepEvent.WAKE, now, text="waited"), now)


def started(run: Run, step: Step, now: datetime) -> Run:
    """An attempt begins. Save this before the attempt, or a crash is not seen."""
    before = run.step(step.name)
    return _settle(
        _happen(
            run,
            step.name,
            StepEvent.START,
            now,
            attempts=before.attempts + 1,
            started_at=before.started_at or now,
            due_at=now + step.timeout + GRACE,
        ),
        now,
    )


def succeeded(run: Run, name: str, result: StepResult, now: datetime) -> Run:
    """The step is done; this may still be said of one that was given up as unknown.

    Raises:
        TransitionError: the step does not run.
    """
    changes: dict[str, Any] = {"text": result.text, "data": dict(result.data), "error": "", "doubtful": False}
    return _settle(_happen(run, name, StepEvent.SUCCEED, now, **changes), now)


def failed(run: Run, playbook: Playbook, name: str, error: StepFailedError, now: datetime) -> Run:
    """An attempt did not succeed: try again, give the step up, or ask a person, as `error` and the step say.

    Raises:
        TransitionError: the step does not run.
    """
    step, before = playbook.step(name), run.step(name)
    if before.state is StepState.UNKNOWN:
        return run if isinstance(error, UncertainStepError) else _fail(run, step, str(error), now)
    uncertain = isinstance(error, UncertainStepError) and not step.idempotent
    doubtful = before.doubtful or uncertain
    left = before.attempts < step.retry.attempts
    if uncertain and not step.checkable:
        return _doubt(run, name, str(error), now)
    if left and isinstance(error, RetryableStepError | UncertainStepError):
        pause = now + step.retry.pause(max(before.attempts, 1))
        changes: dict[str, Any] = {"error": str(error), "due_at": pause, "doubtful": doubtful}
        return _settle(_happen(run, name, StepEvent.AGAIN, now, **changes), now)
    # A refusal says that this attempt did nothing. Of the one before only a look before it says the same.
    if doubtful and not (step.checkable and isinstance(error, PermanentStepError)):
        return _doubt(run, name, str(error), now)
    return _fail(run, step, str(error), now)


def interrupted(run: Run, playbook: Playbook, name: str, now: datetime, why: str = "interrupted") -> Run:
    """The worker of a running step is gone: try again what may be repeated or checked, else ask a person.

    Raises:
        TransitionError: the step does not run.
    """
    return failed(run, playbook, name, UncertainStepError(why), now)


def decided(
    run: Run, playbook: Playbook, name: str, decision: Decision, by: str, *, now: datetime, also: str = ""
) -> Run:
    """A person says how to go on after a step whose outcome is unknown.

    Who has the step done again is who approves it now.

    Raises:
        TransitionError: the step is not unknown, or the run has ended.
        NotAllowedError: it is to be done again, and somebody else was asked to approve it.
    """
    _only_open(run, name, decision.value)
    if decision is Decision.SKIP:
        text = f"outcome unknown; {by} went on without it"
        return _settle(_happen(run, name, StepEvent.SKIP, now, text=text), now)
    if decision is Decision.STOP:
        text = f"outcome unknown; stopped by {by}"
        return _stop(
            _happen(run, name, StepEvent.STOP, now, text=text), RunState.FAILED, f"{by} stopped", now
        )
    _only_asked(run, playbook, name, StepEvent.RETRY, by, also=also)
    return _settle(_happen(run, name, StepEvent.RETRY, now, approved_by=by), now)


def cancelled(run: Run, by: str, now: datetime) -> Run:
    """A person ends the run. A step that runs just now is unknown until its worker speaks.

    Raises:
        TransitionError: the run has ended.
    """
    _only_open(run, run.playbook, "cancel")
    for step in run.steps:
        if step.state is StepState.RUNNING:
            run = _happen(run, step.name, StepEvent.DOUBT, now, text=f"was running when {by} cancelled")
    return _stop(run, RunState.CANCELLED, f"{by} cancelled", now)


def _only_open(run: Run, subject: str, event: str) -> None:
    if run.state.ended:
        raise TransitionError(subject, run.state.value, event, ())


def _only_asked(run: Run, playbook: Playbook, name: str, event: StepEvent, by: str, *, also: str) -> None:
    _only_open(run, name, event.value)
    approval = playbook.step(name).approval
    if approval and not approval.allows(by) and not (also and approval.allows(also)):
        raise NotAllowedError(name, by, approval.by)


def _happen(run: Run, name: str, event: StepEvent, now: datetime, **changes: Any) -> Run:
    step = run.step(name)
    following = STEP_TRANSITIONS.get((step.state, event))
    if following is None:
        possible = {e.value for state, e in STEP_TRANSITIONS if state is step.state}
        raise TransitionError(name, step.state.value, event.value, possible)
    over = following not in RUN_STATES
    changes = {"due_at": None, "ended_at": now if over else None, **changes}
    return run.with_step(replace(step, state=following, **changes))


def _fail(run: Run, step: Step, error: str, now: datetime) -> Run:
    return _after_trouble(_happen(run, step.name, StepEvent.FAIL, now, error=error, text=error), step, now)


def _doubt(run: Run, name: str, error: str, now: datetime) -> Run:
    text = f"whether it was done is unknown: {error}"
    return _settle(_happen(run, name, StepEvent.DOUBT, now, error=error, text=text, doubtful=True), now)


def _after_trouble(run: Run, step: Step, now: datetime) -> Run:
    if step.on_failure is OnFailure.CONTINUE:
        return _settle(run, now)
    state = run.step(step.name).state
    return _stop(run, STOPPED[state], f"{step.name} {state.value}", now)


def _stop(run: Run, state: RunState, why: str, now: datetime) -> Run:
    if run.state.ended:
        return run
    for step in run.steps:
        if (step.state, StepEvent.SKIP) in STEP_TRANSITIONS and step.state is not StepState.UNKNOWN:
            run = _happen(run, step.name, StepEvent.SKIP, now, text=f"not reached: {why}")
    return replace(run, state=state, started_at=run.started_at or now, ended_at=now)


def _settle(run: Run, now: datetime) -> Run:
    """Bring the run's state in line with its steps."""
    if run.state.ended:
        return run
    step = current(run)
    if step is None:
        return replace(run, state=RunState.SUCCEEDED, started_at=run.started_at or now, ended_at=now)
    paused = step.state is StepState.PENDING and step.due_at is not None
    state = RunState.WAITING if paused else RUN_STATES[step.state]
    return replace(run, state=state, started_at=run.started_at or now)
