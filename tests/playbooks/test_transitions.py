from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from playbooks.engine import new_run
from playbooks.errors import (
    NotAllowedError,
    PermanentStepError,
    RetryableStepError,
    TransitionError,
    UncertainStepError,
)
from playbooks.model import Approval, OnFailure, Playbook, Retry, Run, RunState, Step, StepResult
from playbooks.transitions import (
    Decision,
    approved,
    asked,
    cancelled,
    current,
    decided,
    expired,
    failed,
    held,
    interrupted,
    rejected,
    skipped,
    started,
    succeeded,
    woken,
)
from tests.playbooks.samples import NOW, later, of_steps

SAFE = Step("safe", "Safe", "http_get", retry=Retry(2, timedelta(seconds=5)))
RISKY = Step("risky", "Risky", "http_request", idempotent=False, retry=Retry(2, timedelta(seconds=5)))
LAST = Step("last", "Last", "note")


def begun(step: Step) -> tuple[Run, Playbook]:
    """A run whose first of two steps, this one, has just been started."""
    playbook = of_steps(step, LAST)
    return started(new_run(playbook, "r", {}, NOW), step, NOW), playbook


def states(run: Run) -> list[str]:
    return [run.state.value, *(step.state.value for step in run.steps)]


def test_success_goes_on_and_the_last_one_ends_the_run() -> None:
    run, _ = begun(SAFE)
    run = succeeded(run, "safe", StepResult("found", {"value": 1}), later(1))
    assert states(run) == ["running", "succeeded", "pending"]
    assert (run.step("safe").data, run.step("safe").ended_at) == ({"value": 1}, later(1))
    run = succeeded(started(run, LAST, later(2)), "last", StepResult("done"), later(3))
    assert states(run) == ["succeeded", "succeeded", "succeeded"]
    assert (run.started_at, run.ended_at, current(run)) == (NOW, later(3), None)


def test_a_retryable_failure_pauses_and_then_fails_the_run() -> None:
    run, playbook = begun(SAFE)
    run = failed(run, playbook, "safe", RetryableStepError("refused"), later(1))
    assert states(run) == ["waiting", "pending", "pending"]
    assert run.step("safe").due_at == later(6)
    run = failed(started(run, SAFE, later(6)), playbook, "safe", RetryableStepError("refused"), later(7))
    assert states(run) == ["failed", "failed", "skipped"]
    assert run.step("last").text == "not reached: safe failed"


def test_a_failure_that_may_be_passed_over_goes_on() -> None:
    step = replace(SAFE, on_failure=OnFailure.CONTINUE)
    run, playbook = begun(step)
    run = failed(run, playbook, "safe", PermanentStepError("no"), later(1))
    assert states(run) == ["running", "failed", "pending"]


def test_an_uncertain_outcome_is_repeated_only_where_that_is_harmless() -> None:
    run, playbook = begun(SAFE)
    assert states(failed(run, playbook, "safe", UncertainStepError("lost"), NOW))[:2] == [
        "waiting",
        "pending",
    ]
    run, playbook = begun(RISKY)
    run = interrupted(run, playbook, "risky", NOW)
    assert states(run) == ["needs_person", "unknown", "pending"]
    assert run.step("risky").text == "whether it was done is unknown: interrupted"


def test_a_step_that_can_be_checked_is_doubted_and_tried_again() -> None:
    step = replace(RISKY, checkable=True)
    run, playbook = begun(step)
    run = interrupted(run, playbook, "risky", NOW)
    assert states(run) == ["waiting", "pending", "pending"]
    assert run.step("risky").doubtful
    run = started(run, step, later(5))
    # Even a failure that did nothing leaves the doubt about the attempt before it.
    assert states(failed(run, playbook, "risky", RetryableStepError("x"), NOW))[1] == "unknown"
    assert states(failed(run, playbook, "risky", PermanentStepError("x"), NOW))[1] == "failed"


@pytest.mark.parametrize(
    ("decision", "expected"),
    [
        (Decision.RETRY, ["running", "pending", "pending"]),
        (Decision.SKIP, ["running", "skipped", "pending"]),
        (Decision.STOP, ["failed", "failed", "skipped"]),
    ],
)
def test_a_person_decides_about_the_unknown(decision: Decision, expected: list[str]) -> None:
    run, playbook = begun(RISKY)
    run = interrupted(run, playbook, "risky", NOW)
    assert states(decided(run, playbook, "risky", decision, "@ann", now=NOW)) == expected


def test_a_refusal_after_an_attempt_of_unknown_outcome_settles_nothing() -> None:
    run, playbook = begun(RISKY)
    run = decided(
        interrupted(run, playbook, "risky", NOW), playbook, "risky", Decision.RETRY, "@ann", now=NOW
    )
    run = failed(started(run, RISKY, NOW), playbook, "risky", PermanentStepError("in progress"), NOW)
    assert states(run)[1] == "unknown"


def test_who_has_it_done_again_approves_it() -> None:
    step = replace(RISKY, approval=Approval(by=("@ann", "U7")))
    playbook = of_steps(step, LAST)
    run = asked(new_run(playbook, "r", {}, NOW), step, "Sure?", NOW)
    run = started(approved(run, playbook, "risky", "@ann", NOW), step, NOW)
    run = interrupted(run, playbook, "risky", NOW)
    with pytest.raises(NotAllowedError):
        decided(run, playbook, "risky", Decision.RETRY, "@bob", now=NOW, also="U8")
    again = decided(run, playbook, "risky", Decision.RETRY, "@eve", now=NOW, also="U7")
    assert again.step("risky").approved_by == "@eve"
    assert states(decided(run, playbook, "risky", Decision.SKIP, "@bob", now=NOW))[1] == "skipped"


def test_late_news_settles_the_unknown() -> None:
    run, playbook = begun(RISKY)
    unknown = interrupted(run, playbook, "risky", NOW)
    assert states(succeeded(unknown, "risky", StepResult("ok"), NOW))[1] == "succeeded"
    assert states(failed(unknown, playbook, "risky", PermanentStepError("no"), NOW))[1] == "failed"
    assert failed(unknown, playbook, "risky", UncertainStepError("lost"), NOW) == unknown


def test_a_person_approves_or_rejects() -> None:
    step = replace(RISKY, approval=Approval(by=("@ann",)))
    playbook = of_steps(step, LAST)
    run = asked(new_run(playbook, "r", {}, NOW), step, "Sure?", NOW)
    assert states(run) == ["waiting_approval", "waiting_approval", "pending"]
    assert run.step("risky").due_at == later(3600)
    assert approved(run, playbook, "risky", "@ann", NOW).step("risky").approved_by == "@ann"
    with pytest.raises(TransitionError, match="nobody approved it in time"):
        approved(run, playbook, "risky", "@ann", later(3600))
    no = rejected(run, playbook, "risky", "@ann", NOW)
    assert states(no) == ["cancelled", "rejected", "skipped"]
    with pytest.raises(NotAllowedError, match="@bob may not approve this; asked are @ann"):
        approved(run, playbook, "risky", "@bob", NOW)
    with pytest.raises(TransitionError, match="approve while cancelled; possible now: nothing"):
        approved(no, playbook, "risky", "@ann", NOW)


def test_no_answer_is_a_no() -> None:
    step = replace(RISKY, approval=Approval(), on_failure=OnFailure.CONTINUE)
    run = asked(new_run(of_steps(step, LAST), "r", {}, NOW), step, "Sure?", NOW)
    run = expired(run, step, later(3600))
    assert states(run) == ["running", "rejected", "pending"]


def test_asking_and_waiting_without_a_length_are_over_at_once() -> None:
    run = new_run(of_steps(LAST), "r", {}, NOW)
    assert asked(run, LAST, "", NOW).step("last").due_at == NOW
    assert held(run, LAST, NOW).step("last").due_at == NOW


def test_a_wait_ends() -> None:
    step = replace(LAST, hold=timedelta(seconds=9))
    run = held(new_run(of_steps(step), "r", {}, NOW), step, NOW)
    assert (states(run), run.step("last").due_at) == (["waiting", "waiting"], later(9))
    assert states(woken(run, step, later(9))) == ["succeeded", "succeeded"]


def test_cancelling_leaves_a_running_step_unknown_until_its_worker_speaks() -> None:
    run, playbook = begun(RISKY)
    run = cancelled(run, "@ann", NOW)
    assert states(run) == ["cancelled", "unknown", "skipped"]
    assert states(succeeded(run, "risky", StepResult("ok"), NOW)) == ["cancelled", "succeeded", "skipped"]
    late = failed(run, playbook, "risky", PermanentStepError("no"), NOW)
    assert states(late) == ["cancelled", "failed", "skipped"]
    with pytest.raises(TransitionError):
        cancelled(run, "@ann", NOW)
    with pytest.raises(TransitionError):
        decided(run, playbook, "risky", Decision.SKIP, "@ann", now=NOW)


def test_what_the_table_does_not_hold_is_refused_and_says_what_is_possible() -> None:
    run = new_run(of_steps(LAST), "r", {}, NOW)
    with pytest.raises(
        TransitionError, match="last: succeed while pending; possible now: ask, hold, skip, start"
    ):
        succeeded(run, "last", StepResult(""), NOW)
    done = skipped(run, "last", "why", NOW)
    assert done.state is RunState.SUCCEEDED
    with pytest.raises(TransitionError, match="possible now: nothing"):
        started(done, LAST, NOW)
