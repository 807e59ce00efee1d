"""Responders' verdicts on what caused an incident: which words count, and how they overrule a ranking.

Every verdict is kept. The last word of a person counts, the last word about a change counts, and of several
causes that nobody has contradicted the one that was named last.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from bot.domain.suspects import Suspect, Term

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from bot.domain.change import Change
    from bot.domain.suspects import LaterTrouble, Ranking

CERTAIN: Final = 20.0
"""What a person's word counts as a reason: odds of half a billion to one."""
VERDICT: Final = "verdict"
"""The name of the reason that is a person's word."""
_NOTHING: Final = 1e-12
ChangeKey = tuple[str, str]


class Judgement(StrEnum):
    """What a person says about an incident; the values are those of the API."""

    CAUSED = "caused"
    DID_NOT = "did_not"
    NO_CHANGE = "no_change"


@dataclass(frozen=True, slots=True)
class Verdict:
    """One person's word about one incident.

    `change` is the change that is judged, None where the word is that no change caused it. `person` is who
    said it for machines, `by` for people, `via` where from (`slack` or `api`). A verdict that was taken back
    says by whom and when.
    """

    id: str
    incident_id: str
    judgement: Judgement
    change: Change | None
    person: str
    by: str
    via: str
    at: datetime
    withdrawn_at: datetime | None = None
    withdrawn_by: str = ""

    @property
    def about(self) -> ChangeKey | None:
        """Source and id of the change that is judged."""
        return None if self.change is None else key_of(self.change)

    @property
    def stands(self) -> bool:
        """Whether it was not taken back."""
        return self.withdrawn_at is None


@dataclass(frozen=True, slots=True)
class Standing:
    """What counts by now: one cause, or that no change caused it, or neither; and the changes ruled out."""

    cause: Verdict | None = None
    no_change: Verdict | None = None
    ruled_out: tuple[Verdict, ...] = ()

    @property
    def decided(self) -> Verdict | None:
        """The verdict that answers what caused the incident."""
        return self.cause or self.no_change


UNDECIDED: Final = Standing()


def key_of(change: Change) -> ChangeKey:
    """What tells a change from every other: its source and its id there."""
    return (change.source, change.change_id)


def standing(history: Iterable[Verdict]) -> Standing:
    """What counts of all that was said, given in the order in which it was said.

    A later word of the same person replaces what it contradicts, and taking it back does not bring that back.
    """
    words = [one for one in _last_words(history) if one.stands]
    latest = {one.about: one for one in words if one.about is not None}
    causes = [
        one
        for one in words
        if one.judgement is not Judgement.DID_NOT
        and (one.about is None or latest[one.about].judgement is Judgement.CAUSED)
    ]
    ruled_out = tuple(one for one in latest.values() if one.judgement is Judgement.DID_NOT)
    if not causes:
        return Standing(ruled_out=ruled_out)
    last = causes[-1]
    if last.judgement is Judgement.NO_CHANGE:
        return Standing(no_change=last, ruled_out=ruled_out)
    return Standing(cause=last, ruled_out=ruled_out)


def repeats(history: Iterable[Verdict], new: Verdict) -> bool:
    """Whether the person has said just this already, and it still counts as that person's word."""
    return any(
        one.stands and (one.person, one.judgement, one.about) == (new.person, new.judgement, new.about)
        for one in _last_words(history)
    )


def overruled(ranking: Ranking, said: Standing, most: int, shown_from: float) -> Ranking:
    """The ranking as people's words leave it: at most `most` suspects, then those that were ruled out.

    A cause named by a person comes first with probability 1. What was ruled out has probability 0, and the
    others share what it had. "No change" leaves no suspect to be named. To keep five suspects where one is
    ruled out, give a ranking of six. The best suspect is shown from the probability `shown_from`. Where a
    person says what caused the incident, nothing is told apart in it any more.
    """
    if said.cause is not None:
        return _blamed(ranking, said, said.cause, most)
    if said.no_change is not None:
        word = Term(VERDICT, CERTAIN, f"no change caused this, says {said.no_change.by}")
        return replace(
            ranking,
            suspects=(*_exonerated(_named(ranking, said)[:most]), *_ruled_out(ranking, said)),
            no_change=1.0,
            no_change_reasons=(word, *ranking.no_change_reasons),
            shown=False,
            later=None,
        )
    return _narrowed(ranking, said, most, shown_from) if said.ruled_out else ranking


def describe(change: Change) -> str:
    """A change in a few words: `deploy of checkout (deploy-77)`."""
    return f"{change.kind.replace('_', ' ')} of {change.service} ({change.change_id})"


def sentence(verdict: Verdict) -> str:
    """What was said, in words."""
    if verdict.change is None:
        return f"{verdict.by} says that no change caused this."
    says = "caused this" if verdict.judgement is Judgement.CAUSED else "did not cause this"
    return f"{verdict.by} says that the {describe(verdict.change)} {says}."


def _last_words(history: Iterable[Verdict]) -> Iterator[Verdict]:
    """What each person has not contradicted, in the order in which it was said."""
    kept: list[Verdict] = []
    for one in history:
        kept = [said for said in kept if said.person != one.person or not _replaces(one, said)]
        kept.append(one)
    return iter(kept)


def _replaces(new: Verdict, old: Verdict) -> bool:
    """Whether one person cannot mean both. One fault has one cause, though many changes may be ruled out."""
    if new.about is not None and new.about == old.about:
        return True
    return Judgement.DID_NOT not in {new.judgement, old.judgement}


def _blamed(ranking: Ranking, said: Standing, cause: Verdict, most: int) -> Ranking:
    named = _named(ranking, said)
    known = next((one for one in named if key_of(one.change) == cause.about), None)
    former = ranking.later.former if ranking.later else None
    # What speaks for it is what speaks for it as the cause of what it is likeliest to have caused.
    likeliest = former if former and key_of(former.change) == cause.about else known
    word = Term(VERDICT, CERTAIN, f"caused it, says {cause.by}")
    reasons = (word, *(likeliest.reasons if likeliest else ()))
    first = [Suspect(change, 1.0, reasons) for change in (cause.change,) if change is not None]
    others = [one for one in named if one is not known]
    suspects = (*first, *_exonerated(others[: most - 1]), *_ruled_out(ranking, said))
    return replace(ranking, suspects=suspects, no_change=0.0, shown=True, later=None)


def _narrowed(ranking: Ranking, said: Standing, most: int, shown_from: float) -> Ranking:
    """What remains is weighed as before; only what was ruled out is taken from the whole."""
    named = _named(ranking, said)
    seen = ranking.no_change + sum(one.probability for one in named)
    gone = sum(one.probability for one in ranking.suspects if one not in named)
    left = max(1.0 - gone, seen)
    # What rounding leaves of nothing is nothing: it would be divided by.
    scale = 1.0 / left if left > _NOTHING else 0.0
    kept = tuple(replace(one, probability=min(one.probability * scale, 1.0)) for one in named[:most])
    return replace(
        ranking,
        suspects=(*kept, *_ruled_out(ranking, said)),
        no_change=min(ranking.no_change * scale, 1.0) if scale else 1.0,
        shown=bool(kept) and kept[0].probability >= shown_from,
        later=_narrowed_later(ranking.later, said),
    )


def _narrowed_later(later: LaterTrouble | None, said: Standing) -> LaterTrouble | None:
    """What began before later trouble has no suspect where that is ruled out."""
    former = later.former if later else None
    if later is None or former is None or key_of(former.change) not in {one.about for one in said.ruled_out}:
        return later
    return replace(later, former=None)


def _named(ranking: Ranking, said: Standing) -> list[Suspect]:
    """The suspects that nobody has ruled out."""
    gone = {one.about for one in said.ruled_out}
    return [one for one in ranking.suspects if key_of(one.change) not in gone]


def _exonerated(suspects: Sequence[Suspect]) -> tuple[Suspect, ...]:
    return tuple(replace(one, probability=0.0) for one in suspects)


def _ruled_out(ranking: Ranking, said: Standing) -> list[Suspect]:
    """The changes that did not do it, each with who says so."""
    reasons = {key_of(one.change): one.reasons for one in ranking.suspects}
    judged = ((one.change, one.by) for one in said.ruled_out)
    return [
        Suspect(
            change, 0.0, (Term(VERDICT, -CERTAIN, f"ruled out by {by}"), *reasons.get(key_of(change), ()))
        )
        for change, by in judged
        if change is not None
    ]
