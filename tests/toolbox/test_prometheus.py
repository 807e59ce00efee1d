from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.toolbox import prometheus
from bot.toolbox.prometheus import Prometheus
from bot.toolbox.web import Web, open_session
from playbooks.errors import PermanentStepError, RetryableStepError
from tests.support.ports import free_port
from tests.toolbox.world import World, world

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playbooks.toolbox import Series

START = datetime(2026, 3, 4, 3, 0, tzinfo=UTC)
PATH = "/prom/api/v1/query_range"


@pytest.fixture
async def outside() -> AsyncIterator[World]:
    async with world() as given:
        yield given


@pytest.fixture
async def server() -> AsyncIterator[Prometheus]:
    async with open_session() as session:
        yield Prometheus(Web(session, time.monotonic), seconds=2.0)


async def ask(server: Prometheus, base: str) -> tuple[Series, ...]:
    end = START + timedelta(hours=1)
    return await server.query_range(base, 'up{job="a b"}', START, end, timedelta(seconds=30))


def matrix(*values: list[Any]) -> str:
    result = [{"metric": {"job": "a"}, "values": list(values)}]
    return json.dumps({"status": "success", "data": {"resultType": "matrix", "result": result}})


async def test_a_range_becomes_series_of_finite_values(outside: World, server: Prometheus) -> None:
    at = START.timestamp()
    outside.says(PATH, matrix([at, "1.5"], [at + 30, "NaN"], [at + 60, "2"]))
    (series,) = await ask(server, f"{outside.base}/prom/")
    assert series.labels == {"job": "a"}
    assert series.points == ((START, 1.5), (START + timedelta(seconds=60), 2.0))
    query = outside.asked[0]["query"]
    assert query["query"] == 'up{job="a b"}'
    assert (query["start"], query["step"]) == (f"{at:.3f}", "30")


async def test_a_refused_query_is_permanent_and_says_why(outside: World, server: Prometheus) -> None:
    outside.says(PATH, json.dumps({"status": "error", "error": "parse error at char 3"}), 400)
    with pytest.raises(PermanentStepError, match="parse error at char 3"):
        await ask(server, f"{outside.base}/prom")


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_a_failing_server_is_asked_again(outside: World, server: Prometheus, status: int) -> None:
    outside.says(PATH, "<html>", status)
    with pytest.raises(RetryableStepError, match=f"status {status}"):
        await ask(server, f"{outside.base}/prom")


async def test_a_lost_answer_to_a_question_is_retryable(outside: World, server: Prometheus) -> None:
    outside.drops(PATH)
    with pytest.raises(RetryableStepError):
        await ask(server, f"{outside.base}/prom")
    with pytest.raises(RetryableStepError):
        await ask(server, f"http://127.0.0.1:{free_port()}")


@pytest.mark.parametrize(
    "body",
    [
        '{"status": "success", "data": {"resultType": "vector", "result": []}}',
        '{"status": "success", "data": {"resultType": "matrix", "result": [{"metric": {}}]}}',
        '{"status": "success"}',
    ],
)
async def test_an_answer_of_another_shape_is_permanent(outside: World, server: Prometheus, body: str) -> None:
    outside.says(PATH, body)
    with pytest.raises(PermanentStepError):
        await ask(server, f"{outside.base}/prom")


async def test_an_answer_that_is_no_object_is_retryable(outside: World, server: Prometheus) -> None:
    outside.says(PATH, "[1]")
    with pytest.raises(RetryableStepError):
        await ask(server, f"{outside.base}/prom")


async def test_an_answer_without_end_is_not_read(
    outside: World, server: Prometheus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prometheus, "ANSWER_BYTES", 10)
    outside.says(PATH, "x" * 100)
    with pytest.raises(PermanentStepError, match="larger than"):
        await ask(server, f"{outside.base}/prom")
