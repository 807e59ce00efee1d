"""How delivery behaves: leases, pauses, and how many effects of which kinds are done at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from bot.delivery.backoff import Backoff
from bot.domain.effects import DECORATIONS, EffectKind

if TYPE_CHECKING:
    from collections.abc import Mapping

SLACK_KINDS: Final = frozenset(kind for kind in EffectKind if kind.value.startswith("slack."))
SHOWING: Final = SLACK_KINDS - DECORATIONS - {EffectKind.TELL}
"""What people see of an incident in its own channel; somebody is paged where Slack does not show it."""


@dataclass(frozen=True, slots=True)
class Pool:
    """Hands that do effects of these kinds, so that a slow kind never keeps another one waiting.

    `linger`: so many seconds pass between news and the claim, for what people do not wait for: when an
    incident opens, its channel comes first.
    """

    name: str
    kinds: frozenset[EffectKind]
    hands: int
    linger: float = 0.0


POOLS: Final = (
    Pool("page", frozenset({EffectKind.PAGE}), 4),
    Pool("slack", SHOWING, 16),
    Pool("decoration", SLACK_KINDS - SHOWING, 8, linger=0.2),  # the card is the first message
    Pool("publish", frozenset({EffectKind.PUBLISH}), 8, linger=0.1),
    Pool("playbook", frozenset({EffectKind.START_PLAYBOOKS, EffectKind.ADVANCE_RUN}), 8, linger=0.1),
)

_LONG: Final = {EffectKind.ADVANCE_RUN: timedelta(hours=2)}  # a step has its own, shorter limit


@dataclass(frozen=True, slots=True)
class DeliveryPolicy:
    """`poll`: how long to wait for news at most (seconds). `grace`: what is in hand may take so long to end.

    `unexpected`: so many attempts at what fails for a reason that nobody foresaw. `refused`: pauses before a
    channel is asked for again that Slack would not open.
    """

    lease: timedelta = timedelta(seconds=60)
    poll: float = 1.0
    grace: float = 12.0
    attempt: timedelta = timedelta(seconds=60)
    unexpected: int = 10
    record_attempts: int = 5
    stale: timedelta = timedelta(seconds=30)
    backoff: Backoff = field(default_factory=Backoff)
    refused: Backoff = field(default_factory=lambda: Backoff(first=60.0, longest=300.0))
    pools: tuple[Pool, ...] = POOLS
    longer: Mapping[EffectKind, timedelta] = field(default_factory=lambda: _LONG)

    def limit(self, kind: EffectKind) -> timedelta:
        """How long one attempt may take."""
        return self.longer.get(kind, self.attempt)
