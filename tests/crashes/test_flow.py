"""A minute of incidents while everything dies: workers, consumers, the database and the broker.

The seed decides what is sent and who is killed when; a failure names it.
"""

from __future__ import annotations

import asyncio
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import pytest

from tests.crashes.chaos import Chaos
from tests.crashes.faults import planned
from tests.crashes.scene import Scene
from tests.crashes.sender import live

if TYPE_CHECKING:
    from tests.support.kafka import KafkaBroker
    from tests.support.postgres import PostgresServer

pytestmark = pytest.mark.unmeasured  # killed processes tell nothing, and stories take the same ways
SEED: Final = 20_261_121
SECONDS: Final = 60.0
INCIDENTS_PER_S: Final = 1.5
KILLS: Final = 20
FLEET: Final = ("consume", "consume", "deliver", "deliver")
REST_WITHIN_S: Final = 120.0


def test_nothing_is_lost_or_doubled_while_everything_dies(
    own_postgres: PostgresServer, own_kafka: KafkaBroker
) -> None:
    faults = planned(SEED, datetime.now(UTC), SECONDS, INCIDENTS_PER_S)
    with Scene(own_postgres, own_kafka, faults) as scene:
        chaos = Chaos(scene, own_kafka, SEED, SECONDS, KILLS)
        for role in FLEET:
            chaos.enlist(role)
        flow = threading.Thread(target=asyncio.run, args=[live(scene.settings, scene.configuration, faults)])
        flow.start()
        chaos.unleash(flow)
        flow.join()
        scene.come_to_rest(REST_WITHIN_S)
        violations = scene.judge()
        told = "\n".join([f"seed {SEED}", *violations, *chaos.done])
        assert violations == [], told
        assert chaos.unstruck() == [], told
