"""Writes that travel together: what a transaction changes in several tables, as one statement.

Each round trip costs both processors something, and whoever waits for the transaction waits for all of them.
So writes whose answer nobody needs at once are gathered, and go as the clauses of one WITH. The clauses are
evaluated in their order. None sees what another has written, so no two are about the same rows.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MANY: Final = 50
"""So many rows are written faster with COPY than they are gathered."""
_PARAMETER: Final = re.compile(r"\$(\d+)")


@dataclass(frozen=True, slots=True)
class Write:
    """A statement that writes sets of rows and ends with `RETURNING`; its parameters are columns.

    `first` are clauses that come before it, by name. `answer` is what to tell of the rows that it gives, an
    aggregate. With `conflict`, every row must be written: where one was not, somebody else was faster, and
    `conflict` says so.
    """

    name: str
    statement: str
    parameters: int
    first: tuple[tuple[str, str], ...] = ()
    conflict: str = ""
    answer: str = "count(*)"


def columns(rows: Iterable[Sequence[Any]]) -> list[list[Any]]:
    """The columns of some rows, at least one."""
    return list(map(list, zip(*rows, strict=True)))


@lru_cache(maxsize=256)
def together(writes: tuple[Write, ...]) -> str:
    """One statement that does them all, and gives one row with the answer of each.

    Its parameters are those of all writes, one write after the other.
    """
    clauses: list[str] = []
    offset = 0
    for write in writes:
        for name, statement in (*write.first, (write.name, write.statement)):
            clauses.append(f"{name} AS ({_shifted(statement, offset)})")
        offset += write.parameters
    answers = ", ".join(f"(SELECT {write.answer} FROM {write.name})" for write in writes)
    return f"WITH {', '.join(clauses)} SELECT {answers}"


def _shifted(statement: str, offset: int) -> str:
    return _PARAMETER.sub(lambda found: f"${int(found[1]) + offset}", statement)
