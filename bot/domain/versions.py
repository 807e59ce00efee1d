"""Version contrast: where alerts name a version, is it the one that the change brought?"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from bot.domain.change import Change
    from bot.domain.suspects import Evidence


@dataclass(frozen=True, slots=True)
class Versions:
    """How versions speak.

    `labels`: those that hold a version, in order. `old`: the chance that a fault of a new version shows on
    the old one. `new`: what speaks for a change when only its version alerts; little, as after the rollout
    every alert carries it. `partly`: the same while the rollout is under way and the old one runs beside it.
    """

    labels: tuple[str, ...] = ("version", "app_version", "release", "image_tag", "build")
    old: float = 0.15
    new: float = 0.3
    partly: float = 1.5


class VersionContrast:
    """The versions that the alerts of each service name."""

    name: Final = "version"

    def __init__(self, evidence: Evidence, versions: Versions) -> None:
        self._versions = versions
        self._at = evidence.onset
        self._seen: dict[str, Counter[str]] = {}
        for alert in evidence.alerts:
            version = next((alert.labels[one] for one in versions.labels if alert.labels.get(one)), "")
            if version:
                self._seen.setdefault(alert.service, Counter())[_plain(version)] += 1

    def __bool__(self) -> bool:
        """Whether any alert names a version."""
        return bool(self._seen)

    def value(self, change: Change) -> float:
        """For: only the new version alerts. Against: the old one alerts too, or alone."""
        new, old = self._counts(change)
        if not new + old:
            return 0.0
        if not old:
            return self._versions.partly if self._is_partial(change) else self._versions.new
        share = new / (new + old)
        return math.log(share * self._versions.old + (1.0 - share) * self._versions.old**2)

    def text(self, change: Change) -> str:
        """Which version alerts."""
        new, old = self._counts(change)
        if not old:
            beside = ", while the old one still runs" if self._is_partial(change) else ""
            return f"only the new version {change.version} alerts{beside}"
        if new:
            return f"the old version {change.previous_version} alerts as well as the new one"
        return f"the old version {change.previous_version} alerts, the new one does not"

    def _counts(self, change: Change) -> tuple[int, int]:
        seen = self._seen.get(change.service)
        if seen is None or not change.version or _plain(change.version) == _plain(change.previous_version):
            return 0, 0
        new = seen[_plain(change.version)]
        others = seen.total() - new
        if not change.previous_version:
            # What ran before is not known, and so whether these are what it replaced.
            return (0, 0) if others else (new, 0)
        old = seen[_plain(change.previous_version)]
        return (0, 0) if others and not old else (new, old)

    def _is_partial(self, change: Change) -> bool:
        reached = [wave.share for wave in change.waves if wave.time <= self._at and wave.share is not None]
        return bool(reached) and max(reached) < 1.0


def _plain(version: str) -> str:
    return version.strip().lower().removeprefix("v")
