"""What was called and what was delivered, for tests that check each call against the method reference."""

from collections import deque
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class CallRecord:
    """One Web API call. The token is never kept. `executed` tells whether it took effect."""

    seq: int
    time: float
    method: str
    http_method: str
    content_type: str
    arguments: dict[str, Any]
    status: int
    ok: bool
    error: str | None
    fault: str | None
    executed: bool


@dataclass(frozen=True, slots=True)
class DeliveryRecord:
    """One attempt to hand something to the app. `outcome` is `ok` or Slack's reason for a retry."""

    seq: int
    time: float
    kind: str
    transport: str
    attempt: int
    outcome: str
    payload: dict[str, Any]


class Journal:
    """The latest calls and deliveries, oldest first, at most `size` of each."""

    def __init__(self, size: int) -> None:
        self._calls: deque[CallRecord] = deque(maxlen=size)
        self._deliveries: deque[DeliveryRecord] = deque(maxlen=size)
        self._seq = 0

    def next_seq(self) -> int:
        """Return the number of the next entry."""
        self._seq += 1
        return self._seq

    def call(self, record: CallRecord) -> None:
        """Keep a call."""
        self._calls.append(record)

    def delivery(self, record: DeliveryRecord) -> None:
        """Keep a delivery."""
        self._deliveries.append(record)

    def calls(self, method: str | None = None, since: int = 0) -> list[dict[str, Any]]:
        """Return the calls, of one method if named, with a number above `since`."""
        return [asdict(c) for c in self._calls if c.seq > since and method in {None, c.method}]

    def deliveries(self, kind: str | None = None, since: int = 0) -> list[dict[str, Any]]:
        """Return the deliveries, of one kind if named, with a number above `since`."""
        return [asdict(d) for d in self._deliveries if d.seq > since and kind in {None, d.kind}]

    def clear(self) -> None:
        """Forget all entries; the numbers go on."""
        self._calls.clear()
        self._deliveries.clear()
