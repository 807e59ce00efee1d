"""Reads Alertmanager's webhook (version 4): each alert is judged by itself, the good from the bad."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.domain.alert import AlertEvent, AlertStatus
from bot.domain.errors import InvalidInputError
from bot.ingest.alerts import (
    MAX_ANNOTATION_VALUE,
    MAX_FINGERPRINT,
    MAX_LABEL_VALUE,
    MAX_URL,
    alert_event,
    bounded,
    cut,
)
from bot.ingest.document import excerpt, json_type, read_json, require_object
from bot.ingest.instants import FIX, read_instant
from bot.ingest.parsed import Parsed, Rejected

if TYPE_CHECKING:
    from datetime import datetime

    from bot.ingest.labels import LabelPolicy

SOURCE: Final = "alertmanager"
MAX_ALERTS: Final = 50_000
MAX_TRUNCATED: Final = 1_000_000
_RAW_LIMIT: Final = 65_536


class _Alert(BaseModel):
    """One alert of the body; fields that we do not know are let pass."""

    model_config = ConfigDict(extra="ignore")

    status: AlertStatus
    labels: dict[str, str] = Field(min_length=1)
    # Null says no more than silence does, where nothing need be said.
    annotations: dict[str, str] | None = None
    # As any value: the times have a reader of their own, which knows Go's zero time and nanoseconds.
    starts_at: Any = Field(alias="startsAt")
    ends_at: Any = Field(alias="endsAt", default=None)
    generator_url: str | None = Field(alias="generatorURL", default=None)
    fingerprint: str | None = Field(default=None, max_length=MAX_FINGERPRINT)


def parse_alertmanager(body: bytes, received_at: datetime, policy: LabelPolicy) -> Parsed:
    """Read a body.

    Raises:
        InvalidInputError: nothing in it can be read; the path names the field.
    """
    document = require_object(read_json(body))
    _check_version(document.get("version"))
    alerts = document.get("alerts")
    if not isinstance(alerts, list):
        problem = "is missing" if "alerts" not in document else f"must be an array, not {json_type(alerts)}"
        raise InvalidInputError("alerts", problem, "send Alertmanager's webhook, version 4")
    if len(alerts) > MAX_ALERTS:
        raise InvalidInputError("alerts", f"has {len(alerts)} entries", f"send at most {MAX_ALERTS}")
    good: list[AlertEvent] = []
    bad: list[Rejected] = []
    for index, raw in enumerate(alerts):
        try:
            good.append(_read(raw, received_at, policy))
        except InvalidInputError as error:
            path = f"alerts[{index}].{error.path}".rstrip(".")
            problem = f"{error.problem} ({error.fix})" if error.fix else error.problem
            bad.append(Rejected(path, problem, excerpt(raw, _RAW_LIMIT)))
    return Parsed(tuple(good), tuple(bad), _truncated(document.get("truncatedAlerts")))


def _check_version(version: Any) -> None:
    if version is not None and str(version) != "4":
        shown = excerpt(version, 64).decode()
        raise InvalidInputError("version", f"{shown} is not known", 'only "4" is')


def _truncated(count: Any) -> int:
    # It only informs; a strange value is no reason to lose the alerts.
    is_count = isinstance(count, int) and not isinstance(count, bool)
    return count if is_count and 0 < count <= MAX_TRUNCATED else 0


def _read(raw: Any, received_at: datetime, policy: LabelPolicy) -> AlertEvent:
    try:
        alert = _Alert.model_validate(require_object(raw))
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        path = ".".join(str(part)[:64] for part in first["loc"] if part != "[key]")
        raise InvalidInputError(path, first["msg"]) from None
    starts_at = read_instant(alert.starts_at, "startsAt")
    if starts_at is None:
        raise InvalidInputError("startsAt", "says no time", FIX)
    return alert_event(
        source=SOURCE,
        fingerprint=alert.fingerprint or "",
        status=alert.status,
        labels=bounded(alert.labels, MAX_LABEL_VALUE, "labels"),
        annotations=bounded(alert.annotations or {}, MAX_ANNOTATION_VALUE, "annotations"),
        starts_at=starts_at,
        ends_at=read_instant(alert.ends_at, "endsAt"),
        generator_url=cut(alert.generator_url or "", MAX_URL),
        received_at=received_at,
        policy=policy,
    )
