"""Topics and groups: what they are called in this installation, and how they are created or checked."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Protocol

from bot.ingest.records import ALERTS_TOPIC, CHANGES_TOPIC, INCIDENTS_TOPIC

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

TOPICS: Final = (ALERTS_TOPIC, CHANGES_TOPIC, INCIDENTS_TOPIC)
CONSUMED: Final = {"alerts": ALERTS_TOPIC, "changes": CHANGES_TOPIC}
"""By component: the topic that its group reads."""


def topic_name(prefix: str, topic: str) -> str:
    """What a topic of the contract is called here."""
    return f"{prefix}{topic}"


def group_name(prefix: str, component: str) -> str:
    """The consumer group of a component (`alerts`, `changes`)."""
    return f"{prefix}tocsin.{component}"


def dead_letter_topic(topic: str, group: str) -> str:
    """Where a group puts the records of a topic that it cannot read; both names as they are here."""
    return f"{topic}.{group}.dlq"


@dataclass(frozen=True, slots=True)
class TopicSpec:
    """A topic as it should be."""

    name: str
    partitions: int
    replication: int
    settings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TopicShape:
    """A topic as it is."""

    partitions: int
    replication: int


class Verdict(StrEnum):
    """What was found or done about one topic."""

    CREATED = "created"
    PRESENT = "present"
    DIFFERENT = "different"


@dataclass(frozen=True, slots=True)
class TopicReport:
    """The verdict on one topic; `text` says what differs and what to do, for people."""

    name: str
    verdict: Verdict
    text: str


class TopicAdmin(Protocol):
    """Looks at topics and creates them; the embedded broker has one of its own."""

    async def describe(self, names: Collection[str]) -> dict[str, TopicShape]:
        """Those of the topics that exist.

        Raises:
            BrokerUnavailableError: the broker does not answer.
        """

    async def create(self, specs: Sequence[TopicSpec]) -> None:
        """Create topics; one that somebody else created meanwhile is fine.

        Raises:
            BrokerUnavailableError: the broker does not answer.
            ConfigurationError: the broker refuses the shape, as with more replicas than brokers.
        """


def required_topics(prefix: str, partitions: int, replication: int) -> tuple[TopicSpec, ...]:
    """All that an installation needs: the three of the contract, and the dead letters of its groups."""
    topics = [TopicSpec(topic_name(prefix, topic), partitions, replication) for topic in TOPICS]
    letters = [
        TopicSpec(
            dead_letter_topic(topic_name(prefix, topic), group_name(prefix, component)),
            1,
            replication,
            # Dead letters wait for people, who take longer than machines.
            {"retention.ms": str(30 * 24 * 3600 * 1000)},
        )
        for component, topic in CONSUMED.items()
    ]
    return (*topics, *letters)


async def ensure_topics(admin: TopicAdmin, specs: Iterable[TopicSpec]) -> list[TopicReport]:
    """Create what is missing and compare what is there; never changes a topic that exists.

    Raises:
        BrokerUnavailableError: the broker does not answer.
        ConfigurationError: the broker refuses the shape.
    """
    wanted = {spec.name: spec for spec in specs}
    there = await admin.describe(wanted.keys())
    missing = [spec for name, spec in wanted.items() if name not in there]
    if missing:
        await admin.create(missing)
    return [_report(spec, there.get(spec.name)) for spec in wanted.values()]


def _report(spec: TopicSpec, shape: TopicShape | None) -> TopicReport:
    if shape is None:
        text = f"created with {spec.partitions} partitions, {spec.replication} replicas"
        return TopicReport(spec.name, Verdict.CREATED, text)
    differences = [
        f"{name} {actual}, wanted {wanted}"
        for name, actual, wanted in (
            ("partitions", shape.partitions, spec.partitions),
            ("replicas", shape.replication, spec.replication),
        )
        if actual != wanted
    ]
    if differences:
        text = "; ".join(differences) + ": alter the topic, or the settings if it is right as it is"
        return TopicReport(spec.name, Verdict.DIFFERENT, text)
    return TopicReport(spec.name, Verdict.PRESENT, "as it should be")
