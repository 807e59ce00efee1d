"""Which partitions are worked on side by side: one lane thinks while the database writes for the other.

A partition belongs to the same lane for ever. If that rested on what is assigned now, a rebalance could move
it while its records are on their way, two lanes could work on it, and the offset of the faster one would be
committed over records that the slower one has not taken in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from aiokafka import TopicPartition

if TYPE_CHECKING:
    from collections.abc import Iterable

LANES: Final = 3


NOWHERE: Final = TopicPartition("", -1)
"""What is polled where nothing is assigned: it gives nothing, and raises what is wrong with the group."""


def lane_of(partition: int) -> int:
    """The lane of a partition, in a pattern of seventeen.

    No usual number of members divides it, so each member of a group has work for all lanes, whether the
    group deals its partitions out in ranges or in turns.
    """
    return partition * 13 % 17 % LANES


def in_lane(assigned: Iterable[Any], lane: int) -> list[Any]:
    """Those of the assigned partitions that belong to the lane, in order."""
    return sorted(partition for partition in assigned if lane_of(partition.partition) == lane)
