"""Shows replays to people as tables, and to machines as one JSON object."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.domain.wording import one_line
from bot.replay.tally import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bot.replay.comparison import Answer
    from bot.replay.differences import Alike, DecisionDifference, IncidentDifference, Said
    from bot.replay.rows import Opening
    from bot.replay.tally import Tally

COLUMNS: Final = ("opened", "joined", "reopened", "held", "suppressed", "ended", "repeated")
"""What each of `KINDS` is called for people."""
NO_RULE: Final = "(no rule)"
_WIDE: Final = 160
_LONGEST: Final = 100
_ALERTS: Final = 6


def console() -> Console:
    """Where data goes: as wide as the terminal, and wide enough where there is none."""
    plain = Console()
    return plain if plain.is_terminal else Console(width=_WIDE, highlight=False)


def show_tally(out: Console, tally: Tally, rules: Iterable[str]) -> None:
    """What each rule led to."""
    table = _table("Rule", *COLUMNS, "pages", numbers=len(COLUMNS) + 1)
    for rule in _named(tally, rules):
        _row(table, rule or NO_RULE, *tally.of(rule), tally.paged[rule])
    out.print(table)
    silent = [rule for rule in rules if not any(tally.of(rule))]
    if silent:
        out.print(Text(f"Never matched: {', '.join(one_line(rule) for rule in silent)}"))


def show_openings(out: Console, openings: Sequence[Opening], most: int) -> None:
    """The incidents that would have opened."""
    table = _table("Opened", "Rule", "Incident", "Why")
    for one in openings[:most]:
        _row(table, _time(one.at), one.rule, one.title, one.text)
    out.print(table)
    _more(out, len(openings), most, "incidents")


def show_totals(out: Console, before: Tally, after: Tally, named: tuple[str, str]) -> None:
    """Both replays in numbers, each under its name, with what is more or less."""
    table = _table("", *named, "", numbers=3)
    rows = [("incidents", before.incidents, after.incidents)]
    rows += [(name, before.total(kind), after.total(kind)) for name, kind in zip(COLUMNS, KINDS, strict=True)]
    rows += [("pages", before.paged.total(), after.paged.total())]
    for name, old, new in rows:
        _row(table, name, old, new, f"{new - old:+,}" if new != old else "")
    out.print(table)


def show_answer(out: Console, answer: Answer, most: int) -> None:
    """How incidents and decisions differ, each with its reason."""
    if not answer.incidents and not answer.decisions:
        out.print(f"No incident and no decision differs: {_incidents_are(answer.same)} the same.")
        return
    out.print(f"{_incidents_are(answer.same)} the same, {len(answer.incidents):,} differ:")
    table = _table("Incidents", "Before", "After", "Why")
    many = Counter(one.how for one in answer.incidents)
    for how in many:
        # Each kind has its share, so that many of one kind do not hide the others.
        own = [one for one in answer.incidents if one.how is how]
        for one in own[: -(-most // len(many))]:
            _row(table, one.how.value, _incidents(one.before), _incidents(one.after), one.why)
    out.print(table)
    out.print(f"In all: {', '.join(f'{count:,} {how}' for how, count in many.items())}.")
    events = sum(one.count for one in answer.decisions)
    ways = "1 way" if len(answer.decisions) == 1 else f"{len(answer.decisions):,} ways"
    out.print(f"{events:,} {'event is' if events == 1 else 'events are'} decided otherwise, in {ways}:")
    table = _table("Events", "Before", "After", "For example", numbers=1)
    for two in answer.decisions[:most]:
        heard = f"{two.first.name} on {two.first.service}, {_time(two.first.at)}"
        _row(table, two.count, _said(two.before), _said(two.after), heard)
    out.print(table)
    _more(out, len(answer.decisions), most, "ways")


def _incidents_are(many: int) -> str:
    return "1 incident is" if many == 1 else f"{many:,} incidents are"


def tally_json(tally: Tally, rules: Iterable[str]) -> dict[str, Any]:
    """The counts, by rule; an empty name for alerts that no rule took."""
    return {
        "events_and_changes": tally.facts,
        "alert_events": tally.alerts,
        "incidents": tally.incidents,
        "pages": tally.paged.total(),
        "rules": {
            rule: {**dict(zip(COLUMNS, tally.of(rule), strict=True)), "pages": tally.paged[rule]}
            for rule in _named(tally, rules)
        },
    }


def opening_json(one: Opening) -> dict[str, Any]:
    """An incident that would have opened."""
    return {**one._asdict(), "at": _instant(one.at)}


def answer_json(answer: Answer) -> dict[str, Any]:
    """The comparison."""
    return {
        "same_incidents": answer.same,
        "incidents": [_incident_json(one) for one in answer.incidents],
        "decisions": [_decision_json(one) for one in answer.decisions],
    }


def _incident_json(one: IncidentDifference) -> dict[str, Any]:
    sides = {"before": one.before, "after": one.after}
    return {
        "how": one.how.value,
        **{name: [*map(_alike_json, side)] for name, side in sides.items()},
        "why": one.why,
    }


def _alike_json(one: Alike) -> dict[str, Any]:
    return {
        "incident": one.number,
        "opened_at": _instant(one.at),
        "rule": one.rule,
        "title": one.title,
        "environment": one.environment,
        "alerts": one.alerts,
        "severity": one.severity or None,
        "pages": one.pages if one.severity else None,
        "why": one.text,
    }


def _decision_json(one: DecisionDifference) -> dict[str, Any]:
    first = {**one.first._asdict(), "at": _instant(one.first.at)}
    return {"events": one.count, "before": one.before._asdict(), "after": one.after._asdict(), "first": first}


def _named(tally: Tally, rules: Iterable[str]) -> list[str]:
    known = list(rules)
    others = sorted({rule for rule, _ in tally.decisions} - set(known))
    return [*known, *others]


def _incidents(side: Sequence[Alike]) -> str:
    shown = [
        f"{_time(one.at)} {one_line(one.title)} ({one.alerts} alert{'' if one.alerts == 1 else 's'})"
        for one in side[:_ALERTS]
    ]
    more = [f"and {len(side) - _ALERTS:,} more"] if len(side) > _ALERTS else []
    return "\n".join([*shown, *more])


def _said(said: Said) -> str:
    word = dict(zip((kind.value for kind in KINDS), COLUMNS, strict=True)).get(said.kind, said.kind)
    by = f" by {one_line(said.rule)}" if said.rule else ""
    return f"{word}{by}: {one_line(said.text, _LONGEST)}"


def _table(*columns: str, numbers: int = 0) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    first = 0 if numbers == 1 else 1
    for place, column in enumerate(columns):
        table.add_column(column, justify="right" if first <= place < first + numbers else "left")
    return table


def _row(table: Table, *cells: str | int) -> None:
    """Texts come from alerts: they are shown as they are, without their signs having a meaning."""
    shown = (f"{cell:,}" if isinstance(cell, int) else cell for cell in cells)
    table.add_row(
        *(Text("\n".join(one_line(line, 4 * _LONGEST) for line in cell.split("\n"))) for cell in shown)
    )


def _more(out: Console, many: int, most: int, what: str) -> None:
    if many > most:
        out.print(f"... and {many - most:,} more {what}; -o json shows all of them, --show more.")


def _time(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%m-%d %H:%M:%S}"


def _instant(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat()
