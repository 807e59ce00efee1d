"""Every partition has one lane, and every consumer of a group has work for all."""

from __future__ import annotations

import pytest

from consumers.lanes import LANES, in_lane, lane_of
from tests.consumers.fake_consumer import Partition


def test_every_partition_is_in_exactly_one_lane() -> None:
    assigned = [Partition("alerts", number) for number in range(12)]
    lanes = [in_lane(reversed(assigned), lane) for lane in range(LANES)]
    assert sorted(one for lane in lanes for one in lane) == assigned
    assert all(lane == sorted(lane) for lane in lanes)


@pytest.mark.parametrize("members", [1, 2, 3, 4, 6, 8])
@pytest.mark.parametrize("partitions", [48, 96])
def test_each_member_has_work_for_all_lanes(members: int, partitions: int) -> None:
    share = partitions // members
    for member in range(members):
        in_turns = range(member, partitions, members)
        in_ranges = range(member * share, (member + 1) * share)
        for mine in (in_turns, in_ranges):
            assert {lane_of(number) for number in mine} == set(range(LANES))
