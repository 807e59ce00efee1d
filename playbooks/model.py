"""A playbook and its run as data: what is to be done, and how far it has come."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum
from fnmatch import fnmatchcase
from hashlib import sha256
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from playbooks.conditions import Condition


class StepState(StrEnum):
    """Where one step of a run stands."""

    PENDING = "pending"
    WAITING_APPROVAL = "waiting_approval"
    RUNNING = "running"
    WAITING = "waiting"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    SKIPPED = "skipped"
    UNKNOWN = "unknown"
    REJECTED = "rejected"


class RunState(StrEnum):
    """Where a run stands: at its first step that is not over."""

    PENDING = "pending"
    RUNNING = "running"
    WAITING_APPROVAL = "waiting_approval"
    WAITING = "waiting"
    NEEDS_PERSON = "needs_person"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen."""
        return self in {RunState.SUCCEEDED, RunState.FAILED, RunState.CANCELLED}


class Start(StrEnum):
    """What starts a playbook."""

    ON_OPEN = "on_open"
    MANUAL = "manual"


class OnFailure(StrEnum):
    """What a failed or rejected step means for the steps after it."""

    STOP = "stop"
    CONTINUE = "continue"


@dataclass(frozen=True, slots=True)
class Trigger:
    """Which incidents a playbook starts on; an empty filter lets all through, names are glob patterns."""

    start: Start = Start.MANUAL
    severities: frozenset[str] = frozenset()
    environments: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)

    def fits(
        self, *, severity: str, environment: str, services: Collection[str], labels: Mapping[str, str]
    ) -> bool:
        """Whether it narrows the playbook down to such incidents as this one."""
        return (
            (not self.severities or severity in self.severities)
            and (not self.environments or any(fnmatchcase(environment, p) for p in self.environments))
            and (not self.services or any(fnmatchcase(s, p) for s in services for p in self.services))
            and all(labels.get(name) == value for name, value in self.labels.items())
        )


@dataclass(frozen=True, slots=True)
class Approval:
    """A person's word before a step: `prompt` is a template, `by` names who may give it (empty: anyone)."""

    prompt: str = ""
    by: tuple[str, ...] = ()
    timeout: timedelta = timedelta(hours=1)

    def allows(self, person: str) -> bool:
        """Whether this person may approve or reject; a leading @ and case do not matter."""
        names = {name.removeprefix("@").casefold() for name in self.by}
        return not names or person.removeprefix("@").casefold() in names


@dataclass(frozen=True, slots=True)
class Retry:
    """How often a step is attempted in all, and the first pause, which doubles each time."""

    attempts: int = 3
    backoff: timedelta = timedelta(seconds=5)

    def pause(self, attempts: int) -> timedelta:
        """The pause after so many attempts; at most ten minutes."""
        return min(self.backoff * (1 << min(attempts - 1, 10)), timedelta(minutes=10))


@dataclass(frozen=True, slots=True)
class Step:
    """One step, which is one effect.

    `idempotent`: doing it twice is doing it once. `checkable`: after a crash it can be looked up whether it
    was done. `hold`: the step is nothing but a wait of this length. `params` are as written, not rendered.
    """

    name: str
    title: str
    kind: str
    params: Mapping[str, Any] = field(default_factory=dict)
    idempotent: bool = True
    checkable: bool = False
    approval: Approval | None = None
    when: tuple[Condition, ...] = ()
    on_failure: OnFailure = OnFailure.STOP
    timeout: timedelta = timedelta(seconds=30)
    retry: Retry = field(default_factory=Retry)
    hold: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Playbook:
    """A playbook; `definition` is the canonical JSON of what its author wrote, `hash` pins a run to it."""

    name: str
    title: str
    steps: tuple[Step, ...]
    description: str = ""
    trigger: Trigger = field(default_factory=Trigger)
    definition: bytes = field(default=b"", repr=False)

    @property
    def hash(self) -> str:
        """SHA-256 of the definition, in hexadecimal."""
        return sha256(self.definition).hexdigest()

    def step(self, name: str) -> Step:
        """The step of that name.

        Raises:
            KeyError: there is none.
        """
        for step in self.steps:
            if step.name == name:
                return step
        raise KeyError(name)


@dataclass(frozen=True, slots=True)
class StepResult:
    """What a step found or did: a sentence for people, and JSON data that later steps can name."""

    text: str
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StepRun:
    """How far one step has come.

    `text` is what it found, what it asks, or why it was passed over. `due_at` is when its timer rings: the
    end of a wait, of the patience for an approval, of a pause before the next attempt, or of the time it
    may run.
    `doubtful`: an earlier attempt may have acted, so look before acting again.
    """

    name: str
    state: StepState = StepState.PENDING
    attempts: int = 0
    text: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    error: str = ""
    started_at: datetime | None = None
    ended_at: datetime | None = None
    due_at: datetime | None = None
    approved_by: str = ""
    doubtful: bool = False


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a playbook. `variables` is JSON in the shape of `playbooks.variables`, without secrets."""

    id: str
    playbook: str
    definition_hash: str
    steps: tuple[StepRun, ...]
    state: RunState = RunState.PENDING
    variables: Mapping[str, Any] = field(default_factory=dict)
    created_at: datetime | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    started_by: str = ""

    def step(self, name: str) -> StepRun:
        """The step of that name.

        Raises:
            KeyError: there is none.
        """
        for step in self.steps:
            if step.name == name:
                return step
        raise KeyError(name)

    def with_step(self, changed: StepRun) -> Run:
        """The run with that step in the place of the one of its name."""
        return replace(self, steps=tuple(changed if s.name == changed.name else s for s in self.steps))
