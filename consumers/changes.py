"""The consumer of `tocsin.changes.v1`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.ingest.records import CHANGES_TOPIC, decode_change
from consumers.component import Component

if TYPE_CHECKING:
    from bot.app.ingest_changes import ChangeIntake
    from bot.domain.change import Change
    from bot.ingest.labels import LabelPolicy
    from consumers.component import Record


def changes(intake: ChangeIntake, labels: LabelPolicy) -> Component[Change]:
    """Changes go to `intake`, a batch at a time; `labels` says which environments are one."""

    def decode(record: Record) -> Change:
        return decode_change(record.value, record.headers, record.timestamp, labels)

    return Component("changes", CHANGES_TOPIC, decode, intake.take_in)
