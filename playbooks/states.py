"""The state tables of a step and of the run that it is in.

    pending          skip -> skipped, ask -> waiting_approval, hold -> waiting, start -> running
    waiting_approval approve -> pending, reject -> rejected, expire -> rejected, skip -> skipped
    running          succeed -> succeeded, fail -> failed, again -> pending, doubt -> unknown, skip -> skipped
    waiting          wake -> succeeded, skip -> skipped
    unknown          retry -> pending, skip -> skipped, stop -> failed, succeed -> succeeded, fail -> failed

The first three ways out of unknown are a person's decision, the others are late news of the attempt.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from playbooks.model import RunState, StepState

if TYPE_CHECKING:
    from collections.abc import Mapping


class StepEvent(StrEnum):
    """What can happen to a step."""

    SKIP = "skip"
    ASK = "ask"
    APPROVE = "approve"
    REJECT = "reject"
    EXPIRE = "expire"
    HOLD = "hold"
    WAKE = "wake"
    START = "start"
    SUCCEED = "succeed"
    FAIL = "fail"
    AGAIN = "again"
    DOUBT = "doubt"
    RETRY = "retry"
    STOP = "stop"


STEP_TRANSITIONS: Final[Mapping[tuple[StepState, StepEvent], StepState]] = {
    (StepState.PENDING, StepEvent.SKIP): StepState.SKIPPED,
    (StepState.PENDING, StepEvent.ASK): StepState.WAITING_APPROVAL,
    (StepState.PENDING, StepEvent.HOLD): StepState.WAITING,
    (StepState.PENDING, StepEvent.START): StepState.RUNNING,
    (StepState.WAITING_APPROVAL, StepEvent.APPROVE): StepState.PENDING,
    (StepState.WAITING_APPROVAL, StepEvent.REJECT): StepState.REJECTED,
    (StepState.WAITING_APPROVAL, StepEvent.EXPIRE): StepState.REJECTED,
    (StepState.WAITING_APPROVAL, StepEvent.SKIP): StepState.SKIPPED,
    (StepState.RUNNING, StepEvent.SUCCEED): StepState.SUCCEEDED,
    (StepState.RUNNING, StepEvent.FAIL): StepState.FAILED,
    (StepState.RUNNING, StepEvent.AGAIN): StepState.PENDING,
    (StepState.RUNNING, StepEvent.DOUBT): StepState.UNKNOWN,
    (StepState.RUNNING, StepEvent.SKIP): StepState.SKIPPED,
    (StepState.WAITING, StepEvent.WAKE): StepState.SUCCEEDED,
    (StepState.WAITING, StepEvent.SKIP): StepState.SKIPPED,
    (StepState.UNKNOWN, StepEvent.RETRY): StepState.PENDING,
    (StepState.UNKNOWN, StepEvent.SKIP): StepState.SKIPPED,
    (StepState.UNKNOWN, StepEvent.STOP): StepState.FAILED,
    (StepState.UNKNOWN, StepEvent.SUCCEED): StepState.SUCCEEDED,
    (StepState.UNKNOWN, StepEvent.FAIL): StepState.FAILED,
}

# What the run is while its first step that is not over is in this state.
RUN_STATES: Final[Mapping[StepState, RunState]] = {
    StepState.PENDING: RunState.RUNNING,
    StepState.WAITING_APPROVAL: RunState.WAITING_APPROVAL,
    StepState.RUNNING: RunState.RUNNING,
    StepState.WAITING: RunState.WAITING,
    StepState.UNKNOWN: RunState.NEEDS_PERSON,
}

# How the run ends where a step in this state stops it.
STOPPED: Final[Mapping[StepState, RunState]] = {
    StepState.FAILED: RunState.FAILED,
    StepState.REJECTED: RunState.CANCELLED,
}
