"""The use cases over the fake store, with a clock and ids that a test can foresee."""

from __future__ import annotations

import itertools
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from bot.app.ingest_alerts import AlertIntake
from bot.app.ingest_changes import ChangeIntake
from bot.app.ports import IncidentPolicy
from bot.app.ranking import Ranker
from bot.domain.catalog import Catalog, Service
from bot.domain.correlation import DEFAULT_PARAMETERS
from bot.domain.maintenance import MaintenancePolicy
from bot.domain.rules import DEFAULT_RULE, RuleSet
from tests.support.facts import NOW
from tests.support.fake_store import FakeStore

if TYPE_CHECKING:
    from bot.app.ports import Store
    from bot.domain.incident import Incident

CATALOG = Catalog(
    [Service("web", depends_on=("checkout",)), Service("checkout", depends_on=("db",)), Service("db")]
)


@dataclass
class Intake:
    """Both intakes over one store."""

    store: FakeStore = field(default_factory=FakeStore)
    rules: RuleSet = field(default_factory=lambda: RuleSet([DEFAULT_RULE]))

    @property
    def alerts(self) -> AlertIntake:
        return alert_intake(self.store, self.rules)

    @property
    def changes(self) -> ChangeIntake:
        return ChangeIntake(self.store, Ranker(CATALOG, DEFAULT_PARAMETERS), MaintenancePolicy())

    @property
    def incidents(self) -> list[Incident]:
        return sorted(self.store.state.incidents.values(), key=lambda one: one.number)

    def effects(self) -> list[str]:
        """The kinds of what was put into the outbox, in order."""
        return [row.effect.kind.value for row in self.store.state.outbox]


@pytest.fixture
def intake() -> Intake:
    return Intake()


def alert_intake(store: Store, rules: RuleSet) -> AlertIntake:
    """Ids are UUIDs that count up."""
    numbers = itertools.count(1)
    seed = uuid.uuid4().int & ~0xFFFF
    return AlertIntake(
        store,
        rules,
        Ranker(CATALOG, DEFAULT_PARAMETERS),
        IncidentPolicy(),
        lambda: NOW,
        lambda: str(uuid.UUID(int=seed + next(numbers))),
    )
