"""Reads an alert in whichever form somebody has it: a webhook's body, one alert, a record of the topic."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from bot.domain.errors import InvalidInputError
from bot.ingest.alertmanager import parse_alertmanager
from bot.ingest.alerts import all_within_reason
from bot.ingest.document import read_json, require_object
from bot.ingest.records import decode_alert

if TYPE_CHECKING:
    from datetime import datetime

    from bot.domain.alert import AlertEvent
    from bot.ingest.labels import LabelPolicy

_GIVEN: Final = "given"
"""The source of an alert that names none."""
_OF_A_RECORD: Final = frozenset({"specversion", "source", "starts_at", "received_at"})


def read_alerts(body: bytes, received_at: datetime, policy: LabelPolicy) -> tuple[AlertEvent, ...]:
    """The alerts in a document.

    An Alertmanager webhook holds `alerts`; a record of the alerts topic says its `source`, bare or in a
    CloudEvent. Anything else is one alert as Alertmanager writes it, or with the times of a record; of it
    only `labels` are needed: it fires, since now or since it was received.

    Raises:
        InvalidInputError: it is none of them, or of a time that is out of range; the path names the field.
    """
    document = require_object(read_json(body))
    if "alerts" not in document:
        if not _OF_A_RECORD.isdisjoint(document):
            if document.keys().isdisjoint({"specversion", "source"}):
                given = {"source": _GIVEN, "status": "firing", "starts_at": document.get("received_at")}
                body = json.dumps({**given, **document}).encode()
            try:
                event = decode_alert(body, (), int(received_at.timestamp() * 1000), policy)
            except InvalidInputError as error:
                if error.path == "starts_at" and "starts_at" not in document:
                    raise InvalidInputError("received_at", error.problem, error.fix) from error
                raise
            all_within_reason(event)
            return (event,)
        if "receivedAt" in document:
            raise InvalidInputError("receivedAt", "is not read", "write received_at")
        alert = {"status": "firing", "startsAt": received_at.isoformat(), **document}
        document = {"alerts": [alert]}
    parsed = parse_alertmanager(json.dumps(document).encode(), received_at, policy)
    for bad in parsed.bad:
        raise InvalidInputError(bad.path, bad.problem)
    return parsed.good
