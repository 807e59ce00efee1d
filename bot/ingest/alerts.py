"""Builds the normalised alert event from what a sender said: bounds, clamps, identity, service."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.domain.alert import AlertEvent, AlertStatus, first_label, identity_of, labels_fingerprint
from bot.domain.errors import InvalidInputError
from bot.ingest.instants import within_reason, written

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from bot.ingest.labels import LabelPolicy

MAX_LABELS: Final = 256
MAX_NAME: Final = 256
MAX_LABEL_VALUE: Final = 4096
MAX_ANNOTATION_VALUE: Final = 8192
MAX_TEXT: Final = 65_536  # of all labels together, and of all annotations: a record stays under Kafka's 1 MB
MAX_URL: Final = 2048
MAX_FINGERPRINT: Final = 256
MAX_SOURCE: Final = 256


def alert_event(
    *,
    source: str,
    fingerprint: str,
    status: AlertStatus,
    labels: Mapping[str, str],
    annotations: Mapping[str, str],
    starts_at: datetime,
    ends_at: datetime | None,
    generator_url: str,
    received_at: datetime,
    policy: LabelPolicy,
) -> AlertEvent:
    """The event, with its identity. Times are in UTC.

    An alert that ended at an unknown time ended, as far as anybody knows, when we heard of it; its identity
    leaves that time out, so that the sender's second attempt has the same one. An end before the start is
    a clock gone wrong and becomes the start.
    """
    fingerprint = fingerprint or labels_fingerprint(labels)
    if status is AlertStatus.FIRING:
        ends_at = None
    elif ends_at is not None and ends_at < starts_at:
        ends_at = starts_at
    ended = "" if ends_at is None else written(ends_at)
    identity = identity_of(source, fingerprint, written(starts_at), status, ended)
    if status is AlertStatus.RESOLVED and ends_at is None:
        ends_at = max(received_at, starts_at)
    return AlertEvent(
        identity,
        source,
        fingerprint,
        status,
        first_label(labels, policy.name),
        first_label(labels, policy.service),
        first_label(labels, policy.environment),
        labels,
        annotations,
        starts_at,
        ends_at,
        received_at,
        generator_url,
    )


def all_within_reason(event: AlertEvent) -> None:
    """Make sure that what is kept can be played again.

    Raises:
        InvalidInputError: one of its times lies so far off that nobody means it.
    """
    within_reason(event.starts_at, "starts_at")
    within_reason(event.ends_at, "ends_at")
    within_reason(event.received_at, "received_at")


def bounded(texts: Mapping[str, str], limit: int, path: str) -> dict[str, str]:
    """Names and values with every value of at most `limit` characters, and a marker where it was cut.

    Raises:
        InvalidInputError: there are too many, a name is too long or empty, or all together are too long.
    """
    if len(texts) > MAX_LABELS:
        raise InvalidInputError(path, f"has {len(texts)} entries", f"send at most {MAX_LABELS}")
    for name in texts:
        if not name or len(name) > MAX_NAME:
            raise InvalidInputError(path, f"has a name of {len(name)} characters", f"use 1 to {MAX_NAME}")
    kept = {name: cut(value, limit) for name, value in texts.items()}
    total = sum(len(name) + len(value) for name, value in kept.items())
    if total > MAX_TEXT:
        raise InvalidInputError(path, f"hold {total} characters", f"send at most {MAX_TEXT}")
    return kept


def cut(text: str, limit: int) -> str:
    """The text, or its beginning with a marker that says how long it was; never longer than `limit`."""
    if len(text) <= limit:
        return text
    marker = f"… [cut: {len(text)} characters]"
    return text[: limit - len(marker)] + marker
