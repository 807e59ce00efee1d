"""A window that the product opened for a person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.harness.workspace import Hand


@dataclass(frozen=True, slots=True)
class Modal:
    """The window on top of a person's stack."""

    view: dict[str, Any]
    person: str
    hand: Hand

    @property
    def title(self) -> str:
        """What stands above it."""
        return str(self.view["title"]["text"])

    async def submit(self, **values: Any) -> dict[str, Any]:
        """Fill it in and send it; the answer holds `errors` by block id where it is refused."""
        return await self.hand.try_to(f"views/{self.view['id']}/submit", user=self.person, values=values)
