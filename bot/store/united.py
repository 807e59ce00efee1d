"""Readings that travel together: the rows of several queries in one round trip."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bot.store.session import Session


@dataclass(frozen=True, slots=True)
class Part:
    """A query with the names of its columns, in their order. In what order its rows come is not promised."""

    name: str
    columns: tuple[str, ...]
    query: str


class United:
    """Several parts as one statement; their parameters are those of all. `first` comes before (WITH ...).

    Parts of the same name have the same columns, and their rows come part by part.
    """

    def __init__(self, *parts: Part, first: str = "") -> None:
        rows = [f"SELECT '{part.name}' AS part, q AS columns FROM ({part.query}) q" for part in parts]
        self._statement = f"{first} {' UNION ALL '.join(rows)}"
        self._columns = {part.name: part.columns for part in parts}

    async def fetch(self, session: Session, *values: Any) -> dict[str, list[dict[str, Any]]]:
        """The rows of each part."""
        found: dict[str, list[dict[str, Any]]] = {name: [] for name in self._columns}
        for part, columns in await session.fetch(self._statement, *values):
            found[part].append(dict(zip(self._columns[part], columns, strict=True)))
        return found
