"""The real servers as fixtures, started when the first test asks for one, and what the session ran against.

Event loops: each test and each async fixture has the loop of its function. Servers are processes behind plain
fixtures of the session, so no loop is shared between tests, and a task that one test leaves fails that test.
"""

from __future__ import annotations

import contextlib
import gc
import uuid
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest
import structlog

from tests.support import kafka, parts
from tests.support.alertmanager import Alertmanager, alertmanager_program, webhook_configuration
from tests.support.chromium import chromium_program, headless_browser
from tests.support.examples import USUAL, examples
from tests.support.kafka import ApacheKafka, KafkaBroker, MemoryBroker
from tests.support.locking import one_for_all
from tests.support.measuring import as_marked, measured_imports
from tests.support.postgres import PostgresServer
from tests.support.process import STARTED
from tests.support.prometheus import Prometheus, prometheus_program
from tests.support.shared import shared_folder

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from pathlib import Path

    from playwright.async_api import Browser

    from tests.support.kafka import Broker


@pytest.fixture(scope="session", autouse=True)
def plain_tracebacks() -> None:
    """Errors are logged as Python tells them: with all locals, one takes a minute where lines are counted."""
    *others, _ = structlog.get_config()["processors"]
    renderer = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[*others, renderer])


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A PostgreSQL for the whole session. Do not kill this one: ask for `own_postgres`."""
    with _running_postgres() as server:
        yield server


@pytest.fixture
def own_postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL of the test's own, to kill and restart."""
    with _running_postgres() as server:
        yield server


@pytest.fixture
def database_url(postgres_server: PostgresServer) -> Iterator[str]:
    """The DSN of an empty database for this test."""
    url = postgres_server.create_database()
    yield url
    postgres_server.drop_database(url)


@pytest.fixture(scope="session")
def kafka_broker(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Broker]:
    """A broker for the whole run: Apache Kafka, or the embedded one where that cannot run.

    The workers of a run share one: each costs seconds to start, and a twentieth of a core while it waits.
    """
    if reason := kafka.absence():
        if "kafka" in parts.required():
            parts.missing("kafka", reason)
        with contextlib.closing(MemoryBroker()) as memory:
            parts.used("kafka", memory.description)
            yield memory
    elif hasattr(request.config, "workerinput"):
        folder = tmp_path_factory.getbasetemp().parent / "kafka"  # the same for each worker of this run
        folder.mkdir(exist_ok=True)
        with one_for_all(folder, _kafka_address) as address:
            shared_kafka = ApacheKafka(address)
            parts.used("kafka", shared_kafka.description)
            yield shared_kafka
    else:
        with _running_kafka() as kafka_itself:
            yield kafka_itself


@pytest.fixture(scope="session")
def real_kafka(kafka_broker: Broker) -> ApacheKafka:
    """The run's Apache Kafka, for what the embedded broker cannot do. Nobody may kill this one."""
    if not isinstance(kafka_broker, ApacheKafka):
        parts.missing("kafka", kafka.absence())
    return kafka_broker


@pytest.fixture
def own_kafka() -> Iterator[KafkaBroker]:
    """An Apache Kafka of the test's own, to kill and restart."""
    if reason := kafka.absence():
        parts.missing("kafka", reason)
    with _running_kafka() as broker:
        yield broker


@pytest.fixture
def topic_prefix() -> str:
    """A prefix for topics and groups that no other test has."""
    return f"t{uuid.uuid4().hex[:12]}."


@pytest.fixture
def start_alertmanager() -> Iterator[Callable[..., Alertmanager]]:
    """Starts an Alertmanager: `start_alertmanager(webhook_url, token)`, or `configuration=` as a whole."""
    with contextlib.ExitStack() as running:

        def start(url: str = "", token: str = "", *, configuration: str = "", **timing: str) -> Alertmanager:
            if alertmanager_program() is None:
                parts.missing("alertmanager", "Debian's prometheus-alertmanager is not installed")
            server = Alertmanager(configuration or webhook_configuration(url, token, **timing))
            running.callback(server.close)
            server.start()
            parts.used("alertmanager", server.description)
            return server

        yield start


@pytest.fixture
def start_prometheus() -> Iterator[Callable[[str, str], Prometheus]]:
    """Starts a Prometheus: `start_prometheus(configuration, rules)`."""
    with contextlib.ExitStack() as running:

        def start(configuration: str, rules: str) -> Prometheus:
            if prometheus_program() is None:
                parts.missing("alertmanager", "Debian's prometheus is not installed")
            server = Prometheus(configuration, rules)
            running.callback(server.close)
            server.start()
            parts.used("prometheus", server.description)
            return server

        yield start


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """A headless Chromium."""
    if chromium_program() is None:
        parts.missing("chromium", "Debian's chromium is not installed")
    async with headless_browser() as chromium:
        parts.used("chromium", f"Chromium {chromium.version} (real)")
        yield chromium


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of recorded payloads beside the checkout."""
    folder = shared_folder()
    if folder is None:
        parts.missing("shared", "no folder ../shared beside the checkout")
    parts.used("shared", "recorded payloads beside the checkout")
    return folder


def pytest_configure(config: pytest.Config) -> None:
    """Refuse a wish for an unknown part before anything runs; do not judge by a busy machine's clock."""
    parts.required()
    config.pluginmanager.register(Workers())
    hypothesis.settings.register_profile(
        "tocsin",
        deadline=None,
        max_examples=examples(USUAL),
        suppress_health_check=[hypothesis.HealthCheck.too_slow],
    )
    hypothesis.settings.load_profile("tocsin")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Any:
    """What is collected stays to the end: nobody looks for garbage among it, now or later.

    Coverage follows only the import of what is ours.
    """
    gc.disable()
    try:
        with measured_imports():
            return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Any:
    """Coverage looks away where it costs much and shows nothing."""
    with as_marked(item):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Any:
    """Show the servers' logs beside a failure."""
    report: pytest.TestReport = yield
    if report.failed and not item.session.shouldstop:
        logs = ((f"log of {process.name}", process.tail()) for process in STARTED)
        report.sections.extend(section for section in logs if section[1])
    # What random input made our logs say must be fit to travel from a worker of the run.
    report.sections = [
        (name, said.encode("utf-8", "backslashreplace").decode()) for name, said in report.sections
    ]
    return report


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker hands what it ran against to the session that started it."""
    output: dict[str, Any] | None = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["used"] = parts.USED


class Workers:
    """What the session with workers asks of them; without workers nobody asks."""

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Take over what the worker ran against; one that crashed tells nothing."""
        parts.USED.update(getattr(node, "workeroutput", {}).get("used", {}))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say which broker, database, Alertmanager and browser this run had."""
    terminalreporter.section("ran against")
    for part in (*parts.PARTS, *sorted(set(parts.USED) - set(parts.PARTS))):
        terminalreporter.write_line(f"{part:>13}: {parts.USED.get(part, 'not used')}")


@contextlib.contextmanager
def _running_postgres() -> Iterator[PostgresServer]:
    try:
        server = PostgresServer()
    except FileNotFoundError as error:
        parts.missing("postgres", str(error))
    with contextlib.closing(server):
        server.start()
        parts.used("postgres", server.description)
        yield server


@contextlib.contextmanager
def _running_kafka() -> Iterator[KafkaBroker]:
    broker = KafkaBroker()
    with contextlib.closing(broker):
        broker.start()
        parts.used("kafka", broker.description)
        yield broker


@contextlib.contextmanager
def _kafka_address() -> Iterator[str]:
    with _running_kafka() as broker:
        yield broker.bootstrap
