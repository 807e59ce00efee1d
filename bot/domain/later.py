"""Whether an incident's later alerts are trouble of their own: told apart with hindsight, for its ranking.

An alert joins an incident by itself, when nobody knows what will follow it. What has joined since may fit
together better than it fits what was there, above all where something was changed just before it. Then people
ask what caused *that*, and a change that was made after the incident began may be the answer.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from bot.domain.joining import Standing, odds, return_odds
from bot.domain.suspects import first_onsets

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import datetime

    from bot.domain.catalog import Catalog
    from bot.domain.suspects import Evidence, Seen

_PLACES: Final = 3
"""Of the pauses between alerts so many are weighed, the last ones."""
_WEIGHED: Final = 6
"""Of the alerts after a pause so many are weighed, the first ones."""
_HOPELESS: Final = -2.0
"""Where time and the call graph speak so much against it, a change hardly ever makes up for that."""
_LEAST: Final = 1e-12


@dataclass(frozen=True, slots=True)
class Parting:
    """The evidence of an incident in two: what it began with, and what came `since` then.

    `log_odds`: how much better what came later fits together than it fits what was there, by its times and
    by the call graph, as the natural logarithm of a ratio.
    """

    since: datetime
    former: Evidence
    later: Evidence
    log_odds: float


@dataclass(frozen=True, slots=True)
class _Onset:
    """An alert that began; `pause` is how many seconds before that it had ended, if it had fired before."""

    at: datetime
    service: str
    name: str
    pause: float | None


def told_apart(evidence: Evidence, catalog: Catalog, apart: float) -> Parting | None:
    """The likeliest place, after a pause of `apart` seconds or more, at which other trouble may have begun.

    None where there is no such pause, or where what came after it surely belongs to what was there.
    """
    onsets = _onsets(evidence.alerts)
    pauses = [
        place
        for place, (one, following) in enumerate(pairwise(onsets), start=1)
        if (following.at - one.at).total_seconds() >= apart
    ]
    weighed = [(_log_odds(onsets, place, catalog), place) for place in pauses[-_PLACES:]]
    value, place = max(weighed, default=(-math.inf, 0))
    if value < _HOPELESS:
        return None
    former, later = _parted(evidence, onsets[place].at, {(one.service, one.name) for one in onsets[place:]})
    return Parting(onsets[place].at, former, later, value)


def _onsets(alerts: Iterable[Seen]) -> list[_Onset]:
    """When each alert began to fire, and fired anew after it had ended; not that it fires from elsewhere."""
    found: list[_Onset] = []
    ended: dict[tuple[str, str], datetime | None] = {}
    for one in sorted(alerts, key=lambda one: (one.onset, one.service, one.name)):
        key, pause = (one.service, one.name), None
        if key in ended:
            over = ended[key]
            if over is None or one.onset <= over:
                ended[key] = None if over is None or one.ended_at is None else max(over, one.ended_at)
                continue
            pause = (one.onset - over).total_seconds()
        ended[key] = one.ended_at
        found.append(_Onset(one.onset, one.service, one.name, pause))
    return found


def _log_odds(onsets: Sequence[_Onset], place: int, catalog: Catalog) -> float:
    """How much better those from this place on fit together than they fit what was there before."""
    value = 0.0
    for number in range(place, min(len(onsets), place + _WEIGHED)):
        one = onsets[number]
        there = odds(one.service, _standing(onsets[:number], one.at), catalog)
        if one.pause is not None:
            there = max(there, return_odds(one.pause))
        value -= math.log(max(there, _LEAST))
        if number > place:
            value += math.log(
                max(odds(one.service, _standing(onsets[place:number], one.at), catalog), _LEAST)
            )
    return value


def _standing(onsets: Sequence[_Onset], at: datetime) -> Standing:
    services = tuple(dict.fromkeys(one.service for one in onsets))
    return Standing(services, (at - onsets[0].at).total_seconds(), len(onsets))


def _parted(
    evidence: Evidence, since: datetime, begun: Collection[tuple[str, str]]
) -> tuple[Evidence, Evidence]:
    """What was there before, and the alerts that have `begun` since; by then others only spread further.

    Of the services of a storm, of which not all alerts are seen, those that alert only since then are theirs.
    """
    begins = [one.onset >= since and (one.service, one.name) in begun for one in evidence.alerts]
    former = [one for one, later in zip(evidence.alerts, begins, strict=True) if not later]
    later = [one for one, later in zip(evidence.alerts, begins, strict=True) if later]
    seen = {one.service for one in evidence.alerts}
    unseen = [(service, onset) for service, onset in evidence.onsets.items() if service not in seen]
    return (
        _only(evidence, former, [one for one in unseen if one[1] < since]),
        replace(_only(evidence, later, [one for one in unseen if one[1] >= since]), later=True),
    )


def _only(evidence: Evidence, alerts: Sequence[Seen], unseen: Sequence[tuple[str, datetime]]) -> Evidence:
    onsets = first_onsets([*((one.service, one.onset) for one in alerts), *unseen])
    return replace(evidence, onsets=onsets, alerts=tuple(alerts))
