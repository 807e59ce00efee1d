"""Which matchers would silence alerts like these: a proposal that a person may change."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from bot.domain.alert import UNKNOWN, AlertStatus
from bot.domain.matchers import Matcher
from bot.domain.rules import labels_of

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from bot.domain.alert import Occurrence

_LABELS: Final = ("alertname", "service", "environment")
_MANY: Final = 10
"""A label with more values than that says nothing that people could read."""
_SPECIAL: Final = re.compile(r"[.$*+?|(){}]|(?P<also_in_brackets>[\[\]^\\])")
_UNTYPABLE: Final = re.compile(r"[“”\x00-\x1f]")


def proposed_matchers(alerts: Collection[Occurrence]) -> list[str]:
    """Matchers, as a person types them, that hold for all of these alerts that fire, else for all of them.

    A label that one of them does not have, or that has too many values, is not asked for.
    """
    firing = [alert for alert in alerts if alert.status is AlertStatus.FIRING]
    labels = [labels_of(alert) for alert in firing or alerts]
    proposed = []
    for name in _LABELS:
        values = sorted({one.get(name, "") for one in labels})
        if 0 < len(values) <= _MANY and not any(map(_unusable, values)):
            proposed.append(_matcher(name, values))
    return proposed


def _unusable(value: str) -> bool:
    return value in {"", UNKNOWN} or _UNTYPABLE.search(value) is not None


def _matcher(name: str, values: Sequence[str]) -> str:
    if len(values) == 1:
        return str(Matcher(name, "=", values[0]))
    either = "|".join(_SPECIAL.sub(_literally, value) for value in values)
    return str(Matcher(name, "=~", either))


def _literally(found: re.Match[str]) -> str:
    """In brackets, which people read better than a backslash that is quoted by another."""
    return f"\\{found[0]}" if found["also_in_brackets"] else f"[{found[0]}]"
