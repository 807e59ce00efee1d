"""What a parser makes of one body: the alerts it could read, and those it could not with the reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.domain.alert import AlertEvent


@dataclass(frozen=True, slots=True)
class Rejected:
    """One entry that cannot be accepted: where it is, what is wrong, and its JSON (possibly cut)."""

    path: str
    problem: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class Parsed:
    """`truncated` counts the alerts that the sender says it left out."""

    good: tuple[AlertEvent, ...]
    bad: tuple[Rejected, ...] = ()
    truncated: int = 0
