"""Ports for servers: below the range that the kernel hands out to clients, and never the same one twice.

A port is leased through a locked file, so that two test runs on one machine do not take each other's; the
kernel lifts the lock when the run ends, however it ends.
"""

from __future__ import annotations

import fcntl
import os
import random
import socket
import tempfile
from pathlib import Path

LOWEST, HIGHEST = 20_000, 32_767
_LEASES: list[int] = []  # descriptors stay open, and so locked, as long as this process lives


def free_port() -> int:
    """A port of 127.0.0.1 that is free now and leased to this process.

    Raises:
        OSError: 500 ports in a row were taken.
    """
    folder = Path(tempfile.gettempdir()) / f"tocsin-ports-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    for _ in range(500):
        port = random.randint(LOWEST, HIGHEST)  # noqa: S311 - spreads the load, keeps no secret
        if _lease(folder / str(port)) and _is_free(port):
            return port
    raise OSError(f"no free port between {LOWEST} and {HIGHEST}")


def _lease(path: Path) -> bool:
    descriptor = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return False
    _LEASES.append(descriptor)
    return True


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
