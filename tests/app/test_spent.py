"""Time that is spent thinking."""

from __future__ import annotations

import pytest

from bot.app.spent import DECISIONS, RULES, Spent


def test_the_time_of_each_step_adds_up_until_it_is_taken() -> None:
    spent = Spent()
    with spent.on(RULES):
        pass
    with spent.on(RULES):
        pass
    with spent.on(DECISIONS):
        pass
    taken = spent.taken()
    assert set(taken) == {RULES, DECISIONS}
    assert all(seconds > 0 for seconds in taken.values())
    assert spent.taken() == {}


def test_the_time_counts_where_the_step_fails() -> None:
    spent = Spent()
    with pytest.raises(LookupError), spent.on(RULES):
        raise LookupError
    assert spent.taken()[RULES] > 0
