from __future__ import annotations

from playbooks import states
from playbooks.model import StepState
from playbooks.states import RUN_STATES, STEP_TRANSITIONS, STOPPED


def test_the_tables_agree() -> None:
    """Each state that is not over has a run state and a way out; no other has a way out."""
    assert {state for state, _ in STEP_TRANSITIONS} == set(RUN_STATES)
    assert set(STEP_TRANSITIONS.values()) == set(StepState)
    assert not set(STOPPED) & set(RUN_STATES)


def test_the_drawing_is_the_table() -> None:
    drawn = {
        (state, event.strip(), following.strip())
        for line in (states.__doc__ or "").splitlines()
        if line.startswith("    ")
        for state, ways in [line.split(maxsplit=1)]
        for event, following in [way.split("->") for way in ways.split(",")]
    }
    assert drawn == {(s.value, e.value, f.value) for (s, e), f in STEP_TRANSITIONS.items()}
