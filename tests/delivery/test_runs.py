"""A playbook run from its start to its end, and what becomes of it when a worker is lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.effects import EffectKind
from bot.domain.errors import NotFoundError, StoreUnavailableError, TransitionError
from bot.domain.verdicts import Judgement, Verdict
from playbooks.errors import RetryableStepError, UncertainStepError
from playbooks.model import RunState, StepState
from playbooks.toolbox import HttpResponse
from tests.delivery.stage import ANNA, BOB, LOOK, Stage, playbook, stage
from tests.support.incident_views import NOW, change, ranking

RESTART = "http://deploy.test/restart"


def run_of(it: Stage) -> tuple[str, RunState]:
    ((_, run),) = it.store.state.runs.values()
    return run.id, run.state


def step_of(it: Stage, name: str) -> StepState:
    ((_, run),) = it.store.state.runs.values()
    return run.step(name).state


def card_of(it: Stage, incident: str) -> str:
    return next(text for text in it.texts(incident) if text.startswith("first-look"))


async def test_a_run_looks_asks_acts_and_says_so() -> None:
    it = stage(playbooks=[playbook()])
    incident = await it.declare()
    await it.settle()
    run_id, state = run_of(it)
    assert state is RunState.WAITING_APPROVAL
    assert card_of(it, incident) == (
        "first-look waiting_approval: health succeeded, restart waiting_approval, done pending"
    )
    await it.runs.answer_step(run_id, "restart", "approve", ANNA)
    await it.settle()
    assert run_of(it)[1] is RunState.SUCCEEDED
    assert [one.url for one in it.toolbox.requests] == ["http://checkout.test/", RESTART]
    assert it.toolbox.requests[1].idempotency_key == f"{run_id}:restart"
    assert list(it.toolbox.posted.values()) == ["Restarted."]
    assert card_of(it, incident).startswith("first-look succeeded")
    told = it.store.told(incident)
    assert "First look started." in told
    assert "@anna: approve Restart" in told
    assert "First look has ended well." in told


async def test_a_repeated_start_adds_nothing() -> None:
    it = stage(playbooks=[playbook()])
    incident = await it.declare()
    await it.settle()
    assert await it.runs.start_runs(incident, ["first-look"]) == []
    assert len(it.store.state.runs) == 1


async def test_a_person_may_start_one_again_when_its_run_has_ended() -> None:
    it = stage(playbooks=[playbook()])
    incident = await it.declare()
    await it.settle()
    first, _ = run_of(it)
    assert await it.runs.start_runs(incident, ["first-look"], "@anna") == []  # it still runs
    await it.runs.answer_step(first, "restart", "reject", ANNA)
    await it.settle()
    assert await it.runs.start_runs(incident, ["first-look"]) == []
    (again,) = await it.runs.start_runs(incident, ["first-look"], "@anna")
    await it.settle()
    await it.runs.answer_step(again, "restart", "approve", ANNA)
    await it.settle()
    states = {run_id: run.state for run_id, (_, run) in it.store.state.runs.items()}
    assert states == {first: RunState.CANCELLED, again: RunState.SUCCEEDED}
    assert it.toolbox.requests[-1].idempotency_key == f"{again}:restart"


async def test_an_unknown_playbook_is_told() -> None:
    it = stage()
    incident = await it.declare()
    assert await it.runs.start_runs(incident, ["nowhere"]) == []
    assert "Playbook nowhere was to start, but there is none of that name." in it.store.told(incident)


async def test_a_trigger_narrows_a_rule_down_but_not_a_person() -> None:
    narrow = playbook(LOOK.replace("{start: on_open}", "{start: on_open, severities: [critical]}"))
    it = stage(playbooks=[narrow])
    incident = await it.declare()
    await it.settle()
    assert not it.store.state.runs
    assert len(await it.runs.start_runs(incident, ["first-look"], "@anna")) == 1


async def test_a_rejection_ends_the_run() -> None:
    it = stage(playbooks=[playbook()])
    await it.declare()
    await it.settle()
    await it.runs.answer_step(run_of(it)[0], "restart", "reject", ANNA)
    await it.settle()
    assert run_of(it)[1] is RunState.CANCELLED
    assert RESTART not in [one.url for one in it.toolbox.requests]


async def test_an_answer_that_nobody_asked_for_is_refused() -> None:
    it = stage(playbooks=[playbook()])
    await it.declare()
    await it.settle()
    run_id, _ = run_of(it)
    with pytest.raises(NotFoundError):
        await it.runs.answer_step(run_id, "nowhere", "approve", ANNA)
    with pytest.raises(NotFoundError):
        await it.runs.answer_step("nowhere", "restart", "approve", ANNA)
    with pytest.raises(TransitionError):
        await it.runs.answer_step(run_id, "restart", "retry", ANNA)
    await it.runs.answer_step(run_id, "restart", "approve", ANNA)
    with pytest.raises(TransitionError):
        await it.runs.answer_step(run_id, "restart", "approve", BOB)


async def test_only_those_who_are_named_may_approve() -> None:
    text = LOOK.replace('prompt: "Restart', 'by: ["U2"], prompt: "Restart')
    it = stage(playbooks=[playbook(text)])
    await it.declare()
    await it.settle()
    with pytest.raises(TransitionError, match="may not approve"):
        await it.runs.answer_step(run_of(it)[0], "restart", "approve", ANNA)
    await it.runs.answer_step(run_of(it)[0], "restart", "approve", BOB)


async def test_what_rests_on_a_suspect_that_somebody_ruled_out_is_not_approved() -> None:
    asks = LOOK.replace(
        '"http://deploy.test/restart"}', '"http://deploy.test/restart", body: {of: "{{ suspect.id }}"}}'
    )
    for judgement, about in (
        (Judgement.DID_NOT, "deploy-77"),
        (Judgement.CAUSED, "flag-7"),
        (Judgement.NO_CHANGE, ""),
    ):
        it = stage(playbooks=[playbook(asks)])
        incident = await it.declare()
        it.store.state.rankings[incident] = [replace(ranking(), incident_id=incident)]
        await it.settle()
        verdict = Verdict(
            "v1", incident, judgement, change(change_id=about) if about else None, "U2", "@bob", "slack", NOW
        )
        it.store.state.verdicts.append(verdict)
        with pytest.raises(TransitionError, match="because deploy-77 was suspect, and @bob says that"):
            await it.runs.answer_step(run_of(it)[0], "restart", "approve", ANNA)
        it.store.state.verdicts.clear()
        await it.runs.answer_step(run_of(it)[0], "restart", "approve", ANNA)


async def test_nobody_approves_in_time() -> None:
    it = stage(playbooks=[playbook()])
    await it.declare()
    await it.settle()
    await it.later(3601)
    assert step_of(it, "restart") is StepState.REJECTED
    assert run_of(it)[1] is RunState.CANCELLED


async def test_a_step_that_failed_for_now_is_tried_again_later() -> None:
    it = stage(playbooks=[playbook()])
    it.toolbox.responses["http://checkout.test/"] = RetryableStepError("no connection")
    await it.declare()
    await it.settle()
    assert step_of(it, "health") is StepState.PENDING
    it.toolbox.responses["http://checkout.test/"] = HttpResponse(200)
    await it.later(6)
    assert step_of(it, "health") is StepState.SUCCEEDED
    assert len(it.toolbox.requests) == 2


async def test_a_step_of_unknown_outcome_asks_a_person_who_lets_it_be_done_again() -> None:
    it = stage(playbooks=[playbook()])
    it.toolbox.responses[RESTART] = UncertainStepError("the answer was lost")
    incident = await it.declare()
    await it.settle()
    run_id, _ = run_of(it)
    await it.runs.answer_step(run_id, "restart", "approve", ANNA)
    await it.settle()
    assert run_of(it)[1] is RunState.NEEDS_PERSON
    said = [text for text in it.texts(incident) if "needs a person" in text]
    assert said == [
        (
            "First look needs a person: Restart, whether it was done is unknown: the answer was lost. "
            "Answer on its card."
        )
    ], "a card that changes notifies nobody"
    del it.toolbox.responses[RESTART]
    await it.runs.answer_step(run_id, "restart", "retry", ANNA)
    await it.settle()
    assert run_of(it)[1] is RunState.SUCCEEDED


async def _lose_the_worker_in_the_middle_of_the_restart(it: Stage) -> None:
    """The step acts, and every commit after that fails until the lease has run out."""
    await it.declare()
    await it.settle()
    await it.runs.answer_step(run_of(it)[0], "restart", "approve", ANNA)
    original = it.toolbox.http_request

    async def acts_and_loses_the_database(request: object) -> HttpResponse:
        answer = await original(request)  # type: ignore[arg-type] # passed through as it came
        it.store.down = True
        return answer

    object.__setattr__(it.outside, "toolbox", lambda _: _Box(it, acts_and_loses_the_database))
    with pytest.raises(StoreUnavailableError):
        await it.settle()
    it.store.down = False
    object.__setattr__(it.outside, "toolbox", lambda _: it.toolbox)


class _Box:
    """The stage's toolbox with another way to send."""

    def __init__(self, it: Stage, http_request: object) -> None:
        self._it = it
        self.http_request = http_request

    def __getattr__(self, name: str) -> object:
        return getattr(self._it.toolbox, name)


async def test_a_lost_worker_leaves_a_question_where_the_step_may_not_be_repeated() -> None:
    it = stage(playbooks=[playbook()])
    await _lose_the_worker_in_the_middle_of_the_restart(it)
    assert step_of(it, "restart") is StepState.RUNNING
    assert it.counted(EffectKind.ADVANCE_RUN, "unrecorded") == 1
    await it.later(61)
    assert step_of(it, "restart") is StepState.UNKNOWN
    assert [one.url for one in it.toolbox.requests].count(RESTART) == 1
    await it.runs.answer_step(run_of(it)[0], "restart", "skip", ANNA)
    await it.settle()
    assert run_of(it)[1] is RunState.SUCCEEDED


async def test_a_lost_worker_s_step_is_repeated_where_the_key_is_honoured() -> None:
    text = LOOK.replace(f'url: "{RESTART}"', f'url: "{RESTART}", honours_key: true')
    it = stage(playbooks=[playbook(text)])
    await _lose_the_worker_in_the_middle_of_the_restart(it)
    await it.later(61)
    await it.later(30)
    assert run_of(it)[1] is RunState.SUCCEEDED
    sent = [one.idempotency_key for one in it.toolbox.requests if one.url == RESTART]
    assert len(sent) == 2
    assert len(set(sent)) == 1


async def test_a_worker_that_lost_its_lease_begins_no_step() -> None:
    it = stage(playbooks=[playbook()])
    incident = await it.declare()
    await it.runs.start_runs(incident, ["first-look"])
    kinds = frozenset({EffectKind.ADVANCE_RUN})
    async with it.store.begin() as uow:
        (stale,) = await uow.outbox.claim("one", it.time(), timedelta(seconds=60), 1, kinds)
    it.time.pass_(61)
    async with it.store.begin() as uow:
        await uow.outbox.claim("two", it.time(), timedelta(seconds=60), 1, kinds)
    assert await it.bench.do(stale) == "lease_lost"
    assert step_of(it, "health") is StepState.PENDING
    assert not it.toolbox.requests


async def test_resolving_ends_what_waits_for_approval_and_says_so() -> None:
    it = stage(playbooks=[playbook()])
    incident = await it.declare()
    await it.settle()
    await it.desk.resolve(incident, ANNA)
    await it.settle()
    assert run_of(it)[1] is RunState.CANCELLED
    assert "First look was stopped." in it.store.told(incident)
    assert not it.store.state.timers


async def test_a_run_that_comes_to_an_approval_after_the_end_asks_nobody() -> None:
    it = stage(playbooks=[playbook()])
    incident = await it.declare()
    await it.runs.start_runs(incident, ["first-look"])
    await it.desk.resolve(incident, ANNA)
    await it.settle()
    assert run_of(it)[1] is RunState.CANCELLED


async def test_what_was_approved_and_not_begun_before_the_end_is_not_done() -> None:
    it = stage(playbooks=[playbook()])
    incident = await it.declare()
    await it.settle()
    await it.runs.answer_step(run_of(it)[0], "restart", "approve", ANNA)
    await it.desk.resolve(incident, ANNA)
    await it.settle()
    assert run_of(it)[1] is RunState.CANCELLED
    assert RESTART not in [one.url for one in it.toolbox.requests]


async def test_a_pause_is_a_timer() -> None:
    text = """
name: first-look
title: First look
steps:
  - {name: pause, title: Pause, kind: wait, params: {duration: 10m}}
  - {name: said, title: Say so, kind: message, params: {text: "Ten minutes later."}}
"""
    it = stage(playbooks=[playbook(text)])
    await it.declare()
    await it.settle()
    assert run_of(it)[1] is RunState.WAITING
    await it.later(601)
    assert run_of(it)[1] is RunState.SUCCEEDED


async def test_a_run_whose_definition_is_gone_is_given_up_and_told() -> None:
    it = stage(playbooks=[playbook()])
    incident = await it.declare()
    await it.settle()
    it.store.state.definitions = dict.fromkeys(it.store.state.definitions, b"{}")
    await it.later(3601)
    assert it.store.rows(EffectKind.ADVANCE_RUN)[-1].state == "dead"
    assert any("cannot be read any more" in line for line in it.store.told(incident))


async def test_what_cannot_be_read_any_more_keeps_no_incident_open() -> None:
    it = stage(playbooks=[playbook()])
    incident = await it.declare()
    await it.settle()
    it.store.state.definitions = dict.fromkeys(it.store.state.definitions, b"{}")
    await it.desk.resolve(incident, ANNA)
    await it.settle()
    assert run_of(it)[1] is RunState.CANCELLED
