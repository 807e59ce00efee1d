"""Tells others on `tocsin.incidents.v1`; a repeated record has the same `ce_id`, by which readers drop it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from bot.app.ports import OutRecord
from bot.delivery.attempt import Handled
from bot.domain.incident import State
from bot.ingest.records import INCIDENTS_TOPIC, encode_incident_event

if TYPE_CHECKING:
    from bot.delivery.attempt import Attempt
    from bot.delivery.handlers.outside import Outside

WITHIN: Final = 10.0


class Publish:
    """The handler."""

    def __init__(self, outside: Outside) -> None:
        self._outside = outside

    async def __call__(self, attempt: Attempt) -> Handled:
        """Produce the event, with the state and the time that it had when it happened."""
        async with self._outside.store.singly() as uow:
            incident = await uow.incidents.get(attempt.incident_id)
        payload = attempt.payload
        then = replace(incident, state=State(str(payload["state"])))
        sequence = int(payload["sequence"])
        encoded = encode_incident_event(
            then, str(payload["event"]), sequence, attempt.claimed.created_at, attempt.key
        )
        record = OutRecord(INCIDENTS_TOPIC, encoded.key, encoded.value, encoded.headers)
        await self._outside.publisher.publish([record], WITHIN)
        return Handled({"sequence": sequence})
