"""Apache Kafka on this machine, one node from Maven Central; where it cannot run, the embedded broker."""

from __future__ import annotations

import contextlib
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
from tests.support.locking import locked
from tests.support.ports import free_port
from tests.support.process import ServerProcess

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT: Final = Path(__file__).parents[2]
POM: Final = ROOT / "deploy" / "kafka" / "pom.xml"
CACHE: Final = ROOT / ".cache" / "kafka"
READY_WITHIN_S: Final = 60.0
OLDEST_JAVA: Final = 17
# A broker that lives for seconds is done before the thorough compiler has paid for itself.
JAVA: Final = ("java", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData")
CLUSTER_ID: Final = "dG9jc2luLXRlc3RzLTAwMQ"  # any 16 bytes in base64


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


class ApacheKafka:
    """An Apache Kafka at an address, whoever started it."""

    def __init__(self, bootstrap: str) -> None:
        self.bootstrap = bootstrap

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


class KafkaBroker(ApacheKafka):
    """Apache Kafka, one node (broker and controller); `kill` and `restart` keep what was acknowledged.

    Args:
        heap_mb: the most that Java may take for objects.
        remember_classes: where to write, at an orderly end, the classes that it has loaded.
    """

    def __init__(self, *, heap_mb: int = 384, remember_classes: Path | None = None) -> None:
        classes = (
            f"-XX:ArchiveClassesAtExit={remember_classes}"
            if remember_classes
            else f"-XX:SharedArchiveFile={class_archive()}"
        )
        port, controller = free_port(), free_port()
        super().__init__(f"127.0.0.1:{port}")
        self._folder = Path(tempfile.mkdtemp(prefix="tocsin-kafka-"))
        configuration = self._folder / "server.properties"
        configuration.write_text(_properties(self._folder / "data", port, controller))
        _format(self._folder / "data")
        self.process = ServerProcess(
            "Kafka",
            [
                *(*JAVA, f"-Xmx{heap_mb}m", f"-Xms{heap_mb // 2}m", classes, "-cp", kafka_classpath()),
                *("-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "kafka.Kafka", configuration),
            ],
            self._folder / "log",
        )

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

    def _listens(self) -> bool:
        host, _, port = self.bootstrap.partition(":")
        try:
            socket.create_connection((host, int(port)), timeout=1).close()
        except OSError:
            return False
        return True


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


def class_archive() -> Path:
    """The broker's classes as Java reads them soonest, written once for these jars and this Java.

    With it a broker starts on half of the processor's time.
    """
    with locked(CACHE / "classes.lock"):
        java = Path(shutil.which("java") or "java").resolve()
        made_from = f"{kafka_classpath()} {JAVA} {java} {java.stat().st_mtime_ns}"
        path = CACHE / f"classes-{hashlib.sha256(made_from.encode()).hexdigest()[:16]}.jsa"
        if not path.exists():
            partial = path.with_suffix(".partial")
            partial.unlink(missing_ok=True)
            with contextlib.closing(KafkaBroker(remember_classes=partial)) as broker:
                broker.start()
                broker.stop()
            partial.rename(path)
        return path


def _format(data: Path) -> None:
    """What the storage tool writes for a node whose voters are in its properties; a start of Java less."""
    data.mkdir()
    (data / "meta.properties").write_text(f"version=1\ncluster.id={CLUSTER_ID}\nnode.id=1\n")


def _properties(data: Path, port: int, controller: int) -> str:
    listeners = f"PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}"
    return "\n".join(
        (
            "process.roles=broker,controller",
            "node.id=1",
            f"controller.quorum.voters=1@127.0.0.1:{controller}",
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
            # Sized for a laptop beside much else, not for a cluster: idle threads and buffers cost, too.
            "num.network.threads=1",
            "num.io.threads=2",
            "background.threads=2",
            "log.cleaner.dedupe.buffer.size=2097152",
            "metadata.max.idle.interval.ms=0",
            "",
        )
    )
