from __future__ import annotations

from datetime import timedelta

import pytest

from playbooks.model import Approval, Playbook, Retry, Run, RunState, Start, Step, StepRun, Trigger


@pytest.mark.parametrize(
    ("trigger", "wanted"),
    [
        (Trigger(Start.ON_OPEN), True),
        (Trigger(Start.MANUAL), True),
        (Trigger(Start.MANUAL, frozenset({"info"})), False),
        (Trigger(Start.ON_OPEN, frozenset({"critical"}), ("prod*",), ("check*",), {"team": "pay"}), True),
        (Trigger(Start.ON_OPEN, frozenset({"info"})), False),
        (Trigger(Start.ON_OPEN, environments=("staging",)), False),
        (Trigger(Start.ON_OPEN, services=("cart",)), False),
        (Trigger(Start.ON_OPEN, labels={"team": "x"}), False),
    ],
)
def test_a_trigger_picks_incidents(trigger: Trigger, wanted: bool) -> None:
    assert (
        trigger.fits(
            severity="critical", environment="production", services=["checkout"], labels={"team": "pay"}
        )
        is wanted
    )


def test_an_approval_names_who_may_give_it() -> None:
    assert Approval().allows("anybody")
    assert Approval(by=("@Ann",)).allows("ann")
    assert not Approval(by=("@Ann",)).allows("@bob")


def test_pauses_double_up_to_ten_minutes() -> None:
    retry = Retry(20, timedelta(seconds=5))
    assert [retry.pause(n).total_seconds() for n in (1, 2, 3, 19)] == [5, 10, 20, 600]


def test_steps_are_found_by_name() -> None:
    playbook = Playbook("p", "P", (Step("a", "A", "note"), Step("b", "B", "note")))
    run = Run("1", "p", playbook.hash, (StepRun("a"), StepRun("b")))
    assert playbook.step("b").title == "B"
    assert run.step("b").name == "b"
    for owner in (playbook, run):
        with pytest.raises(KeyError):
            owner.step("c")


def test_three_states_are_ends() -> None:
    assert {s for s in RunState if s.ended} == {RunState.SUCCEEDED, RunState.FAILED, RunState.CANCELLED}
