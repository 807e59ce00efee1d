from __future__ import annotations

import pytest

from bot.ingest.bearer import bearer_matches


@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer ", "Basic t0ken", "Bearer t0keN", "Bearer tökén", "t0ken"]
)
def test_a_wrong_bearer_does_not_match(header: str | None) -> None:
    assert not bearer_matches(header, "t0ken")


def test_the_right_bearer_matches() -> None:
    assert bearer_matches("Bearer t0ken", "t0ken")
    assert bearer_matches("bearer t0ken", "t0ken")
    assert not bearer_matches("Bearer ", "")
