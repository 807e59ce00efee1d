"""What a run wants next. The host carries out the first five; `advance` takes the others itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from playbooks.model import RunState, Step


@dataclass(frozen=True, slots=True)
class Execute:
    """Carry the step out, as attempt number `attempt`; `check_first`: look whether it was done already."""

    step: Step
    attempt: int
    idempotency_key: str
    check_first: bool = False


@dataclass(frozen=True, slots=True)
class AskApproval:
    """A person has to approve or reject the step, until then."""

    step: Step
    prompt: str
    until: datetime


@dataclass(frozen=True, slots=True)
class AskPerson:
    """Whether the step was done is unknown: a person decides between retry, skip and stop."""

    step: Step
    why: str


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing to do until then, unless the step that runs ends before."""

    step: Step
    until: datetime
    why: str


@dataclass(frozen=True, slots=True)
class Finish:
    """The run is over."""

    state: RunState


@dataclass(frozen=True, slots=True)
class Skip:
    """The step does not apply."""

    step: Step
    reason: str


@dataclass(frozen=True, slots=True)
class Expire:
    """Nobody approved the step in time."""

    step: Step


@dataclass(frozen=True, slots=True)
class Wake:
    """The step's wait is over."""

    step: Step


@dataclass(frozen=True, slots=True)
class Interrupt:
    """The step was started and has not been heard of for longer than it may take."""

    step: Step


Outward = Execute | AskApproval | AskPerson | Wait | Finish
Action = Outward | Skip | Expire | Wake | Interrupt
