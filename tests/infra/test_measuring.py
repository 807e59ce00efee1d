from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.measuring import FOR_PROCESSES, unmeasured

if TYPE_CHECKING:
    from collections.abc import Callable


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
