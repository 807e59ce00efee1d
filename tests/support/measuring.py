"""Coverage looks away while tests are collected, make their examples by the hundred, or only kill processes.

Python 3.11 runs about three times as long while it is followed, our code and the libraries' alike. What
tests of random examples and crashes reach has a plain example elsewhere, and no floor hangs on chance.
A process of ours takes twice as long to start while it is followed, so one of many alike is followed.
Each worker collects all tests, which is pytest's work and not ours: only the import of ours is followed.
"""

from __future__ import annotations

import contextlib
import os
import sys
from importlib.abc import MetaPathFinder
from importlib.machinery import PathFinder, SourceFileLoader
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType

    import pytest

MARK: Final = "unmeasured"
MARK_OF_PROCESSES: Final = "unmeasured_processes"
FOR_PROCESSES: Final = "COVERAGE_PROCESS_CONFIG"
"""The variable by which coverage finds the processes that tests start."""
OURS: Final = ("bot", "consumers", "playbooks")


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
    tracer = _follower()
    if tracer is not None:
        sys.settrace(None)
    try:
        with unmeasured_processes():
            yield
    finally:
        if tracer is not None:
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


@contextlib.contextmanager
def measured_imports() -> Iterator[None]:
    """Coverage follows nothing but how modules of ours are executed when something imports them first."""
    finder = _Ours(_follower())
    with unmeasured():
        sys.meta_path.insert(0, finder)
        try:
            yield
        finally:
            sys.meta_path.remove(finder)


class _Ours(MetaPathFinder):
    """Finds our modules where they are, for an import that is followed."""

    def __init__(self, tracer: Any) -> None:
        self._tracer = tracer

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if self._tracer is None or name.partition(".")[0] not in OURS:
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None and type(spec.loader) is SourceFileLoader:
            spec.loader = _Followed(spec.loader.name, spec.loader.path, self._tracer)
        return spec


class _Followed(SourceFileLoader):
    """Loads a module while coverage follows."""

    def __init__(self, name: str, path: str, tracer: Any) -> None:
        super().__init__(name, path)
        self._tracer = tracer

    def exec_module(self, module: ModuleType) -> None:
        before = sys.gettrace()
        sys.settrace(self._tracer)
        try:
            super().exec_module(module)
        finally:
            sys.settrace(before)


def _follower() -> Any:
    """Coverage's tracer, where it follows this thread."""
    tracer = sys.gettrace()
    return tracer if type(tracer).__module__.startswith("coverage") else None
