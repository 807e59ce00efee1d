"""Coverage looks away while a test makes its examples by the hundred, or only kills processes.

Python 3.11 runs about three times as long while it is followed, our code and the libraries' alike. What
tests of random examples and crashes reach has a plain example elsewhere, and no floor hangs on chance.
A process of ours takes twice as long to start while it is followed, so one of many alike is followed.
"""

from __future__ import annotations

import contextlib
import os
import sys
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest

MARK: Final = "unmeasured"
MARK_OF_PROCESSES: Final = "unmeasured_processes"
FOR_PROCESSES: Final = "COVERAGE_PROCESS_CONFIG"
"""The variable by which coverage finds the processes that tests start."""


@contextlib.contextmanager
def as_marked(item: pytest.Item) -> Iterator[None]:
    """Coverage follows of a test what it says of itself; one of random examples need not be measured."""
    if any(item.get_closest_marker(name) is not None for name in (MARK, "hypothesis")):
        looking_away: contextlib.AbstractContextManager[None] = unmeasured()
    elif item.get_closest_marker(MARK_OF_PROCESSES) is not None:
        looking_away = unmeasured_processes()
    else:
        looking_away = contextlib.nullcontext()
    with looking_away:
        yield


@contextlib.contextmanager
def unmeasured() -> Iterator[None]:
    """Coverage follows neither this thread nor the processes that it starts; a debugger stays where it is."""
    tracer = sys.gettrace()
    followed = type(tracer).__module__.startswith("coverage")
    if followed:
        sys.settrace(None)
    try:
        with unmeasured_processes():
            yield
    finally:
        if followed:
            sys.settrace(tracer)


@contextlib.contextmanager
def unmeasured_processes() -> Iterator[None]:
    """Coverage follows this process, and none that it starts."""
    processes = os.environ.pop(FOR_PROCESSES, None)
    try:
        yield
    finally:
        if processes is not None:
            os.environ[FOR_PROCESSES] = processes
