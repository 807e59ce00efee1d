"""What the loop uses of an aiokafka consumer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from consumers.component import Record


class Consumer(Protocol):
    """A started member of a group. `Any` stands for aiokafka's `TopicPartition`."""

    async def getmany(
        self, *partitions: Any, timeout_ms: int, max_records: int
    ) -> Mapping[Any, Sequence[Record]]:
        """Records by partition; none where there are none, or where the broker is away."""

    async def commit(self, offsets: Mapping[Any, int]) -> None:
        """Commit the offsets that come next."""

    def assignment(self) -> frozenset[Any]:
        """The partitions that are ours now."""

    def pause(self, *partitions: Any) -> None:
        """Fetch no more of these."""

    def resume(self, *partitions: Any) -> None:
        """Fetch these again."""

    async def position(self, partition: Any) -> int:
        """The offset that is read next."""

    async def end_offsets(self, partitions: Sequence[Any]) -> Mapping[Any, int]:
        """The offsets at the ends."""
