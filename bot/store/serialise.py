"""Rankings as JSON and back, for their rows."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import orjson

from bot.domain.change import Change, ChangeKind
from bot.domain.suspects import LaterTrouble, Ranking, Suspect, Term
from bot.store.rows import wave_row, waves_of

if TYPE_CHECKING:
    from collections.abc import Mapping


def ranking_json(ranking: Ranking) -> str:
    """The ranking as JSON; times are in ISO 8601."""
    return orjson.dumps(
        {
            "at": ranking.at,
            "suspects": [_suspect_row(suspect) for suspect in ranking.suspects],
            "no_change": ranking.no_change,
            "no_change_reasons": _terms(ranking.no_change_reasons),
            "considered": ranking.considered,
            "shown": ranking.shown,
            "calibrated": ranking.calibrated,
            **({} if ranking.later is None else {"later": _later_row(ranking.later)}),
        }
    ).decode()


def ranking_of(incident_id: str, body: str | bytes) -> Ranking:
    """The ranking that `ranking_json` wrote."""
    row = orjson.loads(body)
    return Ranking(
        incident_id=incident_id,
        at=datetime.fromisoformat(row["at"]),
        suspects=tuple(_suspect_from(one) for one in row["suspects"]),
        no_change=row["no_change"],
        no_change_reasons=_read_terms(row["no_change_reasons"]),
        considered=row["considered"],
        shown=row["shown"],
        calibrated=row["calibrated"],
        later=_later_from(row["later"]) if "later" in row else None,
    )


def _suspect_row(suspect: Suspect) -> dict[str, Any]:
    return {
        "change": change_row(suspect.change),
        "probability": suspect.probability,
        "reasons": _terms(suspect.reasons),
    }


def _suspect_from(row: Mapping[str, Any]) -> Suspect:
    return Suspect(change_from(row["change"]), row["probability"], _read_terms(row["reasons"]))


def _later_row(later: LaterTrouble) -> dict[str, Any]:
    return {
        "since": later.since,
        "services": later.services,
        "probability": later.probability,
        "former": None if later.former is None else _suspect_row(later.former),
    }


def _later_from(row: Mapping[str, Any]) -> LaterTrouble:
    former = row["former"]
    return LaterTrouble(
        datetime.fromisoformat(row["since"]),
        tuple(row["services"]),
        row["probability"],
        None if former is None else _suspect_from(former),
    )


def _terms(terms: tuple[Term, ...]) -> list[dict[str, Any]]:
    return [{"name": term.name, "value": term.value, "text": term.text} for term in terms]


def _read_terms(rows: list[Mapping[str, Any]]) -> tuple[Term, ...]:
    return tuple(Term(row["name"], row["value"], row["text"]) for row in rows)


def change_row(change: Change) -> dict[str, Any]:
    """The change as JSON takes it, with its times as they are."""
    return {
        "change_id": change.change_id,
        "source": change.source,
        "kind": change.kind.value,
        "service": change.service,
        "environment": change.environment,
        "time": change.time,
        "received_at": change.received_at,
        "summary": change.summary,
        "version": change.version,
        "previous_version": change.previous_version,
        "author": change.author,
        "url": change.url,
        "scope": dict(change.scope),
        "ended_at": change.ended_at,
        "waves": [wave_row(wave) for wave in change.waves],
        "rolls_back": change.rolls_back,
        "maintenance": change.maintenance,
    }


def change_from(row: Mapping[str, Any]) -> Change:
    """The change that `change_row` wrote, after it was JSON."""
    times = {name: datetime.fromisoformat(row[name]) for name in ("time", "received_at")}
    # Rows that were written before these were known do not have them.
    ended_at = row.get("ended_at")
    later = {
        "ended_at": datetime.fromisoformat(ended_at) if ended_at else None,
        "waves": waves_of(row.get("waves", ())),
    }
    return Change(**{**row, **times, **later, "kind": ChangeKind(row["kind"])})
