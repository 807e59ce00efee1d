"""Apache Kafka on this machine, one node from Maven Central; where it cannot run, the embedded broker."""

from __future__ import annotations

import hashlib
import re
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from bot.wiring.embedded.kafka import EmbeddedKafka
from tests.support.ports import free_port
from tests.support.process import ServerProcess

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT: Final = Path(__file__).parents[2]
POM: Final = ROOT / "deploy" / "kafka" / "pom.xml"
CACHE: Final = ROOT / ".cache" / "kafka"
READY_WITHIN_S: Final = 60.0
OLDEST_JAVA: Final = 17


class Broker(Protocol):
    """What a test may rely on whichever broker runs."""

    @property
    def bootstrap(self) -> str:
        """`host:port`."""

    @property
    def description(self) -> str:
        """Which broker this is, for the summary."""

    async def create_topics(self, partitions: Mapping[str, int]) -> None:
        """Create these topics; they are ready for use afterwards."""

    def close(self) -> None:
        """End it."""


class KafkaBroker:
    """Apache Kafka, one node (broker and controller); `kill` and `restart` keep what was acknowledged."""

    def __init__(self, *, heap_mb: int = 384) -> None:
        classpath = kafka_classpath()
        self._folder = Path(tempfile.mkdtemp(prefix="tocsin-kafka-"))
        port, controller = free_port(), free_port()
        self.bootstrap = f"127.0.0.1:{port}"
        configuration = self._folder / "server.properties"
        configuration.write_text(_properties(self._folder / "data", port, controller))
        java = ["java", f"-Xmx{heap_mb}m", f"-Xms{heap_mb // 2}m", "-XX:+UseSerialGC", "-cp", classpath]
        self._format(java, configuration)
        self.process = ServerProcess(
            "Kafka",
            [*java, "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "kafka.Kafka", configuration],
            self._folder / "log",
        )

    @property
    def description(self) -> str:
        version = next(
            (
                path.name.removeprefix("kafka_2.13-").removesuffix(".jar")
                for path in map(Path, kafka_classpath().split(":"))
                if path.name.startswith("kafka_2.13-")
            ),
            "?",
        )
        return f"Apache Kafka {version} (real)"

    def start(self) -> None:
        """Start and wait until it listens, which it does when it has caught up with itself."""
        self.process.start()
        self.process.await_ready(self._listens, within=READY_WITHIN_S)

    def kill(self) -> None:
        """A crash: SIGKILL."""
        self.process.kill()

    def stop(self) -> None:
        """An orderly shutdown."""
        self.process.stop(within=30)

    def restart(self) -> None:
        """Stop in order, if it runs, and start on the same folder and port."""
        self.stop()
        self.start()

    def close(self) -> None:
        """Kill it and remove the folder."""
        self.process.kill()
        shutil.rmtree(self._folder, ignore_errors=True)

    async def create_topics(self, partitions: Mapping[str, int]) -> None:
        """Create these topics.

        Raises:
            aiokafka.errors.TopicAlreadyExistsError: one is there.
        """
        admin = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap)
        await admin.start()
        try:
            await admin.create_topics([NewTopic(name, count, 1) for name, count in partitions.items()])
        finally:
            await admin.close()

    def _listens(self) -> bool:
        host, _, port = self.bootstrap.partition(":")
        try:
            socket.create_connection((host, int(port)), timeout=1).close()
        except OSError:
            return False
        return True

    @staticmethod
    def _format(java: list[str], configuration: Path) -> None:
        tool = [*java, "kafka.tools.StorageTool", "format", "--standalone"]
        # Any 16 bytes in base64 will do as the cluster's id; a fixed one saves a second of Java.
        subprocess.run(
            [*tool, "-t", "dG9jc2luLXRlc3RzLTAwMQ", "-c", configuration],
            check=True,
            capture_output=True,
            timeout=60,
        )


class MemoryBroker:
    """The broker that the product embeds: one consumer a group, nothing kept."""

    description = "embedded broker (librdkafka's mock cluster)"

    def __init__(self) -> None:
        self._cluster = EmbeddedKafka()
        self.bootstrap = self._cluster.bootstrap

    async def create_topics(self, partitions: Mapping[str, int]) -> None:
        """Create these topics, where they are not there."""
        for name, count in partitions.items():
            self._cluster.create_topic(name, count)

    def close(self) -> None:
        """End it; what it held is gone."""
        self._cluster.stop()


def absence() -> str:
    """Why Apache Kafka cannot run here; empty where it can."""
    absent = [program for program in ("java", "mvn") if shutil.which(program) is None]
    if absent:
        return f"needs Java 17 and Maven; not on PATH: {', '.join(absent)}"
    said = subprocess.run(
        ["java", "-version"], capture_output=True, text=True, check=False, timeout=30
    ).stderr
    version = re.search(r'version "(?:1\.)?(\d+)', said)
    if version is None or int(version[1]) < OLDEST_JAVA:
        return f"needs Java {OLDEST_JAVA}; found: {said.splitlines()[0] if said else 'nothing'}"
    return ""


def kafka_classpath() -> str:
    """The broker's jars, resolved by Maven once and remembered while the pom is the same and the jars exist.

    Raises:
        subprocess.CalledProcessError: Maven failed.
    """
    digest = hashlib.sha256(POM.read_bytes()).hexdigest()[:16]
    remembered = CACHE / f"classpath-{digest}"
    if not (remembered.exists() and all(Path(jar).exists() for jar in remembered.read_text().split(":"))):
        CACHE.mkdir(parents=True, exist_ok=True)
        partial = CACHE / f"{remembered.name}.{free_port()}"
        resolve = ["mvn", "-q", "-B", "-f", str(POM), "dependency:build-classpath", "-DincludeScope=runtime"]
        subprocess.run([*resolve, f"-Dmdep.outputFile={partial}"], check=True, timeout=600)
        partial.rename(remembered)
    return remembered.read_text().strip()


def _properties(data: Path, port: int, controller: int) -> str:
    listeners = f"PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}"
    return "\n".join(
        (
            "process.roles=broker,controller",
            "node.id=1",
            f"controller.quorum.bootstrap.servers=127.0.0.1:{controller}",
            f"listeners={listeners}",
            f"advertised.listeners={listeners}",
            "controller.listener.names=CONTROLLER",
            "listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
            f"log.dirs={data}",
            "auto.create.topics.enable=false",
            "offsets.topic.replication.factor=1",
            "offsets.topic.num.partitions=1",
            "transaction.state.log.replication.factor=1",
            "transaction.state.log.min.isr=1",
            "share.coordinator.state.topic.replication.factor=1",
            "share.coordinator.state.topic.min.isr=1",
            "group.initial.rebalance.delay.ms=0",
            "group.min.session.timeout.ms=1000",  # tests that kill consumers want to be rid of them soon
            # A killed broker may register again only when its old session has ended: keep that short.
            "broker.session.timeout.ms=2000",
            "broker.heartbeat.interval.ms=500",
            "",
        )
    )
