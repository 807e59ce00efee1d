"""Whether somebody can be found by the name that a configuration gives them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain.people import naming

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def unfindable(people: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Those of them whom nobody can be found by: the place of each, and what to say of it."""
    for place, person in enumerate(people):
        if naming(person.strip()) is None:
            yield (
                place,
                f"{person} is neither a Slack id, an e-mail address nor a @handle; nobody is invited by it",
            )
