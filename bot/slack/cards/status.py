"""The living message at the top of an incident's channel: how bad, since when, who has it, what fires."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.app.ports import Message
from bot.domain.alert import AlertStatus
from bot.domain.distinguishing import distinguishing
from bot.domain.incident import State
from bot.domain.spans import span
from bot.domain.storms import storm_summary
from bot.slack import blocks
from bot.slack.blocks import Markup
from bot.slack.cards.words import SEVERITY_WORD, STATE_MARK, STATE_WORD, console_page, headline

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bot.domain.alert import Occurrence
    from bot.domain.incident import Incident
    from bot.domain.view import IncidentView
    from bot.slack.blocks import Block

ALERTS_SHOWN: Final = 5
SERVICES_SHOWN: Final = 8
LINKS: Final = 500
FLAPPING_MARK: Final = "〰️"
_LINKS: Final = (
    ("Runbook", ("runbook_url", "runbook")),
    ("Dashboard", ("dashboard_url", "dashboardURL", "dashboard", "grafana_url")),
    ("Panel", ("panel_url", "panelURL")),
)


def status_card(view: IncidentView, console_url: str) -> Message:
    """Draw it; at most 14 blocks and 12,500 characters, whatever the view holds."""
    incident = view.incident
    drawn = [
        blocks.header(headline(incident)),
        blocks.section(_state(incident)),
        blocks.fields(_facts(view)),
        blocks.section(
            blocks.joined((blocks.words("*Why it opened*"), blocks.said(incident.reason.text, 600)), "\n")
        ),
        *_storm(view),
        *_alerts(view),
        *blocks.actions("acts", *_buttons(view)),
        blocks.context(_footer(incident, console_url)),
    ]
    return Message(blocks.fallback(_summary(incident)), tuple(drawn))


def _state(incident: Incident) -> Markup:
    mark, word = STATE_MARK[incident.state], STATE_WORD[incident.state].upper()
    by = blocks.said(incident.acknowledged_by, 150)
    match incident.state:
        case State.TRIGGERED:
            text = blocks.words("nobody has taken it yet")
        case State.ACKNOWLEDGED:
            text = Markup(f"{by or 'somebody'} is on it")
        case State.MONITORING:
            has_it = f" · {by} has it" if by else ""
            text = Markup(f"every alert has ended; resolve it when you agree{has_it}")
        case State.RESOLVED:
            text = Markup(f"closed by {blocks.said(incident.resolved_by, 150) or 'a rule'}")
    line = Markup(f"{mark} *{word}* · *{SEVERITY_WORD[incident.severity]}* · {text}")
    if incident.flapping_since is None:
        return line
    since = f"*FLAPPING* since {blocks.when(incident.flapping_since)}"
    why = f"its alerts have all ended and fired again {incident.flips} times in a row"
    return blocks.joined((line, Markup(f"{FLAPPING_MARK} {since}: {why}")), "\n")


def _facts(view: IncidentView) -> list[tuple[str, Markup]]:
    incident = view.incident
    facts = [
        ("Services", _services(incident)),
        ("Environment", blocks.said(incident.environment, 150)),
        ("Alerts", Markup(f"{incident.firing} firing of {incident.alerts}")),
        ("Opened", blocks.when(incident.opened_at)),
    ]
    if incident.onset < incident.opened_at:
        facts.append(("First alert began", blocks.when(incident.onset)))
    if incident.acknowledged_at is not None:
        by = blocks.said(incident.acknowledged_by, 150)
        facts.append(("Acknowledged", blocks.joined((blocks.when(incident.acknowledged_at), by), "\n")))
    if incident.monitoring_at is not None and incident.state in {State.MONITORING, State.RESOLVED}:
        facts.append(("Alerts ended", blocks.when(incident.monitoring_at)))
    if incident.resolved_at is not None and incident.state is State.RESOLVED:
        length = Markup(f"after {span((incident.resolved_at - incident.onset).total_seconds())}")
        facts.append(("Resolved", blocks.joined((blocks.when(incident.resolved_at), length), "\n")))
    if view.pages:
        facts.append(("Paged", blocks.when(view.pages[-1].time)))
    return facts


def _services(incident: Incident) -> Markup:
    shown = [blocks.code(service, 60) for service in incident.services[:SERVICES_SHOWN]]
    more = len(incident.services) - len(shown)
    return blocks.joined([*shown, f"and {more} more" if more > 0 else ""], ", ") or Markup("none named")


def _alerts(view: IncidentView) -> list[Block]:
    order = sorted(view.alerts, key=lambda a: (a.status is not AlertStatus.FIRING, a.starts_at))
    shown = order[:ALERTS_SHOWN]
    apart = distinguishing(shown)
    drawn = [blocks.section(_alert(alert, apart.get(alert.key, ()))) for alert in shown]
    rest = order[ALERTS_SHOWN:]
    if rest:
        firing = sum(alert.status is AlertStatus.FIRING for alert in rest)
        drawn.append(blocks.context(Markup(f"and {len(rest)} more alerts, {firing} of them firing")))
    return drawn


def _alert(alert: Occurrence, apart: Sequence[tuple[str, str]]) -> Markup:
    fires = alert.status is AlertStatus.FIRING
    which = [blocks.code(f"{name}={value}", 60) for name, value in apart]
    title = blocks.joined(
        ("🔥" if fires else "✅", blocks.bold(alert.name, 120), "on", blocks.code(alert.service, 60), *which),
        " ",
    )
    times = Markup(f"since {blocks.when(alert.starts_at)}")
    if not fires and alert.ends_at is not None:
        times = Markup(f"ended {blocks.when(alert.ends_at)}")
    summary = alert.annotations.get("summary") or alert.annotations.get("description") or ""
    lines = (blocks.joined((title, times)), blocks.said(summary, 300), _alert_links(alert))
    return blocks.joined(lines, "\n")


def _alert_links(alert: Occurrence) -> Markup:
    """The links that fit together; one that does not is left out whole."""
    found = []
    for label, names in _LINKS:
        texts = (alert.annotations.get(name) or alert.labels.get(name) or "" for name in names)
        found.append(next((shown for text in texts if (shown := blocks.link(text, label))), Markup("")))
    found.append(blocks.link(alert.generator_url, "Source"))
    kept: list[Markup] = []
    for one in found:
        if one and len(blocks.joined([*kept, one])) <= LINKS:
            kept.append(one)
    return blocks.joined(kept)


def _buttons(view: IncidentView) -> list[Block | None]:
    incident, value = view.incident, {"incident": view.incident.id}
    why = blocks.button("Why?", "incident.why", value)
    if incident.state is State.RESOLVED:
        return [blocks.button("Reopen", "incident.reopen", value), why]
    still = f"{incident.firing} of its alerts still fire."
    text = still if incident.firing else "All of its alerts have ended."
    question = blocks.confirmation(f"Resolve {incident.name}?", text, "Resolve", "Not yet")
    resolve = blocks.button("Resolve", "incident.resolve", value, confirm=question)
    silence = blocks.button("Silence…", "incident.silence", value) if view.alerts else None
    if incident.acknowledged_at is not None:
        return [resolve, silence, why]
    take = blocks.button("Acknowledge", "incident.acknowledge", value, style="primary")
    return [take, resolve, silence, why]


def _footer(incident: Incident, console_url: str) -> Markup:
    page = blocks.link(console_page(console_url, incident), "Open in the console")
    rule = blocks.joined(("rule", blocks.code(incident.rule, 100)), " ") if incident.rule else Markup("")
    storm = Markup("storm: further openings join this incident") if _goes_on(incident) else Markup("")
    return blocks.joined((Markup(incident.name), rule, storm, page))


def _goes_on(incident: Incident) -> bool:
    return incident.storm and incident.calm_at is None and incident.is_open


def _storm(view: IncidentView) -> list[Block]:
    """What the storm is made of, kept up to date as it grows."""
    if not view.incident.storm:
        return []
    summary = storm_summary(view.incident, view.alerts)
    what = Markup(
        f"{summary.alerts} alerts ({summary.firing} firing) of {summary.services} services in "
        f"{summary.groups} groups since {blocks.when(summary.since)}"
    )
    over = Markup("still growing") if _goes_on(view.incident) else Markup("")
    if summary.over_at:
        over = Markup(f"over since {blocks.when(summary.over_at)}")
    lines = (
        blocks.joined((Markup("*Storm*"), over)),
        what,
        blocks.joined((Markup("Mostly"), _counted(summary.names)), " "),
        blocks.joined((Markup("Worst hit"), _counted(summary.worst)), " "),
    )
    return [blocks.section(blocks.joined(lines, "\n"))]


def _counted(names: Iterable[tuple[str, int]]) -> Markup:
    return blocks.joined((Markup(f"{blocks.code(name, 60)} {count}") for name, count in names), ", ")


def _summary(incident: Incident) -> str:
    services = ", ".join(incident.services[:SERVICES_SHOWN])
    return blocks.clip(headline(incident), 300) + f" · {STATE_WORD[incident.state]} · {services[:500]}"
