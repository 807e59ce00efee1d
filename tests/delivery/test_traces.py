"""An effect goes on with the trace of the transaction that made it, down to what it asks of others."""

from __future__ import annotations

from bot.domain.errors import RemoteRefusedError, RemoteUnavailableError
from bot.domain.incident import Severity
from tests.delivery.stage import playbook, stage
from tests.support.spans import SENDER, TRACE, Spans, about, failed, parent_of, trace_of


async def test_effects_continue_the_trace_of_what_made_them() -> None:
    spans = Spans()
    scene = stage(tracer=spans.tracer)
    with spans.tracer.request("POST /x", {"traceparent": SENDER}, {}):
        incident = await scene.declare()
    await scene.settle()
    span = spans.one("effect slack.open_channel")
    assert (trace_of(span), failed(span)) == (TRACE, False)
    assert about(span) == {
        "tocsin.effect.kind": "slack.open_channel",
        "tocsin.incident.id": incident,
        "tocsin.attempt": 1,
        "tocsin.outcome": "done",
    }


async def test_an_effect_of_nobody_is_a_trace_of_its_own() -> None:
    spans = Spans()
    scene = stage(tracer=spans.tracer)
    await scene.declare()
    await scene.settle()
    assert parent_of(spans.one("effect slack.open_channel")) == ""


async def test_each_attempt_is_a_span_with_its_outcome() -> None:
    spans = Spans()
    scene = stage(tracer=spans.tracer)
    scene.pager.failures = [RemoteUnavailableError("down"), RemoteRefusedError("no")]
    with spans.tracer.request("POST /x", {"traceparent": SENDER}, {}):
        await scene.declare(severity=Severity.CRITICAL)
    await scene.settle()
    await scene.later(3600)
    attempts = spans.all("effect page")
    assert [about(span)["tocsin.outcome"] for span in attempts] == ["again", "dead"]
    assert [(failed(span), trace_of(span)) for span in attempts] == [(True, TRACE)] * 2


async def test_steps_and_timers_are_told_by_their_names() -> None:
    spans = Spans()
    scene = stage(playbooks=[playbook()], tracer=spans.tracer)
    await scene.declare()
    await scene.settle()
    assert about(spans.one("step http_get")) == {
        "tocsin.playbook": "first-look", "tocsin.step": "health", "tocsin.attempt": 1,
    }  # fmt: skip
    await scene.later(600)
    assert any(name.startswith("timer ") for name in spans.names())
