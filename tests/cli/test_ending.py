"""A process of ours ends whatever it does."""

from __future__ import annotations

import multiprocessing
import signal
from typing import TYPE_CHECKING

import pytest

from bot.cli.ending import end

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection


def deaf(ready: Connection) -> None:
    """Wait for ever, and do not listen."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    ready.send_bytes(b"now")
    signal.pause()


def obedient(ready: Connection) -> None:
    """Wait until asked to end."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    ready.send_bytes(b"now")
    signal.pause()


@pytest.mark.parametrize(("target", "died_of"), [(deaf, signal.SIGKILL), (obedient, signal.SIGTERM)])
def test_it_is_asked_and_then_killed(
    target: Callable[[Connection], None], died_of: signal.Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=target, args=(theirs,), daemon=True)
    process.start()
    ours.recv_bytes()
    monkeypatch.setattr(process, "close", lambda: None)  # so that it can be looked at
    end(process, within=30.0 if died_of is signal.SIGTERM else 0.1)
    assert process.exitcode == -died_of
