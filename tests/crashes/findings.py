"""What is there after a scene: in PostgreSQL, in Slack, on Kafka and at the pager."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from bot.ingest.records import ALERTS_TOPIC, INCIDENTS_TOPIC
from bot.kafka.topics import dead_letter_topic, group_name, topic_name

if TYPE_CHECKING:
    from tests.crashes.scene import Scene

Json = dict[str, Any]
_SEEDED: Final = {"general", "incidents"}

INCIDENTS: Final = "SELECT id, environment, services, state, alerts, firing FROM incidents"
OCCURRENCES: Final = "SELECT fingerprint, starts_at, status, incident_id FROM occurrences"
INBOX: Final = "SELECT replace(event_id::text, '-', '') AS id FROM inbox WHERE consumer = 'alerts'"
EVENTS: Final = "SELECT id FROM events"
OUTBOX: Final = "SELECT key, kind, state, incident_id, error FROM outbox"
CHANNELS: Final = "SELECT incident_id, channel_id FROM channels"
TIMELINE: Final = "SELECT incident_id, kind, count(*) AS count FROM timeline GROUP BY incident_id, kind"
PAGES: Final = "SELECT incident_id FROM pages"


@dataclass(frozen=True, slots=True)
class Post:
    """A message of the bot: in which channel, and the key in its metadata."""

    channel: str
    key: str


@dataclass(frozen=True, slots=True)
class Published:
    """A record of `tocsin.incidents.v1`, in the order in which it was read."""

    id: str
    incident: str
    sequence: int
    event: str


@dataclass(frozen=True, slots=True)
class Findings:
    """Rows are as the statements above name their columns; `paged` are the keys that the pager got."""

    incidents: list[Json]
    occurrences: list[tuple[str, datetime, str, str]]
    inbox: list[str]
    events: list[str]
    outbox: list[Json]
    owned: list[Json]
    timeline: list[Json]
    pages: list[str]
    channels: list[str]
    posts: list[Post]
    published: list[Published]
    paged: list[str]
    dead_letters: int


def found(scene: Scene) -> Findings:
    """Look everywhere; call it when everything has come to rest."""
    return Findings(
        incidents=scene.rows(INCIDENTS),
        occurrences=[
            (row["fingerprint"], datetime.fromisoformat(row["starts_at"]), row["status"], row["incident_id"])
            for row in scene.rows(OCCURRENCES)
        ],
        inbox=[row["id"] for row in scene.rows(INBOX)],
        events=[row["id"] for row in scene.rows(EVENTS)],
        outbox=scene.rows(OUTBOX),
        owned=scene.rows(CHANNELS),
        timeline=scene.rows(TIMELINE),
        pages=[row["incident_id"] for row in scene.rows(PAGES)],
        channels=_channels(scene),
        posts=_posts(scene),
        published=asyncio.run(_published(scene)),
        paged=[one.key for one in scene.outside.pages()],
        dead_letters=asyncio.run(_dead_letters(scene)),
    )


def _channels(scene: Scene) -> list[str]:
    channels = scene.workspace.channels.values()
    return [one.id for one in channels if one.kind == "public" and one.name not in _SEEDED]


def _posts(scene: Scene) -> list[Post]:
    return [
        Post(message.channel, str((message.metadata or {}).get("event_payload", {}).get("key", "")))
        for messages in scene.workspace.messages.values()
        for message in messages.values()
        if message.bot_id and message.subtype in {None, "bot_message"} and not message.deleted
    ]


async def _published(scene: Scene) -> list[Published]:
    return [
        Published(one.headers["ce_id"], one.json["id"], one.json["sequence"], one.json["event"])
        for one in await scene.kafka.read(INCIDENTS_TOPIC)
    ]


async def _dead_letters(scene: Scene) -> int:
    prefix = scene.kafka.prefix
    topic = dead_letter_topic(topic_name(prefix, ALERTS_TOPIC), group_name(prefix, "alerts"))
    return len(await scene.kafka.read(topic.removeprefix(prefix)))


def as_rows(said: str) -> list[Json]:
    """What psql prints for an aggregated JSON array."""
    rows: list[Json] = json.loads(said) if said else []
    return rows
