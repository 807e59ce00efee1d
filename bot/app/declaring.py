"""A declared incident: what a person says becomes an incident like one that alerts opened. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.domain.alert import UNKNOWN
from bot.domain.errors import InvalidInputError
from bot.domain.incident import Incident, Reason, State

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from bot.app.ports import Person
    from bot.domain.incident import Severity
    from bot.domain.rules import Rule

TITLE: Final = 200
NAME: Final = 253
SERVICES: Final = 50


def declared(
    incident_id: str,
    *,
    title: str,
    severity: Severity,
    services: Iterable[str],
    environment: str,
    person: Person,
    rule: Rule,
    now: datetime,
) -> Incident:
    """The incident, not yet numbered; `rule` says how long it may be reopened by alerts.

    Raises:
        InvalidInputError: a field cannot be used; the path names it.
    """
    wanted = _line(title)
    if not wanted:
        raise InvalidInputError("title", "is empty", "say in a few words what is wrong")
    if len(wanted) > TITLE:
        raise InvalidInputError("title", f"has {len(wanted)} characters", f"use at most {TITLE}")
    named = tuple(dict.fromkeys(name for name in map(_line, services) if name))
    if len(named) > SERVICES:
        raise InvalidInputError("services", f"are {len(named)}", f"name at most {SERVICES}")
    for position, name in enumerate(named):
        if len(name) > NAME:
            raise InvalidInputError(f"services[{position}]", "is too long", f"use at most {NAME} characters")
    where = _line(environment) or UNKNOWN
    if len(where) > NAME:
        raise InvalidInputError("environment", "is too long", f"use at most {NAME} characters")
    return Incident(
        id=incident_id,
        title=wanted,
        state=State.TRIGGERED,
        severity=severity,
        environment=where,
        rule=rule.name,
        reason=Reason("declared", f"{person.mention} declared it."),
        services=named,
        opened_at=now,
        onset=now,
        last_alert_at=now,
        reopen_seconds=rule.reopen_window.total_seconds(),
        version=1,
    )


def _line(text: str) -> str:
    printable = "".join(c if c.isprintable() else " " for c in text)
    return " ".join(printable.split())
