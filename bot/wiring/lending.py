"""Hands of this process, lent by delivery to whoever enters effects; none where it does not deliver."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from bot.app.ports import no_hands

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.app.ports import Hand, Hands
    from bot.domain.effects import EffectKind


class LentHands:
    """The `Hands` port: asks whoever lends hands just now."""

    def __init__(self) -> None:
        self._lender: Hands = no_hands

    def __call__(self, kind: EffectKind) -> Hand | None:
        """A free hand for an effect of that kind."""
        return self._lender(kind)

    @contextlib.contextmanager
    def lent(self, lender: Hands) -> Iterator[None]:
        """Have this one asked while the block runs."""
        self._lender = lender
        try:
            yield
        finally:
            self._lender = no_hands
