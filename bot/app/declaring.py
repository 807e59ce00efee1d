"""A declared incident: what a person says becomes an incident like one that alerts opened. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from bot.domain.alert import UNKNOWN, AlertEvent, AlertStatus
from bot.domain.errors import InvalidInputError
from bot.domain.incident import Incident, Reason, State
from bot.domain.rules import DEFAULT_RULE

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from bot.app.ports import Person
    from bot.domain.incident import Severity
    from bot.domain.rules import Rule, RuleSet

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
    rules: RuleSet,
    now: datetime,
) -> tuple[Incident, Rule]:
    """The incident, not yet numbered, and the rule that takes it: whom it pages, which playbooks start.

    Raises:
        InvalidInputError: a field cannot be used; the path names it.
    """
    wanted, named, where = checked(title, services, environment)
    incident = Incident(
        id=incident_id,
        title=wanted,
        state=State.TRIGGERED,
        severity=severity,
        environment=where,
        rule="",
        reason=Reason("declared", f"{person.mention} declared it."),
        services=named,
        opened_at=now,
        onset=now,
        last_alert_at=now,
        version=1,
    )
    rule = _rule(rules, incident)
    incident.rule, incident.reopen_seconds = rule.name, rule.reopen_window.total_seconds()
    return incident, rule


def checked(title: str, services: Iterable[str], environment: str) -> tuple[str, tuple[str, ...], str]:
    """Title, services and environment as they are kept.

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
        raise InvalidInputError("services", f"are too many ({len(named)})", f"name at most {SERVICES}")
    for position, name in enumerate(named):
        if len(name) > NAME:
            raise InvalidInputError(f"services[{position}]", "is too long", f"use at most {NAME} characters")
    where = _line(environment) or UNKNOWN
    if len(where) > NAME:
        raise InvalidInputError("environment", "is too long", f"use at most {NAME} characters")
    return wanted, named, where


def _rule(rules: RuleSet, incident: Incident) -> Rule:
    """The rule that opens it; of several services the first of which one holds, else the usual rule."""
    for service in incident.services or (UNKNOWN,):
        if rule := rules.opener(_as_alert(incident, service)):
            return rule
    # Delivery looks rules up by name: one of the same name that does not hold must not stand in.
    return replace(DEFAULT_RULE, name="") if DEFAULT_RULE.name in rules.by_name else DEFAULT_RULE


def _as_alert(incident: Incident, service: str) -> AlertEvent:
    """What a person declares in the form in which rules are asked."""
    return AlertEvent(
        event_id="",
        source="declared",
        fingerprint="",
        status=AlertStatus.FIRING,
        name=incident.title,
        service=service,
        environment=incident.environment,
        labels={"severity": incident.severity.value},
        annotations={},
        starts_at=incident.onset,
        ends_at=None,
        received_at=incident.opened_at,
    )


def _line(text: str) -> str:
    printable = "".join(c if c.isprintable() else " " for c in text)
    return " ".join(printable.split())
