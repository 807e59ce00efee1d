"""Coverage looks away while a test makes its examples by the hundred, or only kills processes.

Python 3.11 runs about three times as long while it is followed, our code and the libraries' alike. What
tests of random examples and crashes reach has a plain example elsewhere, and no floor hangs on chance.
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
FOR_PROCESSES: Final = "COVERAGE_PROCESS_CONFIG"
"""The variable by which coverage finds the processes that tests start."""


def is_unmeasured(item: pytest.Item) -> bool:
    """Whether the test is of random examples, or says itself that it need not be measured."""
    return any(item.get_closest_marker(name) is not None for name in (MARK, "hypothesis"))


@contextlib.contextmanager
def unmeasured() -> Iterator[None]:
    """Coverage follows neither this thread nor the processes that it starts; a debugger stays where it is."""
    tracer = sys.gettrace()
    followed = type(tracer).__module__.startswith("coverage")
    processes = os.environ.pop(FOR_PROCESSES, None)
    if followed:
        sys.settrace(None)
    try:
        yield
    finally:
        if followed:
            sys.settrace(tracer)
        if processes is not None:
            os.environ[FOR_PROCESSES] = processes
