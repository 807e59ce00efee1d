"""Workers share a server: one makes it, and it ends when nobody uses it any more."""

from __future__ import annotations

import contextlib
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

import pytest

from tests.support.locking import one_for_all
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WITHIN_S = 20.0


@contextlib.contextmanager
def server(happened: list[str], address: str) -> Iterator[str]:
    happened.append(f"{address} starts")
    yield address
    happened.append(f"{address} ends")


def test_who_made_it_waits_for_the_others(tmp_path: Path) -> None:
    happened: list[str] = []
    shared = threading.Event()

    def maker() -> None:
        with one_for_all(tmp_path, partial(server, happened, "first")) as address:
            assert address == "first"
            assert shared.wait(WITHIN_S)

    with ThreadPoolExecutor() as pool:
        making = pool.submit(maker)
        wait_until(lambda: bool(happened), within=WITHIN_S, what="the first one makes it")
        with one_for_all(tmp_path, partial(server, happened, "second")) as address:
            assert address == "first"
            shared.set()
            with pytest.raises(TimeoutError):
                making.result(timeout=0.2)
            happened.append("the other leaves")
        making.result(timeout=WITHIN_S)
    assert happened == ["first starts", "the other leaves", "first ends"]


def test_after_its_end_the_next_makes_one_anew(tmp_path: Path) -> None:
    happened: list[str] = []
    for name in ("first", "second"):
        with one_for_all(tmp_path, partial(server, happened, name)) as address:
            assert address == name
    assert happened == ["first starts", "first ends", "second starts", "second ends"]
