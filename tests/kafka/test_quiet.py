from __future__ import annotations

import logging

from bot.kafka.quiet import REPETITIVE, Thinned, quieten


def line(text: str, level: int = logging.ERROR) -> logging.LogRecord:
    return logging.LogRecord("aiokafka.client", level, "", 0, text, ("127.0.0.1",), None)


def test_the_same_line_comes_once_in_a_while_with_a_count() -> None:
    clock = [0.0]
    thinned = Thinned(every=10, now=lambda: clock[0])
    assert thinned.filter(line("cannot connect to %s"))
    assert not any(thinned.filter(line("cannot connect to %s")) for _ in range(50))
    assert thinned.filter(line("another line %s"))
    clock[0] = 11
    later = line("cannot connect to %s")
    assert thinned.filter(later)
    assert later.getMessage() == "cannot connect to 127.0.0.1 (and 50 more like it)"


def test_debugging_sees_everything() -> None:
    thinned = Thinned(every=10)
    assert all(thinned.filter(line("x %s", logging.DEBUG)) for _ in range(3))


def test_it_is_put_on_once() -> None:
    quieten()
    quieten()
    for name in REPETITIVE:
        filters = logging.getLogger(name).filters
        assert sum(isinstance(one, Thinned) for one in filters) == 1
