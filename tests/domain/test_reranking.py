from __future__ import annotations

from itertools import pairwise

import pytest

from bot.domain.reranking import RERANK_AFTER, next_look, next_rerank, rerank_after_rollback
from tests.domain.world import at


@pytest.mark.parametrize(("now", "due"), [(-1, 0), (0, 5), (4.9, 5), (5, 15), (14, 15)])
def test_suspects_are_weighed_again_after_five_and_fifteen_minutes(now: float, due: float) -> None:
    assert next_rerank(at(0), at(now)) == at(due)


def test_then_only_news_weighs_them_again() -> None:
    assert next_rerank(at(0), at(15)) is None


def test_the_moments_follow_one_another() -> None:
    assert all(earlier < later for earlier, later in pairwise(RERANK_AFTER))


@pytest.mark.parametrize(("now", "due"), [(1, 5), (14, 15), (15, 25), (24, 25), (25, None)])
def test_a_rollback_before_the_last_moment_has_its_time(now: float, due: float | None) -> None:
    assert next_look(at(0), at(now), rolled_back=True) == (None if due is None else at(due))
    assert next_look(at(0), at(now), rolled_back=False) == next_rerank(at(0), at(now))


@pytest.mark.parametrize(("now", "due"), [(1, 5), (6, 15), (14, 15), (40, 50)])
def test_whether_a_rollback_has_helped_is_looked_at_within_ten_minutes(now: float, due: float) -> None:
    assert rerank_after_rollback(at(0), at(now)) == at(due)
