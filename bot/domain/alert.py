"""Alerts: what a monitoring system says is wrong, and the state that remains of it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

UNKNOWN = "unknown"
AlertKey = tuple[str, str]
"""(source, fingerprint): one alert, over all of its occurrences."""


class AlertStatus(StrEnum):
    """Whether the alert's condition holds."""

    FIRING = "firing"
    RESOLVED = "resolved"


@dataclass(slots=True)
class AlertEvent:
    """One notification about one alert, normalised. Nobody changes it.

    It is not `frozen`, as are others of which each alert makes one: to make a frozen one takes five times
    as long.

    `starts_at`, `ends_at` and `received_at` are aware and in UTC; `received_at` is the event's `now`.
    `ends_at` is None while firing. `service` and `environment` are `unknown` where no label names them.
    """

    event_id: str
    source: str
    fingerprint: str
    status: AlertStatus
    name: str
    service: str
    environment: str
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    starts_at: datetime
    ends_at: datetime | None
    received_at: datetime
    generator_url: str = ""

    @property
    def key(self) -> AlertKey:
        """The alert this is about."""
        return (self.source, self.fingerprint)

    @property
    def onset(self) -> datetime:
        """When it began; a start in the future is clamped to the moment of receipt."""
        return min(self.starts_at, self.received_at)

    @property
    def summary(self) -> str:
        """One line for people: the annotation if there is one, else the alert's name."""
        return self.annotations.get("summary") or self.annotations.get("description") or self.name


@dataclass(slots=True)
class Occurrence:
    """The latest known firing of one alert: last writer by (`starts_at`, status, `ends_at`).

    `quiet` names what keeps it from an incident for a while (a silence, a source that inhibits it, ...).
    """

    source: str
    fingerprint: str
    starts_at: datetime
    status: AlertStatus
    ends_at: datetime | None
    name: str
    service: str
    environment: str
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    generator_url: str
    received_at: datetime
    group_key: str = ""
    rule: str = ""
    incident_id: str | None = None
    quiet: str = ""

    def ended(self, at: datetime, received_at: datetime) -> Occurrence:
        """The occurrence, ended at `at`, as was heard at `received_at`."""
        # Made anew, field by field: `copy` takes four times as long, and a busy batch asks for a thousand.
        return Occurrence(
            source=self.source,
            fingerprint=self.fingerprint,
            starts_at=self.starts_at,
            status=AlertStatus.RESOLVED,
            ends_at=at,
            name=self.name,
            service=self.service,
            environment=self.environment,
            labels=self.labels,
            annotations=self.annotations,
            generator_url=self.generator_url,
            received_at=received_at,
            group_key=self.group_key,
            rule=self.rule,
            incident_id=self.incident_id,
            quiet=self.quiet,
        )

    @property
    def key(self) -> AlertKey:
        """The alert this is an occurrence of."""
        return (self.source, self.fingerprint)


def event_identity(
    source: str, fingerprint: str, starts_at: datetime, status: AlertStatus, ends_at: datetime | None
) -> str:
    """Name one notification: 32 hex digits, the same for every delivery of the same fact."""
    ended = instant(ends_at) if status is AlertStatus.RESOLVED and ends_at else ""
    return identity_of(source, fingerprint, instant(starts_at), status, ended)


def identity_of(source: str, fingerprint: str, started: str, status: AlertStatus, ended: str) -> str:
    """The same of times as `instant` writes them; `ended` is empty while it fires or where nobody knows."""
    text = f"{source}\x00{fingerprint}\x00{started}\x00{status}\x00{ended}"
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def instant(moment: datetime) -> str:
    """An aware time as RFC 3339 in UTC with microseconds, so that equal instants are equal texts."""
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    return moment.isoformat(timespec="microseconds")


def labels_fingerprint(labels: Mapping[str, str]) -> str:
    """Name a label set (16 hex digits) for senders that give no fingerprint of their own."""
    text = "\x00".join(f"{name}\x01{labels[name]}" for name in sorted(labels))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def first_label(labels: Mapping[str, str], names: tuple[str, ...]) -> str:
    """The value of the first of `names` that is set and not empty, else `unknown`."""
    for name in names:
        value = labels.get(name)
        if value:
            return value
    return UNKNOWN


def may_be_one(environment: str, other: str) -> bool:
    """Whether both may be the same environment: they are, or one of them is not known."""
    return environment == other or UNKNOWN in {environment, other}


def is_news(event: AlertEvent, known: Occurrence | None) -> bool:
    """Whether the event says more than what is known: a late `firing` never undoes a `resolved`."""
    if known is None or event.starts_at > known.starts_at:
        return True
    if event.starts_at < known.starts_at:
        return False
    if event.status is AlertStatus.FIRING:
        return False
    if known.status is AlertStatus.FIRING:
        return True
    return event.ends_at is not None and (known.ends_at is None or event.ends_at > known.ends_at)
