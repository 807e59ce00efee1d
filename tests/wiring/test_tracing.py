"""Whether traces go out: what the variables ask for, and that no problem with it stops a process."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest
from structlog.testing import capture_logs

from bot.app.ports import NO_TRACES
from bot.settings import from_environment, unset_empty
from bot.wiring import tracing as module
from bot.wiring.otel import OpenTelemetry, provider_of, reaches
from bot.wiring.tracing import COMPLAIN_EVERY_S, Complaints, Outlet, outlet_of, tracing, tried
from tests.harness.background import Background
from tests.harness.collector import Collector
from tests.support.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

BASE = "OTEL_EXPORTER_OTLP_ENDPOINT"
TRACES = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"
HERE = "http://127.0.0.1:4318"


@pytest.fixture
def collector() -> Iterator[Collector]:
    with Background() as background:
        started = Collector(background)
        started.start()
        yield started
        started.close()


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {BASE: HERE, "OTEL_SDK_DISABLED": "True"},
        {BASE: HERE, "OTEL_TRACES_EXPORTER": "none"},
        {"OTEL_SERVICE_NAME": "ours", "OTEL_TRACES_SAMPLER": "always_on"},
        {"OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": HERE},
    ],
)
def test_nothing_goes_out_unless_somebody_asks(environment: dict[str, str]) -> None:
    assert outlet_of(from_environment(environment)) == Outlet()


@pytest.mark.parametrize(
    ("environment", "exporters", "endpoint"),
    [
        ({BASE: HERE}, ("otlp",), f"{HERE}/v1/traces"),
        ({BASE: f"{HERE}/base/"}, ("otlp",), f"{HERE}/base/v1/traces"),
        ({BASE: HERE, TRACES: "https://t.example.com/x"}, ("otlp",), "https://t.example.com/x"),
        ({BASE: HERE, "OTEL_SDK_DISABLED": "no"}, ("otlp",), f"{HERE}/v1/traces"),
        ({"OTEL_TRACES_EXPORTER": "console"}, ("console",), ""),
        ({BASE: HERE, "OTEL_TRACES_EXPORTER": "otlp, console"}, ("otlp", "console"), f"{HERE}/v1/traces"),
        ({BASE: HERE, "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf"}, ("otlp",), f"{HERE}/v1/traces"),
    ],
)
def test_where_they_go(environment: dict[str, str], exporters: tuple[str, ...], endpoint: str) -> None:
    found = outlet_of(from_environment(environment))
    assert (found.exporters, found.endpoint, found.problem) == (exporters, endpoint, "")


@pytest.mark.parametrize(
    ("environment", "advice"),
    [
        ({BASE: HERE, "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, "use http/protobuf"),
        ({BASE: HERE, "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "http/json"}, "use http/protobuf"),
        ({BASE: HERE, "OTEL_TRACES_EXPORTER": "zipkin"}, "use otlp, console or none"),
        ({"OTEL_TRACES_EXPORTER": "otlp"}, "OTEL_EXPORTER_OTLP_ENDPOINT is not set"),
        ({BASE: "collector:4317"}, "no http:// or https:// address"),
    ],
)
async def test_what_cannot_be_is_said_with_its_remedy(environment: dict[str, str], advice: str) -> None:
    with capture_logs() as logs:
        async with tracing(from_environment(environment)) as tracer:
            assert tracer is NO_TRACES
    assert [line["log_level"] for line in logs] == ["warning"]
    assert advice in logs[0]["problem"]


def test_credentials_are_not_shown() -> None:
    given = {BASE: "https://user:secret@c.example.com:4318", "OTEL_TRACES_EXPORTER": "otlp,console"}
    assert outlet_of(from_environment(given)).shown == "https://c.example.com:4318/v1/traces, the console"


def test_headers_of_traces_win(tmp_path: Any) -> None:
    (tmp_path / "headers").write_text("api-key=of-a-file\n")
    given = {BASE: HERE, "OTEL_EXPORTER_OTLP_HEADERS_FILE": str(tmp_path / "headers")}
    assert outlet_of(from_environment(given)).headers == "api-key=of-a-file"
    given["OTEL_EXPORTER_OTLP_TRACES_HEADERS"] = "api-key=of-traces"
    assert outlet_of(from_environment(given)).headers == "api-key=of-traces"


def test_an_empty_variable_is_none_for_the_sdk_too() -> None:
    environ = {"OTEL_PROPAGATORS": "", "OTEL_SERVICE_NAME": "ours", "LOG_LEVEL": ""}
    unset_empty(environ)
    assert environ == {"OTEL_SERVICE_NAME": "ours", "LOG_LEVEL": ""}


async def test_what_was_traced_goes_out_at_the_end(collector: Collector) -> None:
    with capture_logs() as logs:
        async with tracing(from_environment({BASE: collector.url})) as tracer:
            with tracer.work("effect", {}):
                pass
    assert [span.name for span in collector.spans] == ["effect"]
    assert [line["event"] for line in logs] == ["traces go out"]
    assert collector.spans[0].resource["service.name"] == "tocsin"
    assert logging.getLogger("opentelemetry").handlers == []


def test_the_environment_has_the_last_word_on_who_we_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_SERVICE_NAME", "alarm-bell")
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "service.version=ours,team=sre")
    provider = provider_of(Outlet(("console",)), "1.2", "an-instance")
    found = dict(provider.resource.attributes)
    assert found.items() >= {"service.name": "alarm-bell", "service.version": "ours", "team": "sre"}.items()
    assert found["service.instance.id"] == "an-instance"
    provider.shutdown()


async def test_the_console_is_where_logs_go(capfd: pytest.CaptureFixture[str]) -> None:
    with capture_logs():
        async with tracing(from_environment({"OTEL_TRACES_EXPORTER": "console"})) as tracer:
            with tracer.work("effect", {}):
                pass
    said = capfd.readouterr()
    assert said.out == ""
    assert '"name": "effect"' in said.err


@pytest.mark.parametrize(
    ("raised", "advice"),
    [
        (ModuleNotFoundError("no", name="opentelemetry"), "install tocsin[tracing]"),
        (ValueError("Propagator x not found"), "Propagator x not found"),
    ],
)
async def test_without_a_working_sdk_alerts_go_on(
    raised: Exception, advice: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing() -> Any:
        raise raised

    monkeypatch.setattr(module, "sdk", missing)
    with capture_logs() as logs:
        async with tracing(from_environment({BASE: HERE})) as tracer:
            assert tracer is NO_TRACES
    assert [advice in line["problem"] for line in logs] == [True]


async def test_the_end_waits_for_nobody_for_long(
    collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    never = threading.Event()
    monkeypatch.setattr(module, "CLOSE_WITHIN_S", 0.05)
    monkeypatch.setattr("opentelemetry.sdk.trace.TracerProvider.shutdown", lambda _: never.wait(20) and None)
    with capture_logs() as logs:
        async with tracing(from_environment({BASE: collector.url})) as tracer:
            assert isinstance(tracer, OpenTelemetry)
    assert logs[-1]["event"] == "the last traces are lost"
    never.set()


def test_complaints_are_said_now_and_then() -> None:
    clock = iter([0.0, 1.0, COMPLAIN_EVERY_S - 1, COMPLAIN_EVERY_S + 1])
    complaints = Complaints(lambda: next(clock))
    record = logging.LogRecord("opentelemetry.sdk.x", logging.ERROR, "f", 1, "refused %s", ("x" * 600,), None)
    with capture_logs() as logs:
        for _ in range(4):
            complaints.handle(record)
    assert [line["complaints"] for line in logs] == [1, 3]
    assert len(logs[0]["error"]) == 500


async def test_a_header_that_cannot_be_read_is_not_repeated(collector: Collector) -> None:
    with capture_logs() as logs:
        settings = from_environment({BASE: collector.url, "OTEL_EXPORTER_OTLP_HEADERS": "hunter2"})
        async with tracing(settings) as tracer:
            assert isinstance(tracer, OpenTelemetry)
    assert "opentelemetry complains" in [line["event"] for line in logs]
    assert "hunter2" not in str(logs)


def test_an_endpoint_is_tried_with_an_empty_export(collector: Collector) -> None:
    outlet = Outlet(("otlp",), f"{collector.url}/v1/traces", "api-key=k")
    assert reaches(outlet, 5.0)
    assert (collector.headers["api-key"], collector.spans) == ("k", [])
    assert not reaches(Outlet(("otlp",), f"{collector.url}/elsewhere"), 5.0)
    assert not reaches(Outlet(("otlp",), f"http://127.0.0.1:{free_port()}/v1/traces"), 0.2)


async def test_what_is_wrong_with_the_place_is_said(
    collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> Any:
        raise ValueError("Propagator x not found")

    assert await tried(outlet_of(from_environment({BASE: collector.url}))) == ""
    assert await tried(Outlet(("console",))) == ""
    assert await tried(Outlet(problem="it cannot be")) == "it cannot be"
    elsewhere = Outlet(("otlp",), f"{collector.url}/elsewhere")
    assert "404" in await tried(elsewhere)
    monkeypatch.setattr("bot.wiring.otel.reaches", lambda *_: False)
    assert (await tried(elsewhere)).endswith("no answer")
    monkeypatch.setattr(module, "sdk", broken)
    assert "does not start" in await tried(elsewhere)


PROGRAM = """
import asyncio, json, sys
from bot.cli import dev, processes
from bot.settings import from_environment
from bot.wiring.tracing import tracing

async def run():
    async with tracing(from_environment()):
        print(json.dumps(sorted(name for name in sys.modules if name.startswith("opentelemetry"))))

asyncio.run(run())
"""


@pytest.mark.parametrize("off", [{}, {BASE: HERE, "OTEL_SDK_DISABLED": "true"}])
def test_the_sdk_is_not_imported_unless_somebody_asks(off: dict[str, str]) -> None:
    said = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=off, capture_output=True, text=True, check=True, timeout=60
    )
    assert json.loads(said.stdout) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"OTEL_PROPAGATORS": "nonsense"},
        {"OTEL_TRACES_SAMPLER": "nonsense"},
        {"OTEL_BSP_MAX_QUEUE_SIZE": "many"},
        {"OTEL_BSP_MAX_QUEUE_SIZE": "-1"},
    ],
)
def test_a_variable_that_the_sdk_cannot_use_stops_nothing(wrong: dict[str, str]) -> None:
    said = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={BASE: HERE, "OTEL_SERVICE_NAME": "", **wrong},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert said.returncode == 0, said.stderr
    assert "nothing is traced" in said.stdout or "opentelemetry complains" in said.stdout, said
