from __future__ import annotations

import asyncio

import pytest

from playbooks.actions import Execute
from playbooks.engine import advance, new_run
from playbooks.errors import PermanentStepError, RetryableStepError, StepFailedError, UncertainStepError
from playbooks.execution import Outcome, execute, record
from playbooks.model import Playbook, Run, StepResult
from playbooks.toolbox import HttpResponse
from playbooks.transitions import interrupted
from tests.playbooks.fake_toolbox import FakeToolbox
from tests.playbooks.samples import NOW, VARIABLES, later, playbook

GO = """\
  - name: go
    kind: http_request
    timeout: 30s
    params: {url: "http://x.test", headers: {Authorization: "Bearer {{ secrets.token }}"}}
"""
URL = "http://x.test"
CHECKED = GO.replace('http://x.test",', 'http://x.test", check: {url: "http://x.test/v", equals: 1},')


def begin(text: str) -> tuple[Run, Playbook, Execute]:
    book = playbook(text)
    run, action = advance(new_run(book, "r1", VARIABLES, NOW), book, NOW)
    assert isinstance(action, Execute)
    return run, book, action


async def outcome_of(text: str, toolbox: FakeToolbox) -> tuple[Outcome, str]:
    run, book, action = begin(text)
    outcome = await execute(action, run, toolbox, NOW)
    return outcome, record(run, book, action, outcome, NOW).step(action.step.name).state.value


async def test_a_secret_goes_into_the_request_and_nowhere_else() -> None:
    toolbox = FakeToolbox(secrets={"token": "s3cret"})
    outcome, state = await outcome_of(GO, toolbox)
    assert toolbox.requests[0].headers == {"Authorization": "Bearer s3cret"}
    assert isinstance(outcome, StepResult)
    assert state == "succeeded"
    assert "s3cret" not in repr(outcome) + repr(toolbox.requests)


async def test_a_step_whose_secret_is_not_there_has_failed() -> None:
    outcome, state = await outcome_of(GO, FakeToolbox())
    assert isinstance(outcome, PermanentStepError)
    assert (str(outcome), state) == ("secrets.token is not set", "failed")


@pytest.mark.parametrize(
    ("error", "kind", "state"),
    [
        (PermanentStepError("p"), PermanentStepError, "failed"),
        (RetryableStepError("r"), RetryableStepError, "pending"),
        (UncertainStepError("u"), UncertainStepError, "unknown"),
        (ZeroDivisionError("a secret"), UncertainStepError, "unknown"),
    ],
)
async def test_every_error_becomes_an_outcome(
    error: Exception, kind: type[StepFailedError], state: str
) -> None:
    toolbox = FakeToolbox(responses={URL: error}, secrets={"token": "t"})
    outcome, after = await outcome_of(GO, toolbox)
    assert isinstance(outcome, kind)
    assert after == state
    assert "a secret" not in str(outcome)


async def test_a_step_has_its_time() -> None:
    toolbox = FakeToolbox(secrets={"token": "t"}, hangs=True)
    outcome, state = await outcome_of(GO.replace("30s", "0.01"), toolbox)
    assert str(outcome) == "no answer within 0.01 s"
    assert state == "unknown"


async def test_a_cancellation_is_let_through() -> None:
    run, _, action = begin(GO)
    toolbox = FakeToolbox(secrets={"token": "t"}, hangs=True)
    task = asyncio.create_task(execute(action, run, toolbox, NOW))
    await toolbox.asked.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


@pytest.mark.parametrize(
    ("answer", "methods", "text"),
    [
        (HttpResponse(200, "1"), ["GET"], "had been done by an earlier attempt"),
        (HttpResponse(200, "2"), ["GET", "POST"], "POST http://x.test answered 200"),
        (PermanentStepError("gone"), ["GET"], "could not be checked: gone"),
    ],
)
async def test_after_a_crash_it_is_looked_up_first(
    answer: HttpResponse | Exception, methods: list[str], text: str
) -> None:
    run, book, action = begin(CHECKED)
    run = interrupted(run, book, action.step.name, NOW)
    run, again = advance(run, book, later(5))
    assert isinstance(again, Execute)
    toolbox = FakeToolbox(responses={f"{URL}/v": answer}, secrets={"token": "t"})
    outcome = await execute(again, run, toolbox, later(5))
    assert [request.method for request in toolbox.requests] == methods
    assert (outcome.text if isinstance(outcome, StepResult) else str(outcome)) == text


async def test_a_step_declared_idempotent_without_a_check_is_repeated() -> None:
    run, book, action = begin('  - {name: go, kind: note, params: {text: "x"}}\n')
    run, again = advance(interrupted(run, book, "go", NOW), book, later(5))
    assert again == Execute(action.step, 2, "r1:go")
