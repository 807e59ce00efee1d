"""The steady flow of `bench latency`: webhook bodies, every so often one that starts a new group.

The others belong to one of the latest groups: three in five are further alerts, one in five is sent again,
one in five ends.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import random

_LATEST_GROUPS: Final = 10
_OPEN_ALERTS: Final = 200
_NEVER: Final = "0001-01-01T00:00:00Z"
_KINDS: Final = ("more", "more", "more", "again", "ends")


@dataclass(slots=True)
class Flow:
    """`side` is the beginning of every group's name; `every`: so many bodies hold one new group."""

    side: str
    every: int
    chance: random.Random
    count: int = 0
    groups: deque[str] = field(default_factory=lambda: deque(maxlen=_LATEST_GROUPS))
    firing: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=_OPEN_ALERTS))

    def next(self) -> tuple[str, dict[str, Any]]:
        """The name of the new group, if it starts one, and the body as Alertmanager would send it."""
        self.count += 1
        if self.count % self.every == 1 or not self.firing:
            group = f"{self.side}{self.count:07}"
            self.groups.append(group)
            return group, _body(self._fires(group))
        kind = self.chance.choice(_KINDS)
        if kind == "more":
            alert = self._fires(self.chance.choice(self.groups))
            self.firing.append(alert)
            return "", _body(alert)
        alert = self.chance.choice(self.firing)
        if kind == "ends":
            self.firing.remove(alert)
            alert = {**alert, "status": "resolved", "endsAt": datetime.now(UTC).isoformat()}
        return "", _body(alert)

    def _fires(self, group: str) -> dict[str, Any]:
        alert = {
            "status": "firing",
            "labels": {
                "alertname": "LatencySample",
                "service": group,
                "environment": "production",
                "severity": "warning",
                "instance": f"host-{self.count}",
            },
            "annotations": {"summary": f"{group} is slow"},
            "startsAt": datetime.now(UTC).isoformat(),
            "endsAt": _NEVER,
        }
        if not self.firing:
            self.firing.append(alert)
        return alert


def _body(alert: dict[str, Any]) -> dict[str, Any]:
    return {"version": "4", "receiver": "bench", "status": alert["status"], "alerts": [alert]}
