"""The words and colours of states and severities, the same on every card."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.domain.incident import Severity, State
from bot.slack.blocks import is_link, one_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.domain.incident import Incident

STATE_MARK: Final[Mapping[State, str]] = {
    State.TRIGGERED: "🔴",
    State.ACKNOWLEDGED: "🟠",
    State.MONITORING: "🔵",
    State.RESOLVED: "🟢",
}
STATE_WORD: Final[Mapping[State, str]] = {state: state.value.capitalize() for state in State}
SEVERITY_WORD: Final[Mapping[Severity, str]] = {
    severity: severity.value.capitalize() for severity in Severity
}


def headline(incident: Incident) -> str:
    """One plain line that says it all: `🔴 INC-12 Critical · Checkout fails`."""
    mark = STATE_MARK[incident.state]
    severity = SEVERITY_WORD[incident.severity]
    return f"{mark} {incident.name} {severity} · {one_line(incident.title)}"


def console_page(console_url: str, incident: Incident) -> str:
    """The incident's page; empty where the installation has no public address."""
    url = f"{console_url.rstrip('/')}/incidents/{incident.name}" if console_url else ""
    return url if is_link(url) else ""
