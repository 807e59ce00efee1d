from __future__ import annotations

import importlib
import os
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support import measuring
from tests.support.measuring import FOR_PROCESSES, measured_imports, unmeasured

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def is_followed() -> bool:
    return type(sys.gettrace()).__module__.startswith("coverage")


def test_coverage_looks_away_and_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FOR_PROCESSES, "as it was")
    before = sys.gettrace()
    with unmeasured():
        assert FOR_PROCESSES not in os.environ
        assert not is_followed()
    assert os.environ[FOR_PROCESSES] == "as it was"
    assert sys.gettrace() is before


def test_a_debugger_stays_where_it_is() -> None:
    def debugger(*_: object) -> Callable[..., None] | None:
        return None

    before = sys.gettrace()
    sys.settrace(debugger)
    try:
        with unmeasured():
            kept = sys.gettrace()
    finally:
        sys.settrace(before)
    assert kept is debugger


def test_of_what_is_imported_only_ours_is_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ours_of_this_test", "else_of_this_test"):
        (tmp_path / f"{name}.py").write_text("import sys\nfollowed_by = sys.gettrace()\n")
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(measuring, "OURS", ("ours_of_this_test",))
    follower = sys.gettrace() if is_followed() else None
    with measured_imports():
        ours, other = (importlib.import_module(f"{whose}_of_this_test") for whose in ("ours", "else"))
        assert not is_followed()
    assert ours.followed_by is follower
    assert follower is None or other.followed_by is None
    assert sys.gettrace() is follower or follower is None


@pytest.mark.unmeasured
def test_a_test_that_says_so_is_not_followed() -> None:
    assert not is_followed()
    assert FOR_PROCESSES not in os.environ


@pytest.mark.unmeasured_processes
def test_one_that_says_so_of_its_processes_is_followed_itself() -> None:
    assert FOR_PROCESSES not in os.environ


@given(st.just(1))
def test_nor_is_one_of_random_examples(example: int) -> None:
    assert not is_followed()
