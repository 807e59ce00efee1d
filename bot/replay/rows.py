"""What one replay says about a page of history, in plain rows that can travel between processes.

Two replays of one history say as many rows, in the same order, so that they can be laid side by side.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from bot.domain.alert import AlertEvent
from bot.domain.decisions import DecisionKind
from bot.replay.happenings import Brought, Closed, Decided, Paged

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from bot.domain.change import Change
    from bot.replay.engine import Engine
    from bot.replay.happenings import Happened


_WAITED: Final = ("waited", "It waited for the alert with which the incident opened.")


class Row(NamedTuple):
    """What was decided about one event; `incident` is its number, 0 for none."""

    event_id: str
    kind: str
    rule: str
    incident: int
    reason: str
    text: str


class Heard(NamedTuple):
    """Which alert an event was about, for people; `at` in seconds since 1970."""

    at: float
    name: str
    service: str
    environment: str


class Opening(NamedTuple):
    """An incident that opened, and why; an empty `severity` is not known."""

    incident: int
    at: float
    rule: str
    title: str
    environment: str
    text: str
    severity: str = ""


class Page(NamedTuple):
    """A page of history, decided: a row and what was heard for each alert event in it.

    `late` are decisions that came later than their event: what waited and then opened, joined or was let go.
    `closed` and `paged` hold numbers of incidents. `until` is the last moment, in seconds since 1970, `facts`
    how many events and changes there were, `units` how far the history has been read (see its source).
    """

    facts: int
    units: int
    until: float
    rows: list[Row]
    heard: list[Heard]
    openings: list[Opening]
    late: list[Row]
    closed: list[int]
    paged: list[int]


def decided(engine: Engine, facts: Iterable[AlertEvent | Change], units: int) -> Page:
    """Feed the engine, and write down what it decides."""
    page = Page(0, units, 0.0, [], [], [], [], [], [])
    many, until = 0, 0.0
    for fact in facts:
        many += 1
        _note(page, engine, engine.feed(fact), fact)
        until = fact.received_at.timestamp()
        if isinstance(fact, AlertEvent):
            page.heard.append(Heard(until, fact.name, fact.service, fact.environment))
    return page._replace(facts=many, until=until)


def finished(page: Page, engine: Engine, to: datetime) -> Page:
    """The last page, with what time alone brings about until then."""
    _note(page, engine, engine.advance(to), None)
    return page


def _note(page: Page, engine: Engine, happened: Iterable[Happened], fact: AlertEvent | Change | None) -> None:
    """Write down what a fact, or time, brought about."""
    for one in happened:
        if isinstance(one, Decided):
            row = _row(engine, one)
            (page.rows if one.event is fact else page.late).append(row)
            if one.decision.kind is DecisionKind.OPEN:
                page.openings.append(_opening(engine, row.incident, one))
        elif isinstance(one, Brought):
            page.late.append(_brought(engine, one))
        elif isinstance(one, Closed):
            page.closed.append(_number(engine, one.incident_id))
        elif isinstance(one, Paged):
            page.paged.append(_number(engine, one.incident_id))


def _row(engine: Engine, one: Decided) -> Row:
    decision = one.decision
    known = engine.world.occurrences.get(one.event.key)
    number = _number(engine, decision.incident_id) if decision.incident_id is not None else 0
    reason = decision.reason
    rule = known.rule if known is not None else ""
    return Row(one.event.event_id, decision.kind.value, rule, number, reason.name, reason.text)


def _opening(engine: Engine, number: int, one: Decided) -> Opening:
    incident = engine.world.incidents[str(one.decision.incident_id)]
    return Opening(
        number,
        one.at.timestamp(),
        incident.rule,
        incident.title,
        incident.environment,
        incident.reason.text,
        incident.severity.value,
    )


def _brought(engine: Engine, one: Brought) -> Row:
    incident = engine.world.incidents[one.incident_id]
    return Row(one.event_id, DecisionKind.ATTACH.value, incident.rule, incident.number, *_WAITED)


def _number(engine: Engine, incident_id: str) -> int:
    return engine.world.incidents[incident_id].number
