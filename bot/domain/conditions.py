"""What a rule asks of an alert beyond its labels: an expression over named variables, compiled elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from bot.domain.errors import PermanentError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.domain.alert import AlertEvent
    from bot.domain.catalog import Service
    from bot.domain.incident import Severity

TEXT: Final = "string"
TEXTS: Final = "map(string, string)"
TIME: Final = "timestamp"
VARIABLES: Final[Mapping[str, str]] = {
    "name": TEXT,
    "service": TEXT,
    "environment": TEXT,
    "severity": TEXT,
    "source": TEXT,
    "status": TEXT,
    "summary": TEXT,
    "labels": TEXTS,
    "annotations": TEXTS,
    "starts_at": TIME,
    "received_at": TIME,
    "owner": TEXT,
    "title": TEXT,
}
"""What a condition may name, each with its type."""


class ConditionError(PermanentError):
    """The condition gives no answer for this alert."""


class Condition(Protocol):
    """An expression that was checked when it was loaded."""

    @property
    def source(self) -> str:
        """The expression as it was written."""
        ...

    @property
    def reads_time(self) -> bool:
        """Whether it reads `received_at`, so that its answer may be another when it is asked again later."""
        ...

    def holds(self, variables: Mapping[str, object]) -> bool:
        """Whether it holds; rules that look at one alert pass the very same mapping.

        Raises:
            ConditionError: it cannot be evaluated, as where it asks for a label that the alert lacks.
        """
        ...


def variables_of(
    event: AlertEvent, labels: Mapping[str, str], severity: Severity, service: Service | None
) -> Mapping[str, object]:
    """The values of `VARIABLES`; `service` is what the catalogue says, None where it says nothing."""
    return {
        "name": event.name,
        "service": event.service,
        "environment": event.environment,
        "severity": severity.value,
        "source": event.source,
        "status": event.status.value,
        "summary": event.summary,
        "labels": labels,
        "annotations": event.annotations,
        "starts_at": event.starts_at,
        "received_at": event.received_at,
        "owner": service.owner if service is not None else "",
        "title": service.title if service is not None else "",
    }
