"""By which labels people tell alerts apart that are called the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.domain.alert import AlertKey, Occurrence

_USUAL: Final = ("instance", "pod", "host", "node", "container", "device", "mountpoint")
"""What people look for first; the others follow by name."""
_MOST: Final = 2


def distinguishing(alerts: Sequence[Occurrence]) -> dict[AlertKey, tuple[tuple[str, str], ...]]:
    """For alerts of one name and service, at most two labels and values in which they differ.

    Alerts that have a name and service to themselves are left out.
    """
    alike: dict[tuple[str, str], list[Occurrence]] = {}
    for one in alerts:
        alike.setdefault((one.name, one.service), []).append(one)
    found: dict[AlertKey, tuple[tuple[str, str], ...]] = {}
    for group in alike.values():
        names = _differing(group) if len(group) > 1 else []
        for one in group if names else ():
            found[one.key] = tuple((name, one.labels[name]) for name in names if name in one.labels)
    return found


def _differing(group: Sequence[Occurrence]) -> list[str]:
    every = {name for one in group for name in one.labels}
    differ = [name for name in every if len({one.labels.get(name) for one in group}) > 1]
    return sorted(differ, key=_rank)[:_MOST]


def _rank(name: str) -> tuple[int, str]:
    return _USUAL.index(name) if name in _USUAL else len(_USUAL), name
