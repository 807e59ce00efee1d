"""Playbook runs: started once, advanced one step an effect, answered by people; each verb is a transaction.

A step is noted as started before it is done and its outcome is recorded after, in another transaction. Of a
worker that dies in between, `begin` with `lost` finds the step still running, and the engine says whether it
may be repeated or a person has to be asked.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC
from hashlib import sha256
from typing import TYPE_CHECKING, Final, Literal
from uuid import NAMESPACE_URL, uuid5

from bot.app.run_story import told
from bot.app.run_variables import run_variables
from bot.app.transactions import transact
from bot.domain.catalog import Catalog
from bot.domain.decisions import TimelineEntry
from bot.domain.effects import advance_run, run_card, say
from bot.domain.errors import NotFoundError, PermanentError, TransitionError
from bot.domain.timer import Timer, TimerKind
from bot.domain.verdicts import sentence, standing
from playbooks.actions import AskApproval, Execute, Finish
from playbooks.codec import to_json
from playbooks.engine import advance, new_run, wake_at
from playbooks.errors import NotAllowedError, PlaybookError
from playbooks.errors import TransitionError as NotPossibleError
from playbooks.execution import record
from playbooks.loader import from_definition
from playbooks.model import RunState, StepState
from playbooks.template import paths
from playbooks.transitions import Decision, approved, cancelled, current, decided, interrupted, rejected

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from bot.app.ports import Clock, IncidentPolicy, Person, Store, UnitOfWork
    from bot.domain.effects import Effect
    from bot.domain.verdicts import Standing
    from bot.domain.view import IncidentView
    from playbooks.actions import Outward
    from playbooks.execution import Outcome
    from playbooks.model import Playbook, Run

Answer = Literal["approve", "reject", "retry", "skip", "stop"]
_OF_THE_SUSPECT: Final = {"suspect", "changed"}
LOST: Final = "the worker that did it was lost"
_RUN: Final = uuid5(NAMESPACE_URL, "tocsin:run")


@dataclass(frozen=True, slots=True)
class Begun:
    """A run that has been advanced, and what it wants from outside."""

    incident_id: str
    run: Run
    playbook: Playbook
    action: Outward


def run_id_of(incident_id: str, playbook: str, earlier: int = 0) -> str:
    """The id of a playbook's run on an incident after so many earlier ones: whoever starts it, it is one."""
    return str(uuid5(_RUN, f"{incident_id}:{playbook}" + (f":{earlier}" if earlier else "")))


@dataclass(frozen=True, slots=True)
class RunDesk:
    """The verbs on runs; `playbooks` are those of the installation and of the library, by name."""

    store: Store
    clock: Clock
    policy: IncidentPolicy
    playbooks: Mapping[str, Playbook]
    catalog: Catalog = field(default_factory=Catalog)

    # -- starting

    async def start_runs(self, incident_id: str, names: Iterable[str], started_by: str = "") -> list[str]:
        """Start the named playbooks on the incident; gives the ids of the runs that are new.

        One runs once by itself. A person may start it again (`started_by`) when its run has ended.
        """
        wanted = tuple(names)
        return await transact(self.store, lambda uow: self.start(uow, incident_id, wanted, started_by))

    async def start(
        self, uow: UnitOfWork, incident_id: str, names: Iterable[str], started_by: str = ""
    ) -> list[str]:
        """As `start_runs`, within a transaction. A playbook that is not there is told on the timeline."""
        view = await uow.incidents.view(incident_id)
        new: list[str] = []
        for name in dict.fromkeys(names):
            playbook = self.playbooks.get(name)
            if playbook is None:
                text = f"Playbook {name} was to start, but there is none of that name."
                line = TimelineEntry(incident_id, self.clock(), "run_missing", text, f"playbook {name}")
                await uow.incidents.tell([line])
            elif started_by or _wants(playbook, view):
                new += await self._start(uow, view, playbook, started_by)
        return new

    async def _start(
        self, uow: UnitOfWork, view: IncidentView, playbook: Playbook, started_by: str
    ) -> list[str]:
        incident_id, now = view.incident.id, self.clock()
        earlier = [one for one in view.runs if one.playbook == playbook.name]
        if earlier and (not started_by or earlier[-1].ended_at is None):
            return []
        variables = run_variables(view, self.catalog, self.policy)
        run_id = run_id_of(incident_id, playbook.name, len(earlier))
        run = new_run(playbook, run_id, variables, now, started_by)
        await uow.runs.pin(playbook.hash, playbook.definition)
        if not await uow.runs.add(incident_id, run):
            return []
        await uow.incidents.tell(told(incident_id, None, run, playbook, now))
        await uow.outbox.add(
            [run_card(incident_id, run.id, "started"), advance_run(incident_id, run.id, "started")]
        )
        return [run.id]

    # -- advancing

    async def begin(self, uow: UnitOfWork, incident_id: str, run_id: str, *, lost: bool) -> Begun:
        """Take every step that needs nobody, and say what is wanted next; an `Execute` is noted as started.

        `lost`: an earlier worker on this run did not say how it ended.

        Raises:
            NotFoundError: there is no such run.
            PermanentError: its pinned playbook cannot be read.
        """
        now = self.clock()
        # The incident first, as everybody who locks both does: no deadlock with a person who resolves.
        incident = await uow.incidents.get(incident_id, lock=True)
        _, run = await uow.runs.get(run_id, lock=True)
        playbook = await pinned(uow, run)
        before, step = run, current(run)
        if lost and step is not None and step.state is StepState.RUNNING:
            run = interrupted(run, playbook, step.name, now, LOST)
        ready = run
        run, action = advance(run, playbook, now)
        if not incident.is_open and _needs_a_yes(action):
            run = cancelled(ready, incident.resolved_by or "the end of the incident", now)
            action = Finish(run.state)
        await _keep(uow, incident_id, before, run, playbook, now=now)
        return Begun(incident_id, run, playbook, action)

    async def finish(self, uow: UnitOfWork, begun: Begun, action: Execute, outcome: Outcome) -> None:
        """Record how a step ended, and see to what follows.

        News of a step that does not run any more (somebody decided in the meantime) changes nothing.
        """
        now = self.clock()
        await uow.incidents.get(begun.incident_id, lock=True)
        _, before = await uow.runs.get(begun.run.id, lock=True)
        try:
            run = record(before, begun.playbook, action, outcome, now)
        except NotPossibleError:
            return
        await _keep(uow, begun.incident_id, before, run, begun.playbook, now=now)
        if _goes_on(run):
            cause = f"{action.step.name}:{action.attempt}:ended"
            await uow.outbox.add([advance_run(begun.incident_id, run.id, cause)])

    # -- answering

    async def answer_step(self, run_id: str, step: str, answer: Answer, person: Person) -> None:
        """A person approves or rejects a step, or says how to go on after an unknown outcome.

        Raises:
            NotFoundError: there is no such run or step.
            TransitionError: the step does not ask (any more), or somebody else was asked.
        """

        async def work(uow: UnitOfWork) -> None:
            incident_id, _ = await uow.runs.get(run_id)
            await uow.incidents.get(incident_id, lock=True)
            _, before = await uow.runs.get(run_id, lock=True)
            playbook, now = await pinned(uow, before), self.clock()
            if step not in {one.name for one in before.steps}:
                raise NotFoundError(f"playbook {before.playbook} has no step {step}")
            if answer == "approve":
                said = standing((await uow.verdicts.of([incident_id])).get(incident_id, ()))
                _still_meant(before, playbook, step, said)
            run = _answered(before, playbook, step, answer, person, now=now)
            text = f"{person.mention}: {answer} {playbook.step(step).title}"
            line = TimelineEntry(incident_id, now, f"step_{answer}", text, person.mention)
            await uow.incidents.tell([line])
            await _keep(uow, incident_id, before, run, playbook, now=now)
            if _goes_on(run):
                cause = f"{step}:{run.step(step).attempts}:{answer}"
                await uow.outbox.add([advance_run(incident_id, run_id, cause)])

        await transact(self.store, work)


async def pinned(uow: UnitOfWork, run: Run) -> Playbook:
    """The playbook that the run was started with.

    Raises:
        PermanentError: it is not kept, or this version cannot read it.
    """
    definition = await uow.runs.definition(run.definition_hash)
    if definition is None:
        raise PermanentError(f"the definition of playbook {run.playbook} is not kept")
    try:
        return from_definition(definition)
    except PlaybookError as error:
        raise PermanentError(f"playbook {run.playbook} cannot be read any more: {error}") from error


async def cancel_waiting(uow: UnitOfWork, incident_id: str, person: Person, now: datetime) -> None:
    """End the runs that wait for an approval, because the incident is over; others go on to their end."""
    for one in await uow.runs.of_incident(incident_id):
        _, before = await uow.runs.get(one.id, lock=True)
        if before.state is RunState.WAITING_APPROVAL:
            try:
                playbook = await pinned(uow, before)
            except PermanentError:
                playbook = None  # what cannot be read any more does not keep an incident open
            run = cancelled(before, person.mention, now)
            await _keep(uow, incident_id, before, run, playbook, now=now)


def _needs_a_yes(action: Outward) -> bool:
    """Whether it asks people, or would first do what they agreed to while the incident was open."""
    if isinstance(action, Execute):
        return action.step.approval is not None and action.attempt == 1
    return isinstance(action, AskApproval)


def _wants(playbook: Playbook, view: IncidentView) -> bool:
    """Whether a playbook that a rule names starts; its own trigger may narrow it down."""
    incident = view.incident
    return playbook.trigger.fits(
        severity=str(incident.severity),
        environment=incident.environment,
        services=incident.services,
        labels=view.alerts[0].labels if view.alerts else {},
    )


def _answered(
    run: Run, playbook: Playbook, step: str, answer: Answer, person: Person, *, now: datetime
) -> Run:
    by, also = person.mention, person.id
    try:
        if answer == "approve":
            return approved(run, playbook, step, by, now, also=also)
        if answer == "reject":
            return rejected(run, playbook, step, by, now, also=also)
        return decided(run, playbook, step, Decision(answer), by, now=now, also=also)
    except (NotPossibleError, NotAllowedError) as error:
        raise TransitionError(str(error)) from error


def _still_meant(run: Run, playbook: Playbook, step: str, said: Standing) -> None:
    """What was asked because of a suspect is not done once a person has said that it was not that.

    Raises:
        TransitionError: the step rests on a suspect that somebody has ruled out, or put another cause before.
    """
    suspect = run.variables.get("suspect", {}).get("id")
    if not suspect or all(path.parts[0] not in _OF_THE_SUSPECT for path in paths(playbook.step(step).params)):
        return
    words = [one for one in said.ruled_out if one.change is not None and one.change.change_id == suspect]
    cause = said.cause.change if said.cause else None
    if said.decided is not None and (cause is None or cause.change_id != suspect):
        words.append(said.decided)
    if words:
        raise TransitionError(f"{step}: it was asked because {suspect} was suspect, and {sentence(words[0])}")


def _goes_on(run: Run) -> bool:
    """Whether there is something to do at once; else a timer, a person or nobody is waited for."""
    step = current(run)
    return step is not None and step.state is StepState.PENDING and step.due_at is None


def _fingerprint(run: Run) -> str:
    """Names what a run's card would show; no state of a run comes twice, since attempts and times grow."""
    return sha256(json.dumps(to_json(run), sort_keys=True, default=str).encode()).hexdigest()[:32]


def _asked_aloud(incident_id: str, before: Run, run: Run, playbook: Playbook) -> Iterator[Effect]:
    """A card that changes notifies nobody, and without an answer such a step is never told otherwise."""
    step = current(run)
    if (
        step is None
        or step.state is not StepState.UNKNOWN
        or before.step(step.name).state is StepState.UNKNOWN
    ):
        return
    text = (
        f"{playbook.title} needs a person: {playbook.step(step.name).title}, {step.text}. Answer on its card."
    )
    yield say(incident_id, text, f"{run.id}:{step.name}:{step.attempts}:unknown")


async def _keep(
    uow: UnitOfWork, incident_id: str, before: Run, run: Run, playbook: Playbook | None, *, now: datetime
) -> None:
    """Write the run with all that follows from what changed: its timer, its card, the timeline.

    Of a run whose playbook cannot be read any more nothing is told but its card.
    """
    if run != before:
        await uow.runs.save(run)
        await uow.outbox.add([run_card(incident_id, run.id, _fingerprint(run))])
        if playbook is not None:
            await uow.incidents.tell(told(incident_id, before, run, playbook, now))
            await uow.outbox.add(_asked_aloud(incident_id, before, run, playbook))
    await uow.timers.cancel(TimerKind.RUN_WAKE, run.id)
    due = wake_at(run)
    if due is not None:
        generation = int(now.astimezone(UTC).timestamp())
        await uow.timers.set([Timer(TimerKind.RUN_WAKE, run.id, due, generation)])
