"""Words: a rare word that a change and an alert share, such as an endpoint or a flag, ties the two."""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.domain.change import Change
    from bot.domain.suspects import Evidence

_WORD: Final = re.compile(r"[a-z][a-z0-9]{2,}")
_SAY_NOTHING: Final = frozenset(
    _WORD.findall(
        """
        about above after again all also and any are because been before being below between both
        but can could did does doing done down during each few for from further get had has have
        having her here him his how into its just less may might more most must not now off once one
        only onto other our out over own per same shall she should since some still such than that
        the their them then there these they this those through too two under until upon use used
        uses using very via was were what when where which while who why will with within without
        would you your
        """
    )
)
"""Words that any two texts may share."""
_READ: Final = 2_000
_NAMED: Final = 3


@dataclass(frozen=True, slots=True)
class Wording:
    """How words speak.

    `weight`: what one shared word says, for each unit of its rarity (the logarithm of how few candidates have
    it). `most`: the most that words may say: they are coincidence too often to decide alone. `among`: so many
    of the best candidates are read; words move none from behind those.
    """

    weight: float = 0.5
    most: float = 1.5
    among: int = 100


class SharedWords:
    """The words of the alerts, against those of one change after another.

    Names of services are no words: who alerts is weighed by the call graph.
    """

    name: Final = "words"

    def __init__(
        self, evidence: Evidence, candidates: Sequence[Change], services: frozenset[str], wording: Wording
    ) -> None:
        self._wording = wording
        texts = {text for alert in evidence.alerts for text in (alert.name, alert.summary)}
        self._said = frozenset[str]().union(*map(_words, texts))
        if self._said:
            named = {*evidence.onsets, *[change.service for change in candidates]} - services
            self._said -= _words_of(services).union(*map(_words, named))
        said, strange = self._said, self._said.isdisjoint
        read = [_words(change.summary) for change in candidates] if said else []
        self._candidates = len(candidates)
        self._counts = Counter(chain.from_iterable(said & words for words in read if not strange(words)))

    def __bool__(self) -> bool:
        """Whether any candidate shares a word with the alerts."""
        return bool(self._counts)

    def value(self, change: Change) -> float:
        """By the rarity of the words that it shares with the alerts, up to a bound."""
        rarity = sum(map(self._rarity, self._said & _words(change.summary)))
        return min(self._wording.weight * rarity, self._wording.most)

    def text(self, change: Change) -> str:
        """The words, the rarest first."""
        shared = self._said & _words(change.summary)
        rarest = sorted(shared, key=lambda word: (-self._rarity(word), word))[:_NAMED]
        return f"its description and the alerts share {', '.join(f'“{word}”' for word in rarest)}"

    def _rarity(self, word: str) -> float:
        return math.log((self._candidates + 1) / (self._counts[word] + 1))


@lru_cache(maxsize=16)
def _words_of(services: frozenset[str]) -> frozenset[str]:
    """The words of all these names; a catalogue gives the same ones over and over."""
    return frozenset[str]().union(*map(_words, services))


@lru_cache(maxsize=8_192)
def _words(text: str) -> frozenset[str]:
    """Its words in lower case; CamelCase falls apart, numbers, short words and "the" are left out."""
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", text[:_READ])
    return frozenset(_WORD.findall(apart.lower())) - _SAY_NOTHING
