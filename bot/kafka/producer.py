"""The producer: idempotent, acknowledged by all replicas, bounded in memory and in time.

aiokafka's own producer waits for ever where brokers are away: every wait here has an end. What could not be
acknowledged in time may still be delivered later; the identity of events makes that harmless.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import (
    KafkaConnectionError,
    KafkaError,
    MessageSizeTooLargeError,
    RecordTooLargeError,
)

from bot.domain.errors import BrokerUnavailableError, PermanentError
from bot.kafka.closing import discard, raise_if_asked, verdict
from bot.kafka.security import KafkaSettings, client_options

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.app.ports import OutRecord
    from bot.kafka.metrics import ProducerMetrics

CONNECT_SECONDS: Final = 10.0
RETRY_SECONDS: Final = 0.5
CHECK_SECONDS: Final = 3.0
_OVERHEAD: Final = 64  # of a record, beside what its sender gave

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much may wait for an acknowledgement before further records are refused at once."""

    records: int = 20_000
    bytes: int = 48 * 2**20
    request_bytes: int = 1_000_000
    request_seconds: float = 10.0


class KafkaPublisher:
    """The `Publisher` port on aiokafka. Starts without a broker, and finds it by itself when it comes."""

    def __init__(
        self, settings: KafkaSettings, prefix: str, metrics: ProducerMetrics, bounds: Bounds | None = None
    ) -> None:
        self._options = client_options(settings)
        self._prefix = prefix
        self._metrics = metrics
        self._bounds = bounds or Bounds()
        self._producer: AIOKafkaProducer | None = None
        self._connecting: asyncio.Task[AIOKafkaProducer] | None = None
        self._discarding: set[asyncio.Task[None]] = set()
        self._waiting: set[asyncio.Future[Any]] = set()
        self._records = 0
        self._bytes = 0
        self._closed = False

    async def start(self) -> None:
        """Begin to connect; returns at once, so that a process starts while its broker is away."""
        self._connect()

    async def publish(self, records: Sequence[OutRecord], within: float) -> None:
        """Send, and return when the broker has acknowledged all of them.

        Raises:
            BrokerUnavailableError: not all were acknowledged within so many seconds, or too much waits.
            PermanentError: a record is larger than a request may be.
        """
        began = time.monotonic()
        self._reserve(records)
        try:
            async with asyncio.timeout(within):
                await self._send(records)
        except TimeoutError as error:
            self._metrics.failures.labels("timeout").inc()
            raise BrokerUnavailableError(f"no acknowledgement within {within:g} s") from error
        except (MessageSizeTooLargeError, RecordTooLargeError) as error:
            self._metrics.failures.labels("too_large").inc()
            raise PermanentError("a record is larger than the broker takes") from error
        except KafkaError as error:
            self._metrics.failures.labels("refused").inc()
            raise BrokerUnavailableError(f"{type(error).__name__}: {error}") from error
        self._metrics.seconds.observe(time.monotonic() - began)
        for record in records:
            self._metrics.records.labels(record.topic).inc()

    async def check(self) -> None:
        """Make sure that the broker answers.

        Raises:
            BrokerUnavailableError: it does not.
        """
        try:
            async with asyncio.timeout(CHECK_SECONDS):
                producer = await self._connected()
                answered = await producer.client.force_metadata_update()
        except (TimeoutError, KafkaError) as error:
            raise BrokerUnavailableError(f"no answer within {CHECK_SECONDS:g} s") from error
        except asyncio.CancelledError:
            raise_if_asked()
            raise BrokerUnavailableError("the producer broke off") from None
        if not answered:
            raise BrokerUnavailableError("no broker answers")

    async def stop(self, grace: float = 5.0) -> None:
        """Give what waits so many seconds to be acknowledged, then close; never hangs."""
        self._closed = True
        if self._waiting:
            await asyncio.wait(set(self._waiting), timeout=grace)
        if self._connecting is not None:
            self._connecting.cancel()
            await asyncio.wait({self._connecting})
        producer, self._producer = self._producer, None
        if producer is not None:
            await discard(producer)
        if self._discarding:
            await asyncio.wait(self._discarding)

    async def _send(self, records: Sequence[OutRecord]) -> None:
        unsent = list(reversed(records))
        try:
            producer = await self._connected()
            acknowledgements = []
            while unsent:
                acknowledgements.append(await self._send_one(producer, unsent[-1]))
                unsent.pop()
            # Not `gather`: a timeout would cancel the acknowledgements, which `stop` still waits for.
            if acknowledgements:
                await asyncio.wait(acknowledgements)
            for acknowledgement in acknowledgements:
                acknowledgement.result()
        except asyncio.CancelledError:
            raise_if_asked()
            raise KafkaConnectionError("the producer broke off") from None
        except KafkaError as error:
            self._replace_if_broken(error)
            raise
        finally:
            for record in unsent:
                self._release(_size(record))

    async def _send_one(self, producer: AIOKafkaProducer, record: OutRecord) -> asyncio.Future[Any]:
        sent: asyncio.Future[Any] = await producer.send(
            self._prefix + record.topic, record.value, key=record.key_bytes, headers=list(record.headers)
        )
        self._waiting.add(sent)
        size = _size(record)

        def forget(done: asyncio.Future[Any]) -> None:
            self._waiting.discard(done)
            self._release(size)
            if not done.cancelled():
                done.exception()  # looked at, so that asyncio does not complain where nobody waits any more

        sent.add_done_callback(forget)
        return sent

    def _reserve(self, records: Sequence[OutRecord]) -> None:
        size = sum(map(_size, records))
        if self._records + len(records) > self._bounds.records or self._bytes + size > self._bounds.bytes:
            self._metrics.failures.labels("buffer_full").inc()
            raise BrokerUnavailableError("too many records wait for an acknowledgement already")
        self._records += len(records)
        self._bytes += size
        self._show_buffer()

    def _release(self, size: int) -> None:
        self._records -= 1
        self._bytes -= size
        self._show_buffer()

    def _show_buffer(self) -> None:
        self._metrics.buffered_records.set(self._records)
        self._metrics.buffered_bytes.set(self._bytes)

    async def _connected(self) -> AIOKafkaProducer:
        if self._producer is not None:
            return self._producer
        # One attempt for all who wait, and their giving up does not end it.
        return await asyncio.shield(self._connect())

    def _connect(self) -> asyncio.Task[AIOKafkaProducer]:
        if self._closed:
            raise BrokerUnavailableError("the producer is stopped")
        if self._connecting is None:
            self._connecting = asyncio.create_task(self._keep_connecting(), name="kafka-producer-connect")
        return self._connecting

    async def _keep_connecting(self) -> AIOKafkaProducer:
        try:
            while True:
                producer = self._new()
                try:
                    async with asyncio.timeout(CONNECT_SECONDS):
                        await producer.start()
                except (KafkaError, TimeoutError, OSError) as error:
                    log.warning("kafka producer cannot connect", error=str(error) or type(error).__name__)
                    await discard(producer)
                    await asyncio.sleep(RETRY_SECONDS)
                except asyncio.CancelledError:
                    await discard(producer)
                    raise
                else:
                    self._producer = producer
                    return producer
        finally:
            self._connecting = None

    def _new(self) -> AIOKafkaProducer:
        return AIOKafkaProducer(
            **self._options,
            enable_idempotence=True,
            acks="all",
            compression_type="lz4",
            max_batch_size=128 * 1024,
            max_request_size=self._bounds.request_bytes,
            request_timeout_ms=int(self._bounds.request_seconds * 1000),
        )

    def _replace_if_broken(self, error: KafkaError) -> None:
        # After some errors (fenced, sequence lost) aiokafka refuses everything for ever; a new one does not.
        broken = self._producer
        if broken is None or verdict(broken) is None:
            return
        log.error("kafka producer is replaced", error=str(error))
        self._producer = None
        task = asyncio.create_task(discard(broken), name="kafka-producer-discard")
        self._discarding.add(task)
        task.add_done_callback(self._discarding.discard)


def _size(record: OutRecord) -> int:
    headers = sum(len(name) + len(value) for name, value in record.headers)
    return len(record.value) + len(record.key_bytes) + headers + _OVERHEAD
