from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

import pytest

from bot.domain.errors import InvalidInputError
from bot.ingest.labels import USUAL, LabelPolicy
from bot.ingest.records import encode_change
from consumers.changes import changes
from tests.consumers.fake_consumer import FakeRecord
from tests.support.facts import change

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.app.ingest_changes import ChangeIntake
    from bot.domain.change import Change
    from consumers.component import Component


@dataclass
class Intake:
    taken: list[Change] = field(default_factory=list)

    async def take_in(self, items: Sequence[Change]) -> int:
        self.taken += items
        return len(items)


def made(intake: Intake, labels: LabelPolicy = USUAL) -> Component[Change]:
    return changes(cast("ChangeIntake", intake), labels)


async def test_its_environment_goes_by_the_alerts_name() -> None:
    labels = LabelPolicy(of_changes={change().environment: "production"})
    encoded = encode_change(change())
    stamped = int(change().received_at.timestamp() * 1000)
    record = FakeRecord(encoded.value, 0, headers=encoded.headers, timestamp=stamped)
    assert made(Intake(), labels).decode(record).environment == "production"


async def test_a_record_becomes_a_change_and_is_taken_in() -> None:
    intake = Intake()
    component = made(intake)
    encoded = encode_change(change())
    stamped = int(change().received_at.timestamp() * 1000)
    decoded = component.decode(FakeRecord(encoded.value, 0, headers=encoded.headers, timestamp=stamped))
    assert (component.name, component.topic, decoded) == ("changes", "tocsin.changes.v1", change())
    await component.handle([decoded])
    assert intake.taken == [change()]


@pytest.mark.parametrize("value", [None, b"", b"poison", b"{}"])
def test_what_is_no_change_is_refused(value: bytes | None) -> None:
    with pytest.raises(InvalidInputError):
        made(Intake()).decode(FakeRecord(value, 0, headers=()))
