"""Effects that go from the transaction that enters them to a hand of the same process, without being claimed.

They are entered as leased by it, so no other worker looks at them while it is alive; a hand that never hears
that the transaction has committed leaves its effect to the end of the lease.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from bot.app.ports import ClaimedEffect

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bot.app.ports import Hand, Hands
    from bot.domain.effects import Effect

ENTERED: Final = "array_agg(ROW(key, id, created_at)) FILTER (WHERE worker IS NOT NULL)"
"""What the write of effects is to tell of those that were handed over."""


@dataclass(slots=True)
class HandingOver:
    """The effects of one write that hands of this process shall do."""

    traceparent: str | None
    _hands: dict[str, tuple[Effect, Hand]] = field(default_factory=dict)
    _entered: list[tuple[Hand, ClaimedEffect]] = field(default_factory=list)

    @property
    def lanes(self) -> set[str]:
        """Whose worker looks at them by itself, as soon as its hand is free again."""
        return {effect.lane for effect, _ in self._hands.values()}

    def offer(self, effects: Iterable[Effect], hands: Hands) -> None:
        """Find a hand for each that is the first of its lane and due."""
        for effect in effects:
            wanted = effect.first and effect.due_at is None and effect.key not in self._hands
            if wanted and (hand := hands(effect.kind)) is not None:
                self._hands[effect.key] = effect, hand

    def hand_for(self, effect: Effect) -> Hand | None:
        """Whose it will be."""
        _, hand = self._hands.get(effect.key, (None, None))
        return hand

    def entered(self, rows: Sequence[Sequence[Any]] | None) -> None:
        """Be told what was written (see `ENTERED`); what was there before is not among it."""
        for key, number, created_at in rows or ():
            effect, hand = self._hands.pop(key)
            claimed = ClaimedEffect(
                id=str(number),
                effect=effect,
                attempt=1,
                fence=1,
                created_at=created_at,
                uncertain_since=None,
                failing_since=None,
                lease_until=hand.lease_until,
                traceparent=self.traceparent,
            )
            self._entered.append((hand, claimed))

    def ended(self, committed: bool) -> None:
        """The transaction is over: hand them over, or let the hands go."""
        for hand, claimed in self._entered:
            if committed:
                hand.take(claimed)
            else:
                hand.let_go()
        for _, hand in self._hands.values():
            hand.let_go()
