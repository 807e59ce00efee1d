"""Every table of ours, as SQLAlchemy Core sees it; the migrations make them, and a test compares the two."""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Double,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Sequence,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSON, JSONB

# JSON where rows come by the thousand and nothing in it is asked for: parsing it into JSONB costs a third of
# writing such a row.
metadata: Final = MetaData()
incident_numbers: Final = Sequence("incident_numbers", metadata=metadata)


def _id(name: str, *, primary: bool = False, nullable: bool = False) -> Column[str]:
    return Column(name, Uuid(as_uuid=False), primary_key=primary, nullable=nullable)


def _time(name: str, *, nullable: bool = False) -> Column[object]:
    return Column(name, DateTime(timezone=True), nullable=nullable)


def _text(name: str, *, primary: bool = False, nullable: bool = False) -> Column[str]:
    return Column(name, Text, primary_key=primary, nullable=nullable)


incidents: Final = Table(
    "incidents",
    metadata,
    _id("id", primary=True),
    Column("number", BigInteger, nullable=False, unique=True, server_default=incident_numbers.next_value()),
    _text("title"),
    _text("state"),
    _text("severity"),
    _text("environment"),
    _text("rule"),
    _text("reason_name"),
    _text("reason_text"),
    Column("services", ARRAY(Text), nullable=False),
    _time("opened_at"),
    _time("onset"),
    _time("last_alert_at"),
    Column("firing", Integer, nullable=False),
    Column("alerts", Integer, nullable=False),
    Column("storm", Boolean, nullable=False),
    _time("acknowledged_at", nullable=True),
    _text("acknowledged_by"),
    _time("monitoring_at", nullable=True),
    _time("resolved_at", nullable=True),
    _text("resolved_by"),
    Column("reopen_seconds", Double, nullable=False),
    Column("version", Integer, nullable=False),
    Column("flips", Integer, nullable=False, server_default="0"),
    _time("flapping_since", nullable=True),
    _time("calm_at", nullable=True),
    Index("incidents_open", "environment", postgresql_where=text("state <> 'resolved' AND NOT storm")),
    Index("incidents_storm", "environment", postgresql_where=text("state <> 'resolved' AND storm")),
    # Rows change often and grow little: room on the page keeps the updates out of the indexes.
    postgresql_with={"fillfactor": "70"},
)

groups: Final = Table(
    "groups",
    metadata,
    _text("key", primary=True),
    _id("incident_id", primary=True),
    _text("environment"),
    _text("rule"),
    _text("how"),
    _time("opened_at"),
    Column("open", Boolean, nullable=False),
    Index("groups_open_key", "key", unique=True, postgresql_where=text("open")),
    Index("groups_opened", "environment", "opened_at"),
    Index("groups_incident", "incident_id"),
)

occurrences: Final = Table(
    "occurrences",
    metadata,
    _text("source", primary=True),
    _text("fingerprint", primary=True),
    Column("starts_at", DateTime(timezone=True), primary_key=True),
    _text("status"),
    _time("ends_at", nullable=True),
    _text("name"),
    _text("service"),
    _text("environment"),
    Column("labels", JSON, nullable=False),
    Column("annotations", JSON, nullable=False),
    _text("generator_url"),
    _time("received_at"),
    _text("group_key"),
    _text("rule"),
    _id("incident_id", nullable=True),
    Column("quiet", Text, nullable=False, server_default=""),
    Index("occurrences_incident", "incident_id", postgresql_where=text("incident_id IS NOT NULL")),
    # Nothing that an end changes is indexed, and pages have room: ends then leave every index alone.
    Index("occurrences_held", "group_key", postgresql_where=text("incident_id IS NULL AND group_key <> ''")),
    Index("occurrences_quiet", "quiet", postgresql_where=text("incident_id IS NULL AND quiet <> ''")),
    postgresql_with={"fillfactor": "80"},
)

quiets: Final = Table(
    "quiets",
    metadata,
    _text("id", primary=True),
    _text("kind"),
    Column("matchers", JSON, nullable=False),
    _time("starts_at"),
    _time("ends_at"),
    _text("asked_by"),
    _text("comment"),
    _text("source"),
    Index("quiets_end", "ends_at"),
)

quiet_revision: Final = Table(
    "quiet_revision",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("revision", BigInteger, nullable=False),
)

inhibitors: Final = Table(
    "inhibitors",
    metadata,
    _text("key", primary=True),
    _text("source", primary=True),
    _text("fingerprint", primary=True),
    _text("name"),
    _text("service"),
    Column("both_sides", Boolean, nullable=False),
)

inbox: Final = Table(
    "inbox",
    metadata,
    _text("consumer", primary=True),
    _id("event_id", primary=True),
    Column("received_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Index("inbox_received", "received_at", postgresql_using="brin"),
)

events: Final = Table(
    "events",
    metadata,
    _time("received_at"),
    _text("id"),
    _text("source"),
    _text("fingerprint"),
    _text("status"),
    _text("name"),
    _text("service"),
    _text("environment"),
    Column("labels", JSON, nullable=False),
    Column("annotations", JSON, nullable=False),
    _time("starts_at"),
    _time("ends_at", nullable=True),
    _text("generator_url"),
    _text("decision"),
    _text("reason"),
    _id("incident_id", nullable=True),
    Column("detail", Text, nullable=False, server_default=""),
    Index("events_received", "received_at", postgresql_using="brin"),
    postgresql_partition_by="RANGE (received_at)",
)

changes: Final = Table(
    "changes",
    metadata,
    _text("source", primary=True),
    _text("change_id", primary=True),
    _text("kind"),
    _text("service"),
    _text("environment"),
    _time("time"),
    _time("received_at"),
    _text("summary"),
    _text("version"),
    _text("previous_version"),
    _text("author"),
    _text("url"),
    Column("scope", JSONB, nullable=False),
    _time("ended_at", nullable=True),
    Column("waves", JSONB, nullable=False, server_default="[]"),
    Column("rolls_back", Text, nullable=False, server_default=""),
    Column("maintenance", Boolean, nullable=False, server_default="false"),
    Column("latest_at", DateTime(timezone=True), nullable=False, server_default="-infinity"),
    _time("first_told_at", nullable=True),
    _time("first_ended_at", nullable=True),
    Index("changes_service_time", "service", "time"),
    Index("changes_received", "received_at"),
    Index("changes_told_again", "first_told_at", postgresql_where=text("first_told_at < received_at")),
    Index("changes_undoing", "time", postgresql_where=text("kind = 'rollback' OR rolls_back <> ''")),
)

rankings: Final = Table(
    "rankings",
    metadata,
    _id("incident_id", primary=True),
    Column("revision", Integer, primary_key=True, autoincrement=False),
    _time("at"),
    Column("body", JSON, nullable=False),
)

timeline: Final = Table(
    "timeline",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    _id("incident_id"),
    _time("time"),
    _text("kind"),
    _text("text"),
    _text("source"),
    Index("timeline_incident", "incident_id"),
)

outbox: Final = Table(
    "outbox",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("key", Text, nullable=False, unique=True),
    _text("kind"),
    _text("lane"),
    _id("incident_id", nullable=True),
    Column("payload", JSON, nullable=False),
    _text("coalesce", nullable=True),
    _time("due_at", nullable=True),
    Column("state", Text, nullable=False, server_default="waiting"),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.clock_timestamp()),
    Column("attempt", Integer, nullable=False, server_default="0"),
    Column("fence", BigInteger, nullable=False, server_default="0"),
    _text("worker", nullable=True),
    _time("leased_at", nullable=True),
    _time("lease_until", nullable=True),
    _time("uncertain_since", nullable=True),
    _time("failing_since", nullable=True),
    _time("ended_at", nullable=True),
    _text("error", nullable=True),
    Column("result", JSON, nullable=True),
    _text("traceparent", nullable=True),
    Index("outbox_coalesce", "coalesce", unique=True, postgresql_where=text("state = 'waiting'")),
    Index("outbox_lanes", "lane", "id", postgresql_where=text("state IN ('waiting', 'retry', 'leased')")),
    Index("outbox_ended", "ended_at", postgresql_where=text("ended_at IS NOT NULL")),
)

timers: Final = Table(
    "timers",
    metadata,
    _text("kind", primary=True),
    _text("subject", primary=True),
    Column("generation", Integer, nullable=False),
    _time("due_at"),
    _time("lease_until", nullable=True),
    Column("fence", BigInteger, nullable=False, server_default="0"),
    Index("timers_due", "due_at"),
)

channels: Final = Table(
    "channels",
    metadata,
    _id("incident_id", primary=True),
    _text("team_id"),
    _text("channel_id"),
    _text("name"),
    UniqueConstraint("channel_id", "team_id", name="channels_owned_once"),
)

messages: Final = Table(
    "messages",
    metadata,
    _id("incident_id", primary=True),
    _text("purpose", primary=True),
    _text("channel_id"),
    _text("ts"),
    _text("digest"),
)

runs: Final = Table(
    "runs",
    metadata,
    _text("id", primary=True),
    _id("incident_id"),
    _text("playbook"),
    _text("state"),
    _text("definition_hash"),
    Column("body", JSONB, nullable=False),
    Column("number", BigInteger, Identity(always=True), nullable=False),
    Index("runs_incident", "incident_id"),
)

definitions: Final = Table(
    "definitions",
    metadata,
    _text("hash", primary=True),
    Column("source", LargeBinary, nullable=False),
)

pages: Final = Table(
    "pages",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    _id("incident_id"),
    _time("time"),
    _text("why"),
    Index("pages_incident", "incident_id"),
)

quarantine: Final = Table(
    "quarantine",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    _time("at"),
    _text("source"),
    _text("reason"),
    _text("path"),
    Column("body", LargeBinary, nullable=False),
    Index("quarantine_at", "at"),
)

verdicts: Final = Table(
    "verdicts",
    metadata,
    _id("id", primary=True),
    Column("number", BigInteger, Identity(always=True), nullable=False),
    _id("incident_id"),
    _text("judgement"),
    Column("change", JSONB, nullable=True),
    _text("person"),
    _text("said_by"),
    _text("via"),
    _time("at"),
    _time("withdrawn_at", nullable=True),
    _text("withdrawn_by"),
    Index("verdicts_incident", "incident_id"),
    Index("verdicts_at", "at"),
)
