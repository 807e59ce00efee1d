"""Whether a ranking says anything new: to keep it, and to show it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.domain.suspects import LaterTrouble, Ranking


def says_the_same(known: Ranking | None, new: Ranking) -> bool:
    """Whether the ranking says what the one before it said, and need not be kept."""
    return known is not None and _weighed(known) == _weighed(new)


def shows_the_same(known: Ranking | None, new: Ranking) -> bool:
    """Whether a person could not tell the two apart; the first one is always news."""
    return known is not None and _shown(known) == _shown(new)


def _weighed(ranking: Ranking) -> tuple[object, ...]:
    return ranking.suspects, ranking.considered, ranking.no_change_reasons, ranking.later


def _shown(ranking: Ranking) -> tuple[bool, object, list[tuple[object, ...]]]:
    """Whether one is named, what is told apart, and the changes that are listed, in their order, with why.

    Those have whole percents above none. That one more was looked at, which the prior says, is no news.
    """
    told = _told(ranking.later)
    if not ranking.shown and not ranking.undecided:
        return False, told, []
    named = [(one, _percent(one.probability)) for one in ranking.suspects]
    listed = [
        (
            one.change.source,
            one.change.change_id,
            percent,
            *[term.text for term in one.reasons if term.name != "prior"],
        )
        for one, percent in named
        if percent
    ]
    return ranking.shown, told, listed


def _told(later: LaterTrouble | None) -> tuple[object, ...]:
    if later is None:
        return ()
    former = later.former and (later.former.change.change_id, _percent(later.former.probability))
    return later.since, later.services, _percent(later.probability), former


def _percent(chance: float) -> int:
    return round(100 * chance)
