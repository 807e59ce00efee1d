"""Traces: what was done for one alert, over every process that it passes through; and the null object.

Names of spans and of attributes are few, and never somebody's words: no label, text, secret or address of a
request becomes one.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from contextlib import AbstractContextManager
    from types import TracebackType

    Value = str | int | float | bool | Sequence[str]
    Attributes = Mapping[str, Value]
    RecordHeaders = Sequence[tuple[str, bytes | None]]


class CallKind(StrEnum):
    """What a call to somebody else is."""

    CLIENT = "client"
    PRODUCER = "producer"


class Span(Protocol):
    """Something that is being done; it ends with its block, and an error that leaves the block is told."""

    def tell(self, attributes: Attributes) -> None:
        """Say more about it."""

    def fail(self, error: str) -> None:
        """It failed, though nothing was raised; `error` names the kind of failure."""


class Tracer(Protocol):
    """Opens spans. The one that was opened last in a task, or where the task was made, is the active one."""

    def request(
        self, name: str, headers: Mapping[str, str], attributes: Attributes, /
    ) -> AbstractContextManager[Span]:
        """A request to us; it continues the trace that its headers name."""

    def batch(
        self, name: str, records: Iterable[RecordHeaders], attributes: Attributes, /
    ) -> AbstractContextManager[Span]:
        """A batch of records, linked to the spans that their headers name.

        Where they all are of one trace it continues that one, too; else it is a trace of its own.
        """

    def work(
        self, name: str, attributes: Attributes, origin: str | None = None, /
    ) -> AbstractContextManager[Span]:
        """Work of ours. It continues `origin` (a `traceparent`), else what is active, else nothing."""

    def call(
        self, name: str, attributes: Attributes, kind: CallKind = CallKind.CLIENT, /
    ) -> AbstractContextManager[Span]:
        """A call to somebody else, where a span is active; what nobody asked for is not traced."""

    def tell(self, attributes: Attributes) -> None:
        """Say more about the active span."""

    def carried(self) -> Mapping[str, str]:
        """The headers that carry the active span to another process; none without one."""

    def traceparent(self) -> str | None:
        """The active span in W3C's form, for a row of ours; None without one."""


class _NoSpan:
    """Costs nothing, and may be open any number of times at once."""

    __slots__ = ()

    def __enter__(self) -> Span:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    def tell(self, attributes: Attributes) -> None:
        pass

    def fail(self, error: str) -> None:
        pass


_NO_SPAN: Final = _NoSpan()
_NOTHING: Final[Mapping[str, str]] = {}


class NoTraces:
    """The tracer of a process that traces nothing."""

    def request(
        self, _name: str, _headers: Mapping[str, str], _attributes: Attributes, /
    ) -> AbstractContextManager[Span]:
        """See `Tracer.request`."""
        return _NO_SPAN

    def batch(
        self, _name: str, _records: Iterable[RecordHeaders], _attributes: Attributes, /
    ) -> AbstractContextManager[Span]:
        """See `Tracer.batch`."""
        return _NO_SPAN

    def work(
        self, _name: str, _attributes: Attributes, _origin: str | None = None, /
    ) -> AbstractContextManager[Span]:
        """See `Tracer.work`."""
        return _NO_SPAN

    def call(
        self, _name: str, _attributes: Attributes, _kind: CallKind = CallKind.CLIENT, /
    ) -> AbstractContextManager[Span]:
        """See `Tracer.call`."""
        return _NO_SPAN

    def tell(self, attributes: Attributes) -> None:
        """See `Tracer.tell`."""

    def carried(self) -> Mapping[str, str]:
        """See `Tracer.carried`."""
        return _NOTHING

    def traceparent(self) -> str | None:
        """See `Tracer.traceparent`."""
        return None


NO_TRACES: Final[Tracer] = NoTraces()
