from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from playbooks.actions import AskApproval, AskPerson, Execute, Finish, Skip, Wait
from playbooks.codec import from_json, to_json
from playbooks.conditions import Comparison, Condition
from playbooks.engine import advance, asks, new_run, next_step, wake_at
from playbooks.errors import (
    PermanentStepError,
    PlaybookError,
    RetryableStepError,
    TransitionError,
    UncertainStepError,
)
from playbooks.model import (
    Approval,
    OnFailure,
    Playbook,
    Retry,
    Run,
    RunState,
    Step,
    StepResult,
    StepState,
)
from playbooks.template import parse_path
from playbooks.transitions import (
    Decision,
    approved,
    cancelled,
    decided,
    failed,
    interrupted,
    rejected,
    succeeded,
)
from tests.playbooks.samples import NOW, VARIABLES, later, of_steps
from tests.support.examples import examples

if TYPE_CHECKING:
    from collections.abc import Mapping

NOTE = Step("tell", "Tell", "note", {"text": "{{ incident.id }}"})


def fresh(*steps: Step, variables: Mapping[str, object] = VARIABLES) -> tuple[Run, Playbook]:
    playbook = of_steps(*steps)
    return new_run(playbook, "r1", variables, NOW, "@ann"), playbook


def test_a_step_is_executed_with_a_key_that_does_not_change() -> None:
    run, playbook = fresh(NOTE)
    run, action = advance(run, playbook, NOW)
    assert action == Execute(NOTE, 1, "r1:tell")
    assert (run.state, run.step("tell").state) == (RunState.RUNNING, StepState.RUNNING)
    run = failed(run, playbook, "tell", RetryableStepError("x"), NOW)
    run, action = advance(run, playbook, later(2))
    assert action == Wait(NOTE, later(5), "tried again after: x")
    run, action = advance(run, playbook, later(5))
    assert action == Execute(NOTE, 2, "r1:tell")


def test_while_a_step_runs_there_is_nothing_to_do_and_an_overdue_one_counts_as_interrupted() -> None:
    run, playbook = fresh(replace(NOTE, idempotent=False))
    run, _ = advance(run, playbook, NOW)
    run, action = advance(run, playbook, later(10))
    assert isinstance(action, Wait)
    assert wake_at(run) == action.until == later(60)
    run, action = advance(run, playbook, later(60))
    assert isinstance(action, AskPerson)
    assert "nothing was heard of it" in action.why
    assert (asks(run, "tell"), wake_at(run)) == ("decide", None)


def test_a_step_whose_variable_is_not_set_is_skipped_with_the_reason() -> None:
    step = replace(NOTE, params={"text": "{{ service.links.metrics }}", "n": 1}, approval=Approval())
    run, playbook = fresh(step, NOTE.__class__("two", "Two", "note", {"text": "plain"}))
    assert next_step(run, playbook, NOW) == Skip(
        step, "service.links.metrics is not set (links of the service, in the catalogue)"
    )
    run, action = advance(run, playbook, NOW)
    assert run.step("tell").state is StepState.SKIPPED
    assert isinstance(action, Execute)
    assert action.step.name == "two"


def test_secrets_are_left_to_the_toolbox() -> None:
    run, playbook = fresh(replace(NOTE, params={"headers": {"A": "{{ secrets.token }}"}}))
    assert isinstance(next_step(run, playbook, NOW), Execute)


def test_a_condition_that_does_not_hold_skips_the_step() -> None:
    condition = Condition(parse_path("incident.severity"), Comparison.IS, "info")
    run, playbook = fresh(replace(NOTE, when=(condition,)))
    run, action = advance(run, playbook, NOW)
    assert action == Finish(RunState.SUCCEEDED)
    assert run.step("tell").text == "incident.severity is critical, not info"


@pytest.mark.parametrize(
    ("prompt", "asked"),
    [
        ("Roll {{ service.name }} back?", "Roll checkout back?"),
        ("", "Tell"),
        ("{{ alert.name }}", "Tell (alert.name is not set)"),
    ],
)
def test_approval_is_asked_once_and_then_the_step_is_executed(prompt: str, asked: str) -> None:
    run, playbook = fresh(replace(NOTE, approval=Approval(prompt)))
    run, action = advance(run, playbook, NOW)
    assert isinstance(action, AskApproval)
    assert (action.prompt, action.until) == (asked, later(3600))
    again, same = advance(run, playbook, later(9))
    assert (again, same) == (run, action)
    assert (asks(run, "tell"), asks(run, "other")) == ("approve", "")
    run = approved(run, playbook, "tell", "@ann", later(10))
    run, action = advance(run, playbook, later(10))
    assert isinstance(action, Execute)


def test_an_approval_that_nobody_gives_ends_the_run() -> None:
    run, playbook = fresh(replace(NOTE, approval=Approval()))
    run, _ = advance(run, playbook, NOW)
    run, action = advance(run, playbook, later(3600))
    assert action == Finish(RunState.CANCELLED)
    assert (asks(run, "tell"), wake_at(run)) == ("", None)


def test_a_wait_is_a_timer() -> None:
    run, playbook = fresh(Step("pause", "Pause", "wait", hold=timedelta(seconds=60)), NOTE)
    run, action = advance(run, playbook, NOW)
    assert isinstance(action, Wait)
    assert (run.state, wake_at(run), action.until) == (RunState.WAITING, later(60), later(60))
    assert advance(run, playbook, later(59)) == (run, action)
    _, following = advance(run, playbook, later(60))
    assert isinstance(following, Execute)


def test_a_checkable_step_is_looked_at_before_it_is_repeated() -> None:
    step = replace(NOTE, idempotent=False, checkable=True)
    run, playbook = fresh(step)
    run, _ = advance(run, playbook, NOW)
    run = interrupted(run, playbook, "tell", NOW)
    _, action = advance(run, playbook, later(5))
    assert action == Execute(step, 2, "r1:tell", check_first=True)


def test_a_run_is_pinned_to_its_definition() -> None:
    run, playbook = fresh(NOTE)
    with pytest.raises(PlaybookError, match="pinned"):
        next_step(run, replace(playbook, definition=b"other"), NOW)


def test_a_playbook_without_steps_is_done() -> None:
    run, playbook = fresh()
    assert advance(run, playbook, NOW)[1] == Finish(RunState.SUCCEEDED)


# -- whatever happens, in whatever order

STEPS = st.builds(
    Step,
    name=st.just(""),
    title=st.just("Step"),
    kind=st.just("note"),
    params=st.sampled_from([{}, {"text": "{{ incident.id }}"}, {"text": "{{ alert.name }}"}]),
    idempotent=st.booleans(),
    checkable=st.booleans(),
    approval=st.sampled_from([None, Approval("Sure?"), Approval(by=("@ann",))]),
    on_failure=st.sampled_from(OnFailure),
    retry=st.integers(1, 3).map(Retry),
    hold=st.sampled_from([None, timedelta(seconds=20)]),
)
WORKERS = ["succeed", "permanent", "retryable", "uncertain", "crash"]
DECISIONS = ["retry", "skip", "stop"]
ALL = ["advance", "pass time", "long time", *WORKERS, "approve", "reject", *DECISIONS, "cancel"]
# What a host would do in each state; blind chance alone would seldom come far.
LIKELY = {
    RunState.PENDING: ["advance"],
    RunState.RUNNING: [*WORKERS, "advance"],
    RunState.WAITING: ["pass time", "advance"],
    RunState.WAITING_APPROVAL: ["approve", "approve", "reject", "long time", "advance"],
    RunState.NEEDS_PERSON: [*DECISIONS, "succeed", "uncertain"],
}
CHANCES = st.integers(0, 999)
TIMES = {"pass time": 15, "long time": 4000}
ERRORS = {
    "permanent": PermanentStepError("p"),
    "retryable": RetryableStepError("r"),
    "uncertain": UncertainStepError("u"),
}


class Play:
    """Plays events against a run and holds the promises after each of them."""

    def __init__(self, steps: list[Step]) -> None:
        named = tuple(replace(step, name=f"s{n}") for n, step in enumerate(steps))
        self.playbook = of_steps(*named)
        self.run = new_run(self.playbook, "r", VARIABLES, NOW)
        self.now = NOW
        self.unsettled: Counter[str] = Counter()
        self.executing = ""

    def chance(self, number: int) -> None:
        """The event that a number stands for: a likely one, or in one of eight cases any."""
        likely = LIKELY.get(self.run.state, ALL) if number % 8 else ALL
        self.happen(likely[number // 8 % len(likely)])

    def happen(self, event: str) -> None:
        """One event; what the state does not allow is refused and changes nothing."""
        before = self.run
        try:
            self._apply(event)
        except TransitionError:
            assert self.run == before
        if before.state.ended:
            assert self.run.state is before.state
        self.check()

    def _apply(self, event: str) -> None:
        if event == "advance":
            self.run, action = advance(self.run, self.playbook, self.now)
            if isinstance(action, Execute):
                self.execute(action)
        elif event in TIMES:
            self.now += timedelta(seconds=TIMES[event])
        elif event in ERRORS:
            name = self.executing or "s0"
            self.run = failed(self.run, self.playbook, name, ERRORS[event], self.now)
            if event == "retryable":
                self.unsettled[name] = 0  # nothing was done, for certain
        elif event == "succeed":
            self.run = succeeded(self.run, self.executing or "s0", StepResult("ok"), self.now)
        elif event == "crash":
            self.run = interrupted(self.run, self.playbook, self.executing or "s0", self.now)
        else:
            self._person(event)

    def _person(self, event: str) -> None:
        at = next((s.name for s in self.run.steps if asks(self.run, s.name)), "s0")
        if event == "cancel":
            self.run = cancelled(self.run, "@ann", self.now)
        elif event in {"approve", "reject"}:
            act = approved if event == "approve" else rejected
            self.run = act(self.run, self.playbook, at, "@ann", self.now)
        else:
            self.run = decided(self.run, self.playbook, at, Decision(event), "@ann", now=self.now)
            self.unsettled[at] = 0

    def execute(self, action: Execute) -> None:
        """A step that must not be repeated blindly is looked up first, or waits for a person's word."""
        step = action.step
        if step.approval:
            assert self.run.step(step.name).approved_by
        if not step.idempotent and self.unsettled[step.name]:
            assert action.check_first
        assert action.idempotency_key == f"r:{step.name}"
        self.unsettled[step.name] += 1
        self.executing = step.name

    def check(self) -> None:
        """The state is one that somebody or some time leads out of."""
        run = from_json(to_json(self.run))
        assert run == self.run
        over = {StepState.SUCCEEDED, StepState.FAILED, StepState.SKIPPED, StepState.REJECTED}
        open_steps = [s for s in run.steps if s.state not in over]
        if run.state.ended:
            assert run.ended_at is not None
            assert all(s.state is StepState.UNKNOWN for s in open_steps)
            return
        assert all(s.state is StepState.PENDING for s in open_steps[1:])
        if run.state in {RunState.WAITING, RunState.WAITING_APPROVAL}:
            assert isinstance(wake_at(run), datetime)
        if run.state is RunState.NEEDS_PERSON:
            assert any(asks(run, s.name) == "decide" for s in run.steps)


@settings(max_examples=examples(200), deadline=None)
@given(st.lists(STEPS, min_size=1, max_size=3), st.lists(CHANCES, min_size=10, max_size=40))
def test_promises_hold_whatever_happens(steps: list[Step], chances: list[int]) -> None:
    play = Play(steps)
    for number in chances:
        play.chance(number)


@settings(max_examples=examples(50), deadline=None)
@given(st.lists(STEPS, min_size=1, max_size=4), st.lists(CHANCES, max_size=20))
def test_left_alone_a_run_ends_or_waits_for_a_person(steps: list[Step], chances: list[int]) -> None:
    play = Play(steps)
    for number in chances:
        play.chance(number)
    for _ in range(60):
        play.happen("long time")
        play.happen("advance")
    assert play.run.state.ended or play.run.state is RunState.NEEDS_PERSON
