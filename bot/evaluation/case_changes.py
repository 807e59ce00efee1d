"""The changes of a case, as they would have been told: first the start, later each wave and the end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from bot.domain.alert import UNKNOWN
from bot.domain.change import Change, ChangeKind, Wave, as_told
from bot.domain.errors import InvalidInputError
from bot.domain.places import concerned
from bot.evaluation.rows import Forgiving, identifier, moment, require_moment, text, texts
from bot.ingest.waves import read_share

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime
    from pathlib import Path

    from bot.evaluation.rows import Problems
    from bot.ingest.labels import LabelPolicy

_PERCENT: Final = 100
_KINDS: Final = {kind.value: kind for kind in ChangeKind}


def changes_of(
    rows: Iterable[tuple[int, dict[str, Any]]],
    path: Path,
    problems: Problems,
    source: str,
    policy: LabelPolicy,
) -> tuple[Change, ...]:
    """Every telling of every change, in order of receipt; environments as alerts name them."""
    told: list[Change] = []
    for line, row in rows:
        try:
            told += tellings(_change(row, source, Forgiving(problems, path, line), policy))
        except InvalidInputError as error:
            problems.add(path, line, error)
    return tuple(sorted(told, key=_in_order))


def _in_order(change: Change) -> tuple[datetime, datetime, str, str]:
    return change.received_at, change.time, change.change_id, change.summary


def tellings(change: Change) -> Iterator[Change]:
    """The change as it was known when it began, and anew at each wave and at its end."""
    moments = sorted(
        {change.received_at}
        | {wave.time for wave in change.waves if wave.time > change.received_at}
        | ({change.ended_at} if change.ended_at and change.ended_at > change.received_at else set())
    )
    for at in moments:
        yield as_told(change, at)


def _change(row: dict[str, Any], source: str, its: Forgiving, policy: LabelPolicy) -> Change:
    """The change of a row; it needs an id and its times, and what else cannot be read is passed over."""
    made = require_moment(row, "ts")
    no_waves: list[Wave] = []
    waves = its.read(lambda: [*_waves(row)], no_waves)
    scope = its.labels(row, "scope")
    return Change(
        change_id=identifier(row, "id"),
        source=source,
        kind=its.read(lambda: _kind(text(row, "type", "kind")), ChangeKind.DEPLOY),
        service=concerned(its.text(row, "service", default=UNKNOWN), scope),
        environment=policy.environment_of_change(its.text(row, "env", "environment", default=UNKNOWN)),
        time=made,
        received_at=moment(row, "received_ts") or made,
        summary=its.text(row, "summary", "title"),
        version=its.text(row, "version"),
        previous_version=its.text(row, "previous_version"),
        author=its.text(row, "author"),
        url=its.text(row, "url"),
        scope=scope,
        ended_at=its.moment(row, "ended_ts"),
        waves=tuple(sorted(waves, key=lambda wave: wave.time)),
        rolls_back=its.text(row, "rolls_back"),
    )


def _kind(value: str) -> ChangeKind:
    found = _KINDS.get(value.lower())
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
        share = one.get("share")
        if isinstance(share, int | float) and 1 < share <= _PERCENT:
            share = share / _PERCENT
        share = read_share(share, "waves.share")
        yield Wave(require_moment(one, "ts"), share, texts(one, "targets"))
