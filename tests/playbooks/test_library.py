"""The shipped playbooks played from end to end on a toolbox of the test's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from playbooks.actions import AskApproval, AskPerson, Execute, Finish, Outward
from playbooks.engine import advance, new_run
from playbooks.errors import UncertainStepError
from playbooks.execution import execute, record
from playbooks.loader import library
from playbooks.model import Run, RunState
from playbooks.toolbox import HttpResponse, Series
from playbooks.transitions import Decision, approved, decided, rejected
from tests.playbooks.fake_toolbox import FakeToolbox
from tests.playbooks.samples import NOW, VARIABLES, later

if TYPE_CHECKING:
    from collections.abc import Mapping

FIRST_LOOK = library()["first-look"]
ROLLBACK = "http://deploy.test/rollback"


def toolbox(**responses: HttpResponse | Exception) -> FakeToolbox:
    return FakeToolbox(
        series=(Series({}, ((later(-3600), 0.01), (NOW, 0.23))),),
        responses={"http://checkout.test/health": HttpResponse(503, "", 0.04), **responses},
    )


async def play(run: Run, tools: FakeToolbox) -> tuple[Run, Outward]:
    """What a host does, until a person is needed or the run is over."""
    while True:
        run, action = advance(run, FIRST_LOOK, NOW)
        if not isinstance(action, Execute):
            return run, action
        outcome = await execute(action, run, tools, NOW)
        run = record(run, FIRST_LOOK, action, outcome, NOW)


def begin(variables: Mapping[str, Any] = VARIABLES) -> Run:
    return new_run(FIRST_LOOK, "r1", variables, NOW)


async def test_it_looks_tells_asks_does_it_and_tells_the_outcome() -> None:
    tools = toolbox()
    run, action = await play(begin(), tools)
    assert isinstance(action, AskApproval)
    assert action.prompt == (
        "Suspect: payments 1.4.2. Roll payments back to 1.4.1? This sends a POST to its rollback address."
    )
    assert tools.posted["r1:findings"] == (
        "*First look at checkout*\n"
        "Error rate: 0.23 now, 0.01 1 h ago; between 0.01 and 0.23 in the last 1 h\n"
        "Health: http://checkout.test/health answered 503 in 40 ms\n"
        "Likeliest change so far: payments 1.4.2"
    )
    assert [r.method for r in tools.requests] == ["GET"]
    server, query, *_ = tools.queries[0]
    errors, requests = query.split(" / ")
    assert server == "http://prometheus.test"
    assert errors == 'sum(rate(http_requests_total{ service="checkout", code=~"5.."}[5m]))'
    assert requests == 'sum(rate(http_requests_total{ service="checkout"}[5m]))'
    run, action = await play(approved(run, FIRST_LOOK, "rollback", "@ann", NOW), tools)
    assert action == Finish(RunState.SUCCEEDED)
    sent = tools.requests[-1]
    assert (sent.method, sent.url, sent.idempotency_key) == ("POST", ROLLBACK, "r1:rollback")
    assert sent.body == {
        "incident": "INC-12", "service": "payments", "environment": "production", "to": "1.4.1",
    }  # fmt: skip
    assert tools.posted["r1:outcome"] == (f"Rollback of payments succeeded: POST {ROLLBACK} answered 200")


async def test_a_no_is_told_and_nothing_is_sent() -> None:
    tools = toolbox()
    run, _ = await play(begin(), tools)
    run, action = await play(rejected(run, FIRST_LOOK, "rollback", "@ann", NOW), tools)
    assert action == Finish(RunState.SUCCEEDED)
    assert tools.posted["r1:outcome"] == "Rollback of payments rejected: rejected by @ann"
    assert [r.method for r in tools.requests] == ["GET"]


async def test_what_no_rollback_of_a_service_undoes_is_not_offered_one() -> None:
    tools = toolbox()
    flag = {**VARIABLES, "suspect": {"summary": "new-cart on", "type": "feature_flag"}}
    run, action = await play(begin(flag), tools)
    assert action == Finish(RunState.SUCCEEDED)
    assert run.step("rollback").text == "suspect.type is feature_flag, not one of deploy"


async def test_with_nothing_configured_it_says_so_and_ends() -> None:
    tools = FakeToolbox()
    bare = {"incident": VARIABLES["incident"], "service": {"name": "checkout", "links": {}}}
    run, action = await play(begin(bare), tools)
    assert action == Finish(RunState.SUCCEEDED)
    assert [s.state.value for s in run.steps] == ["skipped", "skipped", "succeeded", "skipped", "skipped"]
    assert (
        "Error rate: settings.prometheus_url is not set (variables, in tocsin.yaml)"
        in tools.posted["r1:findings"]
    )
    assert (tools.requests, tools.queries) == ([], [])


async def test_a_lost_answer_to_the_rollback_is_put_to_a_person() -> None:
    tools = toolbox(**{ROLLBACK: UncertainStepError("the answer was lost")})
    run, _ = await play(begin(), tools)
    run, action = await play(approved(run, FIRST_LOOK, "rollback", "@ann", NOW), tools)
    assert isinstance(action, AskPerson)
    assert action.why == "whether it was done is unknown: the answer was lost"
    tools.responses[ROLLBACK] = HttpResponse(200)
    run, action = await play(decided(run, FIRST_LOOK, "rollback", Decision.RETRY, "@ann", now=NOW), tools)
    assert action == Finish(RunState.SUCCEEDED)
    assert {r.idempotency_key for r in tools.requests if r.method == "POST"} == {"r1:rollback"}
