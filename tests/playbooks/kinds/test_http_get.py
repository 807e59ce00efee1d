from __future__ import annotations

from datetime import timedelta

import pytest

from playbooks.errors import PermanentStepError
from playbooks.kinds.http_get import HttpGetParams, run
from playbooks.kinds.kind import StepContext
from playbooks.toolbox import HttpRequest, HttpResponse
from tests.playbooks.fake_toolbox import FakeToolbox
from tests.playbooks.samples import NOW

CONTEXT = StepContext("k", NOW, timedelta(seconds=7))
URL = "http://x.test/health?key=secret"


@pytest.mark.parametrize(("status", "ok"), [(200, True), (301, True), (404, False), (503, False)])
async def test_every_status_is_a_finding(status: int, ok: bool) -> None:
    toolbox = FakeToolbox(responses={URL: HttpResponse(status, "", 0.0123)})
    result = await run(HttpGetParams(url=URL, headers={"A": "b"}), CONTEXT, toolbox)
    assert result.text == f"http://x.test/health answered {status} in 12 ms"
    assert result.data == {"status": status, "ok": ok}
    assert toolbox.requests == [HttpRequest("GET", URL, {"A": "b"}, timeout=7)]


async def test_a_value_is_picked_from_the_answer() -> None:
    toolbox = FakeToolbox(responses={URL: HttpResponse(200, '{"state": "degraded"}')})
    result = await run(HttpGetParams(url=URL, pick="/state"), CONTEXT, toolbox)
    assert (result.data["value"], result.text[-10:]) == ("degraded", ": degraded")


async def test_a_status_that_is_not_expected_fails() -> None:
    toolbox = FakeToolbox(responses={URL: HttpResponse(500)})
    with pytest.raises(PermanentStepError, match=r"http://x.test/health answered 500, expected 200, 204"):
        await run(HttpGetParams(url=URL, expect=(200, 204)), CONTEXT, toolbox)
