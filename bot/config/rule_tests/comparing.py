"""What a test expects beside what is so: each difference in words, as expected and as found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from bot.config.rule_tests.fields import SuspectForm
    from bot.config.rule_tests.form import DecisionForm, IncidentForm
    from bot.domain.alert import AlertEvent, Occurrence
    from bot.domain.decisions import Decision
    from bot.domain.incident import Incident
    from bot.domain.suspects import Ranking

_NOTHING = "nothing"


class Difference(NamedTuple):
    """`path` leads to the part of the expectation that is not met."""

    path: tuple[str | int, ...]
    about: str
    expected: str
    got: str


@dataclass(frozen=True, slots=True)
class Found:
    """An open incident as a test looks at it; `alerts` the latest occurrence of each."""

    incident: Incident
    alerts: tuple[Occurrence, ...]
    ranking: Ranking | None

    def __str__(self) -> str:
        one = self.incident
        head = f"{one.title!r} (rule {one.rule}, {one.severity}, {one.state})"
        return f"{head} with {_list(map(alert_name, self.alerts))}"


@dataclass(frozen=True, slots=True)
class Judged:
    """The latest decision about an alert, and the rule that took it; empty where none did."""

    event: AlertEvent
    decision: Decision
    rule: str


def alert_name(alert: AlertEvent | Occurrence) -> str:
    """An alert as a difference names it."""
    return f"{alert.name} on {alert.service}"


def labels_of(alert: AlertEvent | Occurrence) -> Mapping[str, str]:
    """The labels by which a test names an alert: its own, and what they were read as."""
    read = {"alertname": alert.name, "service": alert.service, "environment": alert.environment}
    return {**alert.labels, **read}


def compare_incidents(expected: Sequence[IncidentForm], found: Sequence[Found]) -> Iterator[Difference]:
    """Each expected incident beside an open one, in whichever order; then those that are left.

    As many as can be are met; the others, the likest first, stand beside the ones most like them.
    """
    beside = [[list(_incident(form, one)) for one in found] for form in expected]
    met = _matching(len(expected), len(found), lambda index, place: not beside[index][place])
    left = [place for place in range(len(found)) if place not in met.values()]
    unmet = [index for index in range(len(expected)) if index not in met]
    for index in sorted(
        unmet, key=lambda index: min((len(beside[index][place]) for place in left), default=0)
    ):
        if not left:
            yield Difference(("incidents", index), "incidents", _wanted(expected[index]), _NOTHING)
            continue
        best = min(left, key=lambda place: len(beside[index][place]))
        left.remove(best)
        name = f"incident {found[best].incident.title!r}"
        for one in beside[index][best]:
            yield Difference(("incidents", index, *one.path), f"{name}: {one.about}", *one[2:])
    for place in left:
        yield Difference(("incidents",), "incidents", "no further incident", str(found[place]))


def compare_decision(form: DecisionForm, judged: Collection[Judged]) -> Iterator[Difference]:
    """The latest decisions about the alerts that the form means, beside what it asks."""
    meant = [one for one in judged if _is(form.alert, one.event)]
    if not meant:
        alike = {"alertname": form.alert.get("alertname", "")}
        near = [_with_labels(one.event, [form.alert]) for one in judged if _is(alike, one.event)]
        got = f"none was heard, but {_list(near)}" if near else "none was heard"
        yield Difference(("alert",), "decision", f"an alert {_labels(form.alert)}", got)
    for one in meant:
        decision, name = one.decision, f"decision about {alert_name(one.event)}"
        reason = decision.reason
        told = f"{decision.kind} ({reason.name}: {reason.text})"
        if form.kind is not None and form.kind is not decision.kind:
            yield Difference(("kind",), name, form.kind, told)
        if form.reason is not None and form.reason != reason.name:
            yield Difference(("reason",), f"{name}: reason", form.reason, told)
        if form.text is not None and form.text not in reason.text:
            yield Difference(("text",), f"{name}: text", repr(form.text), repr(reason.text))
        if form.rule is not None and form.rule != one.rule:
            yield Difference(("rule",), f"{name}: rule", form.rule or "no rule", one.rule or "no rule")


def _incident(form: IncidentForm, found: Found) -> Iterator[Difference]:
    incident = found.incident
    plain = {
        "title": incident.title,
        "rule": incident.rule,
        "severity": incident.severity,
        "state": incident.state,
        "environment": incident.environment,
        "reason": incident.reason.name,
        "count": len(found.alerts),
        "firing": incident.firing,
    }
    for name, value in plain.items():
        wanted = getattr(form, name)
        if wanted is not None and wanted != value:
            yield Difference((name,), name, str(wanted), str(value))
    if form.services is not None and sorted(form.services) != sorted(incident.services):
        yield Difference(("services",), "services", _list(form.services), _list(incident.services))
    if form.alerts is not None and not _pair(form.alerts, found.alerts):
        got = _list(_with_labels(one, form.alerts) for one in found.alerts)
        yield Difference(("alerts",), "alerts", _list(map(_labels, form.alerts)), got)
    if form.suspects is not None:
        yield from _suspects(form.suspects, found.ranking)


def _suspects(forms: Sequence[SuspectForm], ranking: Ranking | None) -> Iterator[Difference]:
    shown = ranking is not None and ranking.shown
    named = ranking.suspects if ranking is not None else ()
    got = [(one.change.change_id, one.probability) for one in named]
    met = shown and len(got) >= len(forms)
    met = met and all(
        form.change == change and probability >= form.at_least
        for form, (change, probability) in zip(forms, got, strict=False)
    )
    if not (met if forms else not shown):
        told = _list(f"{change} ({probability:.0%})" for change, probability in got)
        wanted = _list(
            f"{form.change} (at least {100 * form.at_least:g}%)" if form.at_least else form.change
            for form in forms
        )
        hidden = f"no suspect change ({told} not shown)" if got else "no suspect change"
        expected = f"{wanted} first" if forms else "no suspect change"
        yield Difference(("suspects",), "suspects", expected, told if shown else hidden)


def _pair(wanted: Sequence[Mapping[str, str]], alerts: Sequence[Occurrence]) -> bool:
    """Whether each alert is meant by one of those wanted, and none is left over on either side."""
    if len(wanted) != len(alerts):
        return False
    pairs = _matching(len(wanted), len(alerts), lambda index, place: _is(wanted[index], alerts[place]))
    return len(pairs) == len(wanted)


def _matching(wanted: int, offered: int, fits: Callable[[int, int], bool]) -> dict[int, int]:
    """So many of those wanted as can be, each with one of those offered that fits it, by their indices.

    Each that is wanted is given a place, for which others may have to move on, one after another.
    """
    pairs: dict[int, int] = {}
    holders: dict[int, int] = {}
    for newcomer in range(wanted):
        asked_by: dict[int, int] = {}
        asking = [newcomer]
        free: int | None = None
        for index in asking:
            for place in range(offered):
                if place not in asked_by and fits(index, place):
                    asked_by[place] = index
                    if place in holders:
                        asking.append(holders[place])
                    else:
                        free = place
                        break
            if free is not None:
                break
        while free is not None:
            index = asked_by[free]
            holders[free] = index
            pairs[index], free = free, pairs.get(index)
    return pairs


def _is(labels: Mapping[str, str], alert: AlertEvent | Occurrence) -> bool:
    actual = labels_of(alert)
    return all(actual.get(name) == value for name, value in labels.items())


def _with_labels(alert: AlertEvent | Occurrence, wanted: Iterable[Mapping[str, str]]) -> str:
    """The alert's name with those of its labels that are asked for, beyond what the name tells."""
    actual = labels_of(alert)
    asked = dict.fromkeys(
        name for labels in wanted for name in labels if name not in {"alertname", "service"}
    )
    told = [f"{name}: {actual[name]}" if name in actual else f"no {name}" for name in asked]
    return f"{alert_name(alert)} ({', '.join(told)})" if told else alert_name(alert)


def _wanted(form: IncidentForm) -> str:
    given = form.model_dump(mode="json", exclude_none=True)
    return "an incident" + (f" with {_pairs(given)}" if given else "")


def _labels(labels: Mapping[str, str]) -> str:
    return labels["alertname"] if set(labels) == {"alertname"} else f"{{{_pairs(labels)}}}"


def _pairs(values: Mapping[str, object]) -> str:
    return ", ".join(f"{name}: {value}" for name, value in values.items())


def _list(texts: Iterator[str] | Sequence[str]) -> str:
    return ", ".join(texts) or _NOTHING
