"""The same strikes with a guard taken out must be noticed; else the other verdicts would mean nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.crashes.fuse import Guard, Point
from tests.crashes.strikes import held_up, struck

if TYPE_CHECKING:
    from tests.support.kafka import ApacheKafka
    from tests.support.postgres import PostgresServer

pytestmark = pytest.mark.unmeasured  # killed processes tell nothing, and stories take the same ways


def test_without_the_inbox_an_alert_is_taken_in_twice(
    postgres_server: PostgresServer, real_kafka: ApacheKafka
) -> None:
    noticed = struck(postgres_server, real_kafka, "consume", Point.BEFORE_OFFSETS, without=Guard.INBOX)
    assert any(line.startswith("event log: ") and " too much" in line for line in noticed), noticed


def test_without_fencing_two_workers_record_the_same_outcome(
    postgres_server: PostgresServer, real_kafka: ApacheKafka
) -> None:
    noticed = held_up(postgres_server, real_kafka, without=Guard.FENCING)
    assert any(line.startswith("told of its channel: 1 too much") for line in noticed), noticed


def test_without_reconciliation_an_incident_gets_two_channels(
    postgres_server: PostgresServer, real_kafka: ApacheKafka
) -> None:
    noticed = struck(
        postgres_server,
        real_kafka,
        "deliver",
        Point.AFTER_REPLY,
        call="create_channel",
        without=Guard.RECONCILIATION,
    )
    assert any(line.startswith("channel: ") and " too much" in line for line in noticed), noticed


def test_without_reconciliation_a_message_is_posted_twice(
    postgres_server: PostgresServer, real_kafka: ApacheKafka
) -> None:
    noticed = struck(
        postgres_server,
        real_kafka,
        "deliver",
        Point.AFTER_REPLY,
        call="post",
        without=Guard.RECONCILIATION,
    )
    assert any(line.startswith("message ") and line.endswith(" 2 times") for line in noticed), noticed
