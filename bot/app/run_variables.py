"""What a playbook may name of an incident, in the shape of `playbooks.variables`. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from bot.domain.alert import UNKNOWN, instant
from bot.domain.change import EVERYWHERE

if TYPE_CHECKING:
    from bot.app.ports import IncidentPolicy
    from bot.domain.alert import Occurrence
    from bot.domain.catalog import Catalog
    from bot.domain.incident import Incident
    from bot.domain.suspects import Suspect
    from bot.domain.view import IncidentView

_NOWHERE: Final = {UNKNOWN, *EVERYWHERE}


def run_variables(view: IncidentView, catalog: Catalog, policy: IncidentPolicy) -> dict[str, Any]:
    """The variables of a run that starts now; what is not known is left out. Every value is JSON."""
    variables: dict[str, Any] = {
        "incident": _incident(view.incident, policy),
        "settings": dict(policy.variables),
    }
    services, ranking = view.incident.services, view.ranking
    if services:
        variables["service"] = _service(services[0], catalog)
    if view.alerts:
        variables["alert"] = _alert(view.alerts[0])
    suspect = ranking.suspects[0] if ranking and ranking.shown and ranking.suspects else None
    if suspect is not None:
        variables["suspect"] = _suspect(suspect)
    # Often that is not the service that alerts first, but one it depends on, or that of later trouble.
    changed = suspect.change.service if suspect else services[0] if services else UNKNOWN
    if changed not in _NOWHERE:
        variables["changed"] = _service(changed, catalog)
    return variables


def console_page(console_url: str, incident: Incident) -> str:
    """Where people read about the incident; empty where nothing serves it."""
    return f"{console_url.rstrip('/')}/incidents/{incident.name}" if console_url else ""


def _incident(incident: Incident, policy: IncidentPolicy) -> dict[str, Any]:
    return _known(
        id=incident.name,
        title=incident.title,
        severity=str(incident.severity),
        environment=incident.environment,
        services=list(incident.services),
        reason=incident.reason.text,
        opened_at=instant(incident.opened_at),
        url=console_page(policy.console_url, incident),
    )


def _service(name: str, catalog: Catalog) -> dict[str, Any]:
    described = catalog.services.get(name)
    if described is None:
        return {"name": name, "links": {}}
    return _known(name=name, title=described.title, owner=described.owner, links=dict(described.links))


def _alert(alert: Occurrence) -> dict[str, Any]:
    return _known(
        name=alert.name,
        summary=alert.annotations.get("summary", ""),
        labels=dict(alert.labels),
        annotations=dict(alert.annotations),
    )


def _suspect(suspect: Suspect) -> dict[str, Any]:
    change = suspect.change
    return _known(
        id=change.change_id,
        service=change.service,
        type=str(change.kind),
        summary=change.summary,
        version=change.version,
        previous_version=change.previous_version,
        author=change.author,
        url=change.url,
        probability=suspect.probability,
    )


def _known(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value not in ("", None)}
