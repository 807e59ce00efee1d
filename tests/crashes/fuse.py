"""Where a process is to die, said from outside: orders in a file, and the fuse that they light."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

LEASE_S: Final = 3.0


class Point(StrEnum):
    """The moments at which a process dies, or is held up as a machine that swaps would hold it up."""

    BEFORE_COMMIT = "before the commit"
    AFTER_COMMIT = "after the commit"
    BEFORE_OFFSETS = "before the offsets"
    AFTER_REPLY = "after the reply and before its record"
    END_OF_LEASE = "held up until its lease has ended, then killed"
    LATE_RECORD = "held up until another worker has done it, then going on"


class Guard(StrEnum):
    """What keeps things from happening twice; a test of the test takes one out."""

    INBOX = "the inbox's uniqueness"
    FENCING = "the fencing"
    RECONCILIATION = "the reconciliation"


CONSUMING: Final = (Point.BEFORE_COMMIT, Point.AFTER_COMMIT, Point.BEFORE_OFFSETS)
DELIVERING: Final = (Point.BEFORE_COMMIT, Point.AFTER_COMMIT, Point.AFTER_REPLY, Point.END_OF_LEASE)
_HELD_UP: Final = {Point.END_OF_LEASE, Point.LATE_RECORD}


@dataclass(frozen=True, slots=True)
class Orders:
    """Die at the `nth` time at `point` (None: live); `call` narrows it to one method of the chat.

    `go_on`: the file whose appearance ends a `LATE_RECORD`.
    """

    point: Point | None = None
    nth: int = 1
    call: str = ""
    without: Guard | None = None
    go_on: str = ""

    def write(self, path: Path) -> None:
        """Hand them to a process that is about to start."""
        path.write_text(json.dumps(asdict(self)))

    @classmethod
    def read(cls, path: Path) -> Orders:
        """What this process has been told."""
        given = json.loads(path.read_text())
        point = Point(given["point"]) if given["point"] else None
        without = Guard(given["without"]) if given["without"] else None
        return cls(point, given["nth"], given["call"], without, given["go_on"])


class Fuse:
    """Counts the passes of the point, and strikes."""

    def __init__(self, orders: Orders) -> None:
        self._orders = orders
        self._left = orders.nth if orders.point is not None else 0

    def reached(self, place: Point, call: str = "") -> None:
        """The process is at this place now; blocks the whole of it where it is to be held up."""
        point = self._orders.point
        here = Point.AFTER_REPLY if point in _HELD_UP else point
        if not self._left or place is not here or self._orders.call not in {"", call}:
            return
        self._left -= 1
        if self._left:
            return
        sys.stderr.write(f"{mark(point)}\n")
        sys.stderr.flush()
        if point is Point.END_OF_LEASE:
            time.sleep(LEASE_S + 0.2)
        if point is Point.LATE_RECORD:
            while not Path(self._orders.go_on).exists():
                time.sleep(0.02)
            return
        os.kill(os.getpid(), signal.SIGKILL)


def mark(point: Point | None) -> str:
    """What a process writes into its log before it is struck."""
    return f"struck {point}"
