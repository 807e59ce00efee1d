"""The one function for all calls, against servers that misbehave in ways that the local Slack does not."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web
from prometheus_client import CollectorRegistry
from pydantic import SecretStr

from bot.domain.errors import RemoteMisconfiguredError, RemoteUnavailableError
from bot.localslack.faults import Fault
from bot.slack import webapi
from bot.slack.manifest import missing_scopes
from bot.slack.metrics import SlackMetrics
from bot.slack.webapi import WebApi, make_client, quiet_logger
from tests.support.ports import free_port
from tests.support.spans import Spans, about, failed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from bot.localslack.server import RunningLocalSlack

TOKEN = SecretStr("xoxb-of-a-test")


@pytest.fixture
async def serve() -> AsyncIterator[Callable[[dict[str, Any]], Awaitable[WebApi]]]:
    """Starts a server that answers every call with the same response, and gives a client for it."""
    runners: list[web.AppRunner] = []

    async def starter(answer: dict[str, Any]) -> WebApi:
        async def handle(_request: web.Request) -> web.Response:
            return web.Response(**answer)

        app = web.Application()
        app.router.add_route("*", "/api/{method}", handle)
        runner = web.AppRunner(app)
        await runner.setup()
        port = free_port()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        runners.append(runner)
        return WebApi(
            make_client(TOKEN, f"http://127.0.0.1:{port}/api/"), SlackMetrics(CollectorRegistry()), timeout=5
        )

    yield starter
    for runner in runners:
        await runner.cleanup()


@pytest.mark.parametrize(
    "answer",
    [
        {"text": "fine"},
        {"text": "<html>down</html>", "content_type": "text/html"},
        {"text": "{broken", "content_type": "application/json"},
        {"text": '["a list"]', "content_type": "application/json"},
        {"status": 503, "text": "<html>down</html>", "content_type": "text/html"},
        {"status": 503, "text": "{broken", "content_type": "application/json"},
    ],
)
async def test_what_is_not_slacks_answer_tells_nothing(
    serve: Callable[[dict[str, Any]], Awaitable[WebApi]], answer: dict[str, Any]
) -> None:
    api = await serve(answer)
    with pytest.raises(RemoteUnavailableError):
        await api.write("auth.test")


async def test_a_wrong_address_is_a_matter_of_configuration(
    serve: Callable[[dict[str, Any]], Awaitable[WebApi]],
) -> None:
    api = await serve({"status": 404, "text": "not found"})
    with pytest.raises(RemoteMisconfiguredError, match="SLACK_API_URL"):
        await api.write("auth.test")


async def test_pages_without_end_are_given_up(
    serve: Callable[[dict[str, Any]], Awaitable[WebApi]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webapi, "MOST_PAGES", 3)
    api = await serve(
        {"text": '{"ok":true,"response_metadata":{"next_cursor":"x"}}', "content_type": "application/json"}
    )
    with pytest.raises(RemoteUnavailableError, match="no end after 3 pages"):
        async for _ in api.pages("conversations.list"):
            pass


async def test_nobody_listens(metrics: SlackMetrics) -> None:
    api = WebApi(make_client(TOKEN, f"http://127.0.0.1:{free_port()}/api"), metrics)
    with pytest.raises(RemoteUnavailableError) as raised:
        await api.read("conversations.list")
    assert "xoxb" not in str(raised.value)


async def test_a_call_that_hangs_ends(slack: RunningLocalSlack, metrics: SlackMetrics) -> None:
    slack.slack.faults.add(Fault(method="auth.test", kind="hang", seconds=60))
    token = SecretStr(slack.slack.workspace.app.bot_token)
    api = WebApi(make_client(token, slack.api_url), metrics, timeout=0.2)
    with pytest.raises(RemoteUnavailableError, match="TimeoutError"):
        await api.write("auth.test")


async def test_calls_are_counted_by_method_and_outcome(slack: RunningLocalSlack, api: WebApi) -> None:
    slack.slack.faults.add(Fault(method="auth.test", kind="error", error="token_revoked"))
    with pytest.raises(RemoteMisconfiguredError):
        await api.write("auth.test")
    await api.write("auth.test")
    counted = {
        sample.labels["outcome"]: sample.value
        for metric in api._metrics.calls.collect()
        for sample in metric.samples
        if sample.name.endswith("_total")
    }
    assert counted == {"misconfigured": 1.0, "ok": 1.0}


async def test_granted_scopes_are_those_of_the_manifest(api: WebApi) -> None:
    granted = await api.granted_scopes()
    assert granted is not None
    assert missing_scopes(granted) == []
    assert missing_scopes(granted - {"chat:write"}) == ["chat:write"]


async def test_an_answer_without_scopes_says_nothing(
    serve: Callable[[dict[str, Any]], Awaitable[WebApi]],
) -> None:
    api = await serve({"text": '{"ok":true}', "content_type": "application/json"})
    assert await api.granted_scopes() is None


def test_the_library_never_logs_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    logging.getLogger("slack_sdk").setLevel(logging.DEBUG)
    try:
        assert not quiet_logger().isEnabledFor(logging.DEBUG)
    finally:
        logging.getLogger("slack_sdk").setLevel(logging.NOTSET)


def test_a_proxy_is_for_slack_and_not_for_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    assert make_client(TOKEN, "http://127.0.0.1:1/api/").proxy is None
    assert make_client(TOKEN, "https://slack.example/api/").proxy == "http://proxy.example:3128"


async def test_a_call_is_a_span_of_what_asked_for_it(slack: RunningLocalSlack, metrics: SlackMetrics) -> None:
    spans = Spans()
    token = SecretStr(slack.slack.workspace.app.bot_token)
    api = WebApi(make_client(token, slack.api_url), metrics, tracer=spans.tracer)
    await api.write("auth.test")  # nobody's, as a check of our health
    slack.slack.faults.add(Fault(method="auth.test", kind="error", error="token_revoked"))
    with spans.tracer.work("effect", {}):
        with pytest.raises(RemoteMisconfiguredError):
            await api.write("auth.test")
        await api.write("auth.test")
    calls = spans.all("slack auth.test")
    assert [about(one)["tocsin.outcome"] for one in calls] == ["misconfigured", "ok"]
    assert [failed(one) for one in calls] == [True, False]
    assert about(calls[1]) == {
        "rpc.system": "slack",
        "rpc.method": "auth.test",
        "server.address": "127.0.0.1",
        "http.response.status_code": 200,
        "tocsin.outcome": "ok",
    }
