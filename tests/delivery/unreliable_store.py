"""The fake store, whose commits can be made to fail."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from bot.domain.errors import StoreUnavailableError
from bot.store.outbox import no_origin
from tests.support.fake_store import FakeStore

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from bot.app.ports import Clock
    from bot.domain.effects import EffectKind
    from tests.support.memory.state import EffectRow


class UnreliableStore(FakeStore):
    """`failures` are raised by the next commits, in their order (None lets one through); `down` fails all."""

    def __init__(self, clock: Clock, origin: Callable[[], str | None] = no_origin) -> None:
        super().__init__(clock, origin)
        self.failures: list[Exception | None] = []
        self.down = False
        self.locked: list[str] = []

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Any]:
        async with super().begin() as uow:
            yield uow
            failure = self.failures.pop(0) if self.failures else None
            if self.down:
                raise StoreUnavailableError("down")
            if failure is not None:
                raise failure
            board: Any = uow.board
            self.locked += sorted(board.locked)

    def rows(self, kind: EffectKind | None = None) -> list[EffectRow]:
        """The effects of this kind, or all."""
        return [row for row in self.state.outbox if kind is None or row.effect.kind is kind]

    def told(self, incident_id: str) -> list[str]:
        """The texts of the incident's timeline."""
        return [line.text for line in self.state.timeline if line.incident_id == incident_id]
