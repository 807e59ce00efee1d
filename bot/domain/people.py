"""How people are named in a configuration: by what a chat can find them."""

from __future__ import annotations

import re
from enum import Enum, auto
from typing import Final

_USER: Final = re.compile(r"[UW][A-Z0-9]{2,}")
_GROUP: Final = re.compile(r"S[A-Z0-9]{2,}")


class Naming(Enum):
    """One way to name somebody: by the id of a user or of a user group, `@handle` of a group, an address."""

    USER = auto()
    GROUP = auto()
    HANDLE = auto()
    ADDRESS = auto()


def naming(person: str) -> Naming | None:
    """Which of them it is; None where nobody can be found by it."""
    if _USER.fullmatch(person):
        return Naming.USER
    if _GROUP.fullmatch(person):
        return Naming.GROUP
    before, at, after = person.partition("@")
    if not at or not after or any(character.isspace() for character in person):
        return None
    return Naming.ADDRESS if before else Naming.HANDLE
