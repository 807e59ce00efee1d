"""A process dies where what it did and what it wrote down differ; nothing is lost or doubled."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.crashes.fuse import Point
from tests.crashes.strikes import held_up, struck

if TYPE_CHECKING:
    from tests.support.kafka import ApacheKafka
    from tests.support.postgres import PostgresServer

pytestmark = pytest.mark.unmeasured  # killed processes tell nothing, and stories take the same ways


@pytest.mark.parametrize("point", [Point.BEFORE_COMMIT, Point.AFTER_COMMIT, Point.BEFORE_OFFSETS])
def test_a_consumer_dies(point: Point, postgres_server: PostgresServer, real_kafka: ApacheKafka) -> None:
    assert struck(postgres_server, real_kafka, "consume", point) == []


@pytest.mark.parametrize(
    ("point", "call"),
    [
        (Point.AFTER_REPLY, "create_channel"),
        (Point.AFTER_REPLY, "post"),
        (Point.END_OF_LEASE, "create_channel"),
        (Point.BEFORE_COMMIT, ""),
    ],
)
def test_a_worker_dies(
    point: Point, call: str, postgres_server: PostgresServer, real_kafka: ApacheKafka
) -> None:
    assert struck(postgres_server, real_kafka, "deliver", point, call=call) == []


def test_a_worker_that_was_held_up_records_too_late(
    postgres_server: PostgresServer, real_kafka: ApacheKafka
) -> None:
    assert held_up(postgres_server, real_kafka) == []
