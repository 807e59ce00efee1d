"""The faults of a flow: planned from a seed, with what is sent about each and what must come of it. Pure."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from bot.domain.alert import AlertEvent, AlertStatus, event_identity

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

PARTITIONS: Final = 4
SOURCE: Final = "crash-test"
ENVIRONMENTS: Final = ("production", "staging")
SPANNING_EVERY: Final = 6
"""Each so-many-th fault is heard of from two services, through two partitions."""


class Course(StrEnum):
    """How a fault goes on after its alerts have fired."""

    FIRES_ON = "fires on"
    ENDS = "ends"
    RETURNS = "ends and returns"
    IS_RESOLVED = "is resolved by a person"


@dataclass(frozen=True, slots=True)
class Sending:
    """A record to produce `at` so many seconds from the beginning."""

    at: float
    partition: int
    event: AlertEvent


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong, which is to become one incident."""

    number: int
    environment: str
    services: tuple[str, ...]
    severity: str
    course: Course
    sendings: tuple[Sending, ...]

    @property
    def place(self) -> tuple[str, frozenset[str]]:
        """By what its incident is recognised."""
        return (self.environment, frozenset(self.services))

    @property
    def state(self) -> str:
        """The state in which its incident ends up."""
        ends = {Course.ENDS: "monitoring", Course.IS_RESOLVED: "resolved"}
        return ends.get(self.course, "triggered")

    @property
    def alerts(self) -> int:
        """How many different alerts there are."""
        return len({one.event.fingerprint for one in self.sendings})

    def occurrences(self) -> dict[tuple[str, datetime], str]:
        """The status that each occurrence ends up with."""
        final: dict[tuple[str, datetime], str] = {}
        for one in self.sendings:
            key = (one.event.fingerprint, one.event.starts_at)
            if final.get(key) != AlertStatus.RESOLVED:
                final[key] = str(one.event.status)
        return final


def planned(seed: int, began: datetime, seconds: float, per_second: float) -> list[Fault]:
    """Faults that begin all the time, `per_second` of them, over so many seconds from `began`."""
    chance = random.Random(f"faults {seed}")  # noqa: S311 - repeatable, keeps no secret
    count = int(seconds * per_second)
    return [_fault(number, number / per_second, began, chance) for number in range(count)]


def one_fault(began: datetime, course: Course = Course.FIRES_ON, *, number: int = 1) -> Fault:
    """A critical fault of one service and one alert, all sent at once."""
    fired = _event(number, 0, f"service-{number}", ENVIRONMENTS[0], "critical", began)
    sendings = [Sending(0.0, number % PARTITIONS, fired)]
    if course is Course.ENDS:
        sendings.append(Sending(0.0, number % PARTITIONS, _ended(fired, began + timedelta(seconds=0.5))))
    return Fault(number, ENVIRONMENTS[0], (fired.service,), "critical", course, tuple(sendings))


def _fault(number: int, at: float, began: datetime, chance: random.Random) -> Fault:
    environment = chance.choice(ENVIRONMENTS)
    severity = chance.choice(("critical", "warning", "warning"))
    if number % SPANNING_EVERY == 0:
        services: tuple[str, ...] = (f"front-{number}", f"back-{number}")
        course = Course.FIRES_ON
    else:
        services, course = (f"service-{number}",), chance.choice(list(Course))
    sendings: list[Sending] = []
    for index in range(max(len(services), chance.randint(1, 3))):
        service = services[index % len(services)]
        partition = (number + index % len(services)) % PARTITIONS
        first = at + chance.random() / 2
        fired = _event(number, index, service, environment, severity, began + timedelta(seconds=first))
        sendings += [Sending(when, partition, event) for when, event in _told(fired, first, course, chance)]
    return Fault(number, environment, services, severity, course, tuple(sendings))


def _told(
    fired: AlertEvent, at: float, course: Course, chance: random.Random
) -> Iterator[tuple[float, AlertEvent]]:
    """What a sender says about one alert, some of it twice, as senders do whose answer was lost."""
    events = [(at, fired)]
    if course in {Course.ENDS, Course.RETURNS}:
        seconds = chance.uniform(1.5, 4.0)
        events.append((at + seconds, _ended(fired, fired.starts_at + timedelta(seconds=seconds))))
        if course is Course.RETURNS:
            again = seconds + chance.uniform(0.5, 2.0)
            events.append((at + again, _again(fired, fired.starts_at + timedelta(seconds=again))))
    for when, event in events:
        yield when, event
        if chance.random() < 0.4:
            yield when + chance.uniform(0.0, 6.0), event


def _event(
    number: int, index: int, service: str, environment: str, severity: str, starts_at: datetime
) -> AlertEvent:
    name = f"Fault{number}"
    fingerprint = f"{number}-{index}"
    labels = {
        "alertname": name,
        "service": service,
        "environment": environment,
        "severity": severity,
        "instance": f"host-{index}",
    }
    return AlertEvent(
        event_id=event_identity(SOURCE, fingerprint, starts_at, AlertStatus.FIRING, None),
        source=SOURCE,
        fingerprint=fingerprint,
        status=AlertStatus.FIRING,
        name=name,
        service=service,
        environment=environment,
        labels=labels,
        annotations={"summary": f"Fault {number} of {service}"},
        starts_at=starts_at,
        ends_at=None,
        received_at=starts_at,
    )


def _ended(fired: AlertEvent, at: datetime) -> AlertEvent:
    """The end of the alert."""
    event_id = event_identity(SOURCE, fired.fingerprint, fired.starts_at, AlertStatus.RESOLVED, at)
    return replace(fired, event_id=event_id, status=AlertStatus.RESOLVED, ends_at=at, received_at=at)


def _again(fired: AlertEvent, at: datetime) -> AlertEvent:
    """The alert's next occurrence."""
    event_id = event_identity(SOURCE, fired.fingerprint, at, AlertStatus.FIRING, None)
    return replace(fired, event_id=event_id, starts_at=at, received_at=at)
