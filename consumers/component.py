"""What a consumer consumes: the shape that alerts and changes share, and what is used of aiokafka for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
T_contra = TypeVar("T_contra", contravariant=True)


class Record(Protocol):
    """A record as aiokafka gives it."""

    @property
    def topic(self) -> str:
        """The topic's name in this installation."""

    @property
    def partition(self) -> int:
        """The partition's number."""

    @property
    def offset(self) -> int:
        """The place within the partition."""

    @property
    def timestamp(self) -> int:
        """Milliseconds since 1970, UTC."""

    @property
    def key(self) -> bytes | None:
        """The key, if it has one."""

    @property
    def value(self) -> bytes | None:
        """The value; None for a tombstone."""

    @property
    def headers(self) -> Sequence[tuple[str, bytes]]:
        """The headers."""


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


class Decode(Protocol[T_co]):
    """Turns a record into what the use case takes."""

    def __call__(self, record: Record) -> T_co:
        """Decode it.

        Raises:
            PermanentError: it cannot be understood; its message goes with the dead letter.
        """


class Handle(Protocol[T_contra]):
    """The use case: takes a batch in one transaction."""

    async def __call__(self, items: Sequence[T_contra], /) -> object:
        """Take the batch in.

        Raises:
            RetryableError: nothing was written, and it may work later.
            PermanentError: something in the batch can never be written.
        """


@dataclass(frozen=True, slots=True)
class Component(Generic[T]):
    """One consumer: its name in groups and metrics, the contract's topic, and what is done with a record."""

    name: str
    topic: str
    decode: Decode[T]
    handle: Handle[T]
