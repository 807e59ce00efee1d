from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from playbooks.codec import from_json, to_json
from playbooks.model import Run, RunState, StepRun, StepState

TIMES = st.none() | st.datetimes(timezones=st.just(UTC))
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)
OBJECTS = st.dictionaries(st.text(max_size=3), JSON, max_size=3)
STEPS = st.builds(
    StepRun,
    st.text(max_size=5),
    st.sampled_from(StepState),
    data=OBJECTS,
    started_at=TIMES,
    ended_at=TIMES,
    due_at=TIMES,
    doubtful=st.booleans(),
)
RUNS = st.builds(
    Run,
    st.text(max_size=5),
    st.just("p"),
    st.just("h"),
    st.lists(STEPS, max_size=3).map(tuple),
    st.sampled_from(RunState),
    OBJECTS,
    TIMES,
    TIMES,
    TIMES,
)


@given(RUNS)
def test_a_run_survives_the_way_through_a_row(run: Run) -> None:
    back = from_json(json.loads(json.dumps(to_json(run))))
    assert back == run


def test_times_and_states_are_words_in_a_row() -> None:
    at = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
    run = Run("1", "p", "h", (StepRun("a", StepState.SUCCEEDED, started_at=at),), RunState.SUCCEEDED)
    row = json.loads(json.dumps(to_json(run)))
    assert (row["state"], row["steps"][0]["started_at"]) == ("succeeded", "2026-11-21T12:00:00+00:00")
    assert from_json(row) == run


def test_fields_of_a_neighbouring_version_do_no_harm() -> None:
    row = to_json(Run("1", "p", "h", (StepRun("a"),)))
    row["colour"] = row["steps"][0]["colour"] = "of a newer version"
    del row["started_by"], row["steps"][0]["doubtful"]
    assert from_json(row) == Run("1", "p", "h", (StepRun("a"),))
