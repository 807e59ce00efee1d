"""The draft of a postmortem in Markdown, from stored facts alone: what is not known is called unknown."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Final

from bot.domain.alert import AlertStatus
from bot.domain.markdown import link, plain, table
from bot.domain.spans import exactly
from bot.domain.verdicts import VERDICT, Judgement, standing
from bot.domain.wording import percent

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from bot.domain.alert import Occurrence
    from bot.domain.incident import Incident
    from bot.domain.suspects import LaterTrouble, Ranking, Suspect, Term
    from bot.domain.verdicts import Standing, Verdict
    from bot.domain.view import IncidentView, RunSummary

UNKNOWN: Final = "unknown"
_MOST_ROWS: Final = 500
_BY_PEOPLE: Final = "_To be written by people: Tocsin knows the events, not what they meant._"
_NOT_SINCE: Final = "not since it was reopened"


def draft(view: IncidentView, *, now: datetime, url: str = "") -> str:
    """Write the draft as of `now`; `url` is where the incident's page is, if there is one.

    The same view and time give the same text.
    """
    incident = view.incident
    sections = (
        _head(view, now, url),
        ["## Summary", "", _summary(incident, standing(view.verdicts))],
        ["## Impact", "", *_impact(view)],
        ["## Metrics", "", *_metrics(view)],
        ["## People", "", *_people(view)],
        ["## Timeline", "", *_timeline(view)],
        ["## Suspect changes", "", *_verdicts(standing(view.verdicts)), *_suspects(view.ranking)],
        ["## Playbook runs", "", *_runs(view.runs)],
        ["## Alerts", "", *_alerts(view.alerts)],
        ["## What went well", "", _BY_PEOPLE],
        ["## What to improve", "", _BY_PEOPLE],
        ["## Action items", "", _BY_PEOPLE, "", *table(("Action", "Owner", "Due"), [("", "", "")])],
    )
    return "\n\n".join("\n".join(lines) for lines in sections) + "\n"


def _head(view: IncidentView, now: datetime, url: str) -> list[str]:
    incident = view.incident
    title = f"# Postmortem draft: {incident.name} {plain(incident.title)}"
    written = f"Drafted by Tocsin at {_moment(now)} from the stored facts. All times are UTC."
    places: list[str] = []
    if url:
        places.append(f"Incident page: {link(url, url)}")
    if view.channel is not None:
        places.append(f"Slack channel: {plain('#' + view.channel.name)}")
    return [title, "", written, *(line for place in places for line in ("", place))]


def _summary(incident: Incident, said_by_people: Standing) -> str:
    where = _listed([plain(name) for name in incident.services]) or "no known service"
    many = "1 alert" if incident.alerts == 1 else f"{incident.alerts} alerts"
    said = [
        f"{incident.name} ({incident.severity}, {plain(incident.environment)}) is about {where}: {many}.",
        f"It began at {_moment(incident.onset)} and was opened at {_moment(incident.opened_at)}.",
        f"Why it was opened: {plain(incident.reason.text)}",
    ]
    if said_by_people.decided is not None:
        said.append(f"{_judged(said_by_people.decided)}.")
    if incident.resolved_at is None:
        said.append(f"It is not resolved yet: its state is {incident.state}.")
    else:
        lasted = _lasted(incident.onset, incident.resolved_at)
        said.append(f"It was resolved at {_moment(incident.resolved_at)}, {lasted} after it began.")
    return " ".join(said)


def _impact(view: IncidentView) -> Iterator[str]:
    incident = view.incident
    yield f"- Severity: {incident.severity}"
    yield f"- Services: {_listed([plain(name) for name in incident.services]) or UNKNOWN}"
    yield f"- Environment: {plain(incident.environment)}"
    yield f"- Alerts: {incident.alerts}, of which {incident.firing} still fire"
    yield "- Impact on users: _to be written by people_"
    yield ""
    moments = (
        ("First onset", incident.onset),
        ("Detected and opened", incident.opened_at),
        ("Acknowledged", incident.acknowledged_at),
        ("Monitoring (all alerts ended)", incident.monitoring_at),
        ("Resolved", incident.resolved_at),
    )
    unknown = _not_there(view)
    yield from table(
        ("Moment", "Time (UTC)"), [(name, _moment(time) if time else unknown) for name, time in moments]
    )


def _not_there(view: IncidentView) -> str:
    """What is said of a moment that there is not: who opens an incident again begins it anew."""
    return _NOT_SINCE if any(entry.kind == "reopened" for entry in view.timeline) else UNKNOWN


def _metrics(view: IncidentView) -> list[str]:
    incident, unknown = view.incident, _not_there(view)
    opened, onset = incident.opened_at, incident.onset
    rows = (
        ("Time to detect", onset, opened, "from the first onset until the incident was opened"),
        (
            "Time to acknowledge",
            opened,
            incident.acknowledged_at,
            "from the opening until a person acknowledged it (the last time, if it was reopened)",
        ),
        (
            "Time to mitigate",
            onset,
            incident.monitoring_at,
            "from the first onset until all alerts had ended and monitoring began (the last time)",
        ),
        ("Time to resolve", onset, incident.resolved_at, "from the first onset until a person resolved it"),
    )
    return table(
        ("Metric", "Value", "Definition"),
        [
            (name, _lasted(start, end) if end else unknown, definition)
            for name, start, end, definition in rows
        ],
    )


def _people(view: IncidentView) -> Iterator[str]:
    incident = view.incident
    yield f"- Acknowledged by: {plain(incident.acknowledged_by) or _not_there(view)}"
    yield f"- Resolved by: {plain(incident.resolved_by) or _not_there(view)}"
    if not view.pages:
        yield "- Paged: nobody was paged by Tocsin"
    for page in view.pages:
        yield f"- Paged at {_moment(page.time)}: {plain(page.why)}"


def _timeline(view: IncidentView) -> list[str]:
    entries = sorted(view.timeline, key=lambda entry: entry.time)
    rows = [
        (_moment(entry.time), plain(entry.kind), plain(entry.text), plain(entry.source)) for entry in entries
    ]
    return _bounded(("Time (UTC)", "What", "Details", "Source"), rows, "Nothing is recorded.")


def _verdicts(said: Standing) -> Iterator[str]:
    """What responders say, which is a fact of the incident; what was computed follows it."""
    for verdict in (said.decided, *said.ruled_out):
        if verdict is not None:
            yield f"- **{_judged(verdict)}**, at {_moment(verdict.at)}."
    if said.decided is not None or said.ruled_out:
        yield ""


def _judged(verdict: Verdict) -> str:
    by = plain(verdict.by)
    if verdict.change is None:
        return f"No change caused it, as judged by {by}"
    change = verdict.change
    kind = str(change.kind).replace("_", " ")
    what = f"{kind} of {plain(change.service) or UNKNOWN} (change {plain(change.change_id)})"
    if verdict.judgement is Judgement.CAUSED:
        return f"It was caused by the {what}, as judged by {by}"
    return f"The {what} did not cause it, as judged by {by}"


def _suspects(ranking: Ranking | None) -> Iterator[str]:
    if ranking is None:
        yield "The recent changes were not ranked."
        return
    if ranking.unfounded:
        yield f"No changes were known that could be behind it, as of {_moment(ranking.at)}."
        return
    measured = "calibrated" if ranking.calibrated else "uncalibrated"
    yield f"{_counted(ranking.considered, 'recent change')} considered, as of {_moment(ranking.at)}."
    yield f"The probabilities are {measured}; each reason's number is its log-likelihood ratio."
    yield ""
    if ranking.later is not None:
        yield from _later(ranking.later)
    yield f"**No change caused it: {percent(ranking.no_change)}**"
    yield ""
    yield from _reasons(ranking.no_change_reasons)
    if ranking.undecided:
        yield ""
        yield f"A change is probably behind it ({percent(ranking.some_change)}), but none stands out."
    elif not ranking.shown:
        yield ""
        yield "No suspect change: none of them is likely enough to be named as the cause."
    for position, suspect in enumerate(ranking.suspects, start=1):
        yield ""
        yield from _suspect(position, suspect)


def _later(later: LaterTrouble) -> Iterator[str]:
    """That the suspects are those of later trouble, and what is said of what came before it."""
    services = ", ".join(plain(one) for one in later.services)
    yield (
        f"The alerts since {_moment(later.since)} ({services}) look like trouble of their own "
        f"({percent(later.probability)}); the suspects below are for those."
    )
    yield ""
    if later.former is None:
        yield "For what began before that, no suspect change is likely enough to be named."
    else:
        yield "For what began before that:"
        yield ""
        yield from _suspect("Before", later.former)
    yield ""


def _suspect(position: int | str, suspect: Suspect) -> Iterator[str]:
    change = suspect.change
    kind = str(change.kind).replace("_", " ")
    what = link(change.summary or change.change_id, change.url)
    chance, service = percent(suspect.probability), plain(change.service) or UNKNOWN
    yield f"**{position}. {chance}: {kind} of {service}**, {what}"
    yield ""
    yield f"- at {_moment(change.time)}, change {plain(change.change_id)} from {plain(change.source)}"
    if change.version or change.previous_version:
        before = plain(change.previous_version) or UNKNOWN
        yield f"- version {plain(change.version) or UNKNOWN} (before: {before})"
    if change.author:
        yield f"- by {plain(change.author)}"
    yield from _reasons(suspect.reasons)


def _reasons(terms: Sequence[Term]) -> Iterator[str]:
    for term in terms:
        weight = "said" if term.name == VERDICT else f"{term.value:+.2f}"
        yield f"- {weight} {plain(term.name)}: {plain(term.text)}"


def _runs(runs: Sequence[RunSummary]) -> Iterator[str]:
    if not runs:
        yield "No playbook was run."
    for position, run in enumerate(runs):
        if position:
            yield ""
        yield f"### {plain(run.title or run.playbook)}"
        yield ""
        started, ended = _moment(run.started_at), _moment(run.ended_at)
        yield f"Playbook {plain(run.playbook)}: {plain(run.state)}; started {started}, ended {ended}."
        yield ""
        rows = [(plain(step.title or step.name), plain(step.state), plain(step.text)) for step in run.steps]
        yield from _bounded(("Step", "State", "Result"), rows, "It has no steps.")


def _alerts(alerts: Sequence[Occurrence]) -> list[str]:
    rows = [
        (
            link(alert.name, alert.generator_url),
            plain(alert.service),
            str(alert.status),
            _moment(alert.starts_at),
            "still fires" if alert.status is AlertStatus.FIRING else _moment(alert.ends_at),
            plain(alert.annotations.get("summary", "")),
        )
        for alert in alerts
    ]
    header = ("Alert", "Service", "Status", "Started", "Ended", "Summary")
    return _bounded(header, rows, "No alert belongs to this incident.")


def _bounded(header: Sequence[str], rows: Sequence[Sequence[str]], empty: str) -> list[str]:
    if not rows:
        return [empty]
    lines = table(header, rows[:_MOST_ROWS])
    if len(rows) > _MOST_ROWS:
        lines += ["", f"{len(rows) - _MOST_ROWS} more rows are on the incident's page."]
    return lines


def _moment(time: datetime | None) -> str:
    return UNKNOWN if time is None else f"{time.astimezone(UTC):%Y-%m-%d %H:%M:%S}"


def _lasted(start: datetime, end: datetime | None) -> str:
    """The time between; unknown where the end is, or where the clocks contradict each other."""
    return UNKNOWN if end is None or end < start else exactly((end - start).total_seconds())


def _counted(count: int, what: str) -> str:
    return f"1 {what} was" if count == 1 else f"{count} {what}s were"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:-1]) + f" and {names[-1]}" if len(names) > 1 else "".join(names)
