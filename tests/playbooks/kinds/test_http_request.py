from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from playbooks.errors import PermanentStepError, RetryableStepError, StepFailedError, UncertainStepError
from playbooks.kinds.http_request import KIND, HttpRequestParams, check, run
from playbooks.kinds.kind import StepContext
from playbooks.toolbox import HttpRequest, HttpResponse
from tests.playbooks.fake_toolbox import FakeToolbox
from tests.playbooks.samples import NOW

CONTEXT = StepContext("r1:go", NOW, timedelta(seconds=7))
URL = "http://deploy.test/go"
LOOK = "http://deploy.test/version"


def params(**more: Any) -> HttpRequestParams:
    return HttpRequestParams.model_validate({"url": URL, "body": {"to": "1.4.1"}, **more})


async def test_it_is_sent_with_its_key() -> None:
    toolbox = FakeToolbox(responses={URL: HttpResponse(202, '{"id": 7}')})
    result = await run(params(pick="/id"), CONTEXT, toolbox)
    assert toolbox.requests == [HttpRequest("POST", URL, {}, {"to": "1.4.1"}, "r1:go", 7)]
    assert (result.text, result.data) == (f"POST {URL} answered 202: 7", {"status": 202, "value": 7})


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, PermanentStepError),
        (301, PermanentStepError),
        (302, UncertainStepError),  # so answer servers that have begun to do it, and those that want a login
        (303, UncertainStepError),
        (429, RetryableStepError),
        (408, UncertainStepError),
        (500, UncertainStepError),
        (503, UncertainStepError),
        (100, UncertainStepError),
    ],
)
async def test_a_status_says_whether_something_was_done(status: int, error: type[StepFailedError]) -> None:
    toolbox = FakeToolbox(responses={URL: HttpResponse(status)})
    with pytest.raises(error, match=f"answered {status}"):
        await run(params(), CONTEXT, toolbox)


async def test_what_is_expected_is_success_and_another_2xx_is_not() -> None:
    toolbox = FakeToolbox(responses={URL: HttpResponse(409)})
    assert (await run(params(expect=[409]), CONTEXT, toolbox)).data == {"status": 409}
    with pytest.raises(UncertainStepError):
        await run(params(expect=[202]), CONTEXT, FakeToolbox())


def test_only_a_declared_server_makes_it_repeatable() -> None:
    assert (KIND.idempotent(params()), KIND.checkable(params())) == (False, False)
    assert KIND.idempotent(params(honours_key=True))
    assert KIND.checkable(params(check={"url": LOOK, "equals": "1.4.1"}))


async def test_a_check_sees_whether_it_was_done() -> None:
    looking = params(check={"url": LOOK, "pick": "/version", "equals": "1.4.1"})
    done = FakeToolbox(responses={LOOK: HttpResponse(200, '{"version": "1.4.1"}')})
    result = await check(looking, CONTEXT, done)
    assert result is not None
    assert result.text == "had been done by an earlier attempt"
    other = FakeToolbox(responses={LOOK: HttpResponse(200, '{"version": "1.4.2"}')})
    assert await check(looking, CONTEXT, other) is None
    assert await check(params(), CONTEXT, other) is None
    for body, why in (("<html>Log in", "is no JSON"), ('{"name": 1}', "has nothing at /version")):
        with pytest.raises(UncertainStepError, match=f"{LOOK}: its answer {why}"):
            await check(looking, CONTEXT, FakeToolbox(responses={LOOK: HttpResponse(200, body)}))
    null = params(check={"url": LOOK, "pick": "/version", "equals": None})
    assert await check(null, CONTEXT, FakeToolbox(responses={LOOK: HttpResponse(200, '{"version": null}')}))
    with pytest.raises(UncertainStepError, match="answered 500"):
        await check(looking, CONTEXT, FakeToolbox(responses={LOOK: HttpResponse(500)}))
