"""An embedded Kafka: librdkafka's mock cluster, which speaks the real protocol on loopback.

It lives in this process and keeps everything in memory. A partition keeps 5 MiB and silently drops what is
oldest beyond that, so what is not consumed yet is counted, and more is refused in time.
"""

from __future__ import annotations

import ctypes
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bot.domain.errors import BrokerUnavailableError, ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bot.app.ports import OutRecord, Publisher

BOUND_BYTES: Final = 4 * 1024 * 1024
_OVERHEAD_BYTES: Final = 100  # a record's framing, generously
_ALREADY_EXISTS: Final = 36
_PRODUCER: Final = 0  # RD_KAFKA_PRODUCER


class EmbeddedKafka:
    """A running mock cluster of one broker; `bootstrap` is its `host:port`."""

    def __init__(self) -> None:
        self._library = _load()
        problem = ctypes.create_string_buffer(512)
        configuration = self._library.rd_kafka_conf_new()
        self._library.rd_kafka_conf_set(configuration, b"log_level", b"0", problem, 512)
        self._handle = self._library.rd_kafka_new(_PRODUCER, configuration, problem, 512)
        if not self._handle:
            raise ConfigurationError(f"the embedded Kafka did not start: {problem.value.decode()}")
        self._cluster = self._library.rd_kafka_mock_cluster_new(self._handle, 1)
        self._library.rd_kafka_mock_group_initial_rebalance_delay_ms(self._cluster, 0)
        bootstraps: bytes = self._library.rd_kafka_mock_cluster_bootstraps(self._cluster)
        self.bootstrap = bootstraps.decode()

    def create_topic(self, name: str, partitions: int) -> None:
        """Create a topic, if it is not there.

        Raises:
            ConfigurationError: the cluster refuses.
        """
        code = self._library.rd_kafka_mock_topic_create(self._cluster, name.encode(), partitions, 1)
        if code not in {0, _ALREADY_EXISTS}:
            raise ConfigurationError(f"the embedded Kafka refuses topic {name} (error {code})")

    def stop(self) -> None:
        """End the cluster; what it held is gone. A second time does nothing."""
        if not self._handle:
            return
        handle, self._handle = self._handle, None
        self._library.rd_kafka_mock_cluster_destroy(self._cluster)
        self._library.rd_kafka_destroy(handle)


class BoundedPublisher:
    """Refuses what the embedded broker would drop: it counts what nobody has consumed yet."""

    def __init__(self, inner: Publisher, bounded: Iterable[str], bound: int = BOUND_BYTES) -> None:
        self._inner = inner
        self._bound = bound
        self._waiting = dict.fromkeys(bounded, 0)

    async def publish(self, records: Sequence[OutRecord], within: float) -> None:
        """Publish, unless the bound would be passed (see the port)."""
        sizes: dict[str, int] = {}
        for record in records:
            if record.topic in self._waiting:
                size = _size(len(record.key_bytes), len(record.value), record.headers)
                sizes[record.topic] = sizes.get(record.topic, 0) + size
        for topic, size in sizes.items():
            if self._waiting[topic] + size > self._bound:
                raise BrokerUnavailableError(
                    f"the embedded Kafka holds {self._waiting[topic]} bytes of {topic} that nobody has "
                    f"consumed yet; its bound is {self._bound}"
                )
        for topic, size in sizes.items():
            self._waiting[topic] += size
        # A failure does not count down: nothing says that the broker did not keep the records.
        await self._inner.publish(records, within)

    async def check(self) -> None:
        """Ask the broker (see the port)."""
        await self._inner.check()

    def consumed(self, topic: str, key: int, value: int, headers: Iterable[tuple[str, bytes | None]]) -> None:
        """A record of these sizes (bytes) was consumed and committed."""
        if topic in self._waiting:
            self._waiting[topic] = max(0, self._waiting[topic] - _size(key, value, headers))


def _size(key: int, value: int, headers: Iterable[tuple[str, bytes | None]]) -> int:
    # Others may write headers without a value.
    return _OVERHEAD_BYTES + key + value + sum(len(name) + len(text or b"") for name, text in headers)


def _load() -> ctypes.CDLL:
    spec = find_spec("confluent_kafka")
    if spec is None or spec.origin is None:
        raise ConfigurationError(
            "no embedded Kafka: install tocsin[embedded], or set KAFKA_BOOTSTRAP_SERVERS"
        )
    package = Path(spec.origin).parent
    found = [
        *package.parent.glob("confluent_kafka.libs/librdkafka*"),
        *package.glob(".dylibs/librdkafka*"),
    ]
    if not found:
        raise ConfigurationError("confluent-kafka brings no librdkafka; set KAFKA_BOOTSTRAP_SERVERS")
    library = ctypes.CDLL(str(found[0]))
    pointer, number, text = ctypes.c_void_p, ctypes.c_int, ctypes.c_char_p
    for name, result, arguments in (
        ("rd_kafka_conf_new", pointer, []),
        ("rd_kafka_conf_set", number, [pointer, text, text, text, ctypes.c_size_t]),
        ("rd_kafka_new", pointer, [number, pointer, text, ctypes.c_size_t]),
        ("rd_kafka_mock_cluster_new", pointer, [pointer, number]),
        ("rd_kafka_mock_cluster_bootstraps", text, [pointer]),
        ("rd_kafka_mock_topic_create", number, [pointer, text, number, number]),
        ("rd_kafka_mock_group_initial_rebalance_delay_ms", None, [pointer, ctypes.c_int32]),
        ("rd_kafka_mock_cluster_destroy", None, [pointer]),
        ("rd_kafka_destroy", None, [pointer]),
    ):
        function = getattr(library, name)
        function.restype = result
        function.argtypes = arguments
    return library
