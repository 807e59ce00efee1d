from __future__ import annotations

import gc
from typing import TYPE_CHECKING

import pytest

from consumers.garbage import YOUNG, collect_rarely

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def as_before() -> Iterator[None]:
    thresholds = gc.get_threshold()
    yield
    gc.set_threshold(*thresholds)
    gc.unfreeze()


def test_garbage_is_looked_for_rarely_and_what_was_there_is_left_alone(as_before: None) -> None:
    collect_rarely()
    assert gc.get_threshold() == (YOUNG, 20, 20)
    assert gc.get_freeze_count() > 0
    assert gc.isenabled()
