"""The changes of a case, as they would have been told: first the start, later each wave and the end."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bot.domain.alert import UNKNOWN
from bot.domain.change import Change, ChangeKind, Wave
from bot.domain.errors import InvalidInputError
from bot.evaluation.rows import identifier, labels, moment, require_moment, text, texts
from bot.ingest.waves import read_share

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from bot.evaluation.rows import Problems

_KINDS = {kind.value: kind for kind in ChangeKind}


def changes_of(
    rows: Iterable[tuple[int, dict[str, Any]]], path: Path, problems: Problems, source: str
) -> tuple[Change, ...]:
    """Every telling of every change, in order of receipt."""
    told: list[Change] = []
    for line, row in rows:
        try:
            told += tellings(_change(row, source))
        except InvalidInputError as error:
            problems.add(path, line, error)
    return tuple(sorted(told, key=lambda change: change.received_at))


def tellings(change: Change) -> Iterator[Change]:
    """The change as it was known when it began, and anew at each wave and at its end."""
    moments = sorted(
        {change.received_at}
        | {wave.time for wave in change.waves if wave.time > change.received_at}
        | ({change.ended_at} if change.ended_at and change.ended_at > change.received_at else set())
    )
    for at in moments:
        known = tuple(wave for wave in change.waves if wave.time <= at)
        over = change.ended_at if change.ended_at and change.ended_at <= at else None
        if len(moments) == 1 and known == change.waves and over == change.ended_at:
            yield change
        else:
            yield replace(change, received_at=at, waves=known, ended_at=over)


def _change(row: dict[str, Any], source: str) -> Change:
    made = require_moment(row, "ts")
    return Change(
        change_id=identifier(row, "id"),
        source=source,
        kind=_kind(text(row, "type", "kind")),
        service=text(row, "service", default=UNKNOWN),
        environment=text(row, "env", "environment", default=UNKNOWN),
        time=made,
        received_at=moment(row, "received_ts") or made,
        summary=text(row, "summary", "title"),
        version=text(row, "version"),
        previous_version=text(row, "previous_version"),
        author=text(row, "author"),
        url=text(row, "url"),
        scope=labels(row, "scope"),
        ended_at=moment(row, "ended_ts"),
        waves=tuple(sorted(_waves(row), key=lambda wave: wave.time)),
        rolls_back=text(row, "rolls_back"),
    )


def _kind(value: str) -> ChangeKind:
    found = _KINDS.get(value)
    if found is None:
        raise InvalidInputError("type", f"{value[:64]!r} is not known; one of {', '.join(_KINDS)}")
    return found


def _waves(row: dict[str, Any]) -> Iterator[Wave]:
    value = row.get("waves")
    if value is None:
        return
    if not isinstance(value, list):
        raise InvalidInputError("waves", "must be a list")
    for one in value:
        if not isinstance(one, dict):
            one = {"ts": one}  # noqa: PLW2901 - a bare time is a wave of which no more is known
        share = read_share(one.get("share"), "waves.share")
        yield Wave(require_moment(one, "ts"), share, texts(one, "targets"))
