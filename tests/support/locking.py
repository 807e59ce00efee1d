"""Locks between the processes of test runs; the kernel lifts them when a process ends, however it ends."""

from __future__ import annotations

import contextlib
import fcntl
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Alone among all that lock this file; the file is made where it is not there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def one_for_all(folder: Path, make: Callable[[], AbstractContextManager[str]]) -> Iterator[str]:
    """The address of a server that the processes with this folder share.

    The first one makes it, and at its own end waits until no other uses the server before that ends.
    """
    address = folder / "address"
    with contextlib.ExitStack() as ours:
        using = ours.enter_context((folder / "using").open("a"))
        with locked(folder / "making"):
            fcntl.flock(using, fcntl.LOCK_SH)
            if not address.exists():
                address.write_text(ours.enter_context(make()))
                ours.callback(address.unlink)
                ours.callback(fcntl.flock, using, fcntl.LOCK_EX)
        yield address.read_text()
