from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.catalog import Catalog, Service
from tests.domain.world import catalog

if TYPE_CHECKING:
    import pytest

NAMES = st.sampled_from("abcdefg")


def test_distances_up_and_down() -> None:
    calls = catalog("web > checkout > payments", "mail > payments", "payments > bank")
    assert calls.callees("web") == {"web": 0, "checkout": 1, "payments": 2, "bank": 3}
    assert calls.callers("payments") == {"payments": 0, "checkout": 1, "mail": 1, "web": 2}
    assert calls.caller_counts("payments") == (1, 2, 1)
    assert calls.neighbours("checkout") == {"checkout": 0, "web": 1, "payments": 1, "bank": 2}
    assert calls.within("checkout", 1) == {"checkout", "web", "payments"}
    assert "mail" not in calls.neighbours("checkout"), "called by the same is no neighbour"


def test_what_is_asked_again_is_worked_out_once_and_not_kept_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    calls, asked = catalog("web > checkout"), []

    def callers(graph: Catalog, service: str) -> list[str]:
        asked.append(service)
        return sorted(graph.callers(service))

    assert [calls.remember(callers, "checkout") for _ in range(2)] == [["checkout", "web"]] * 2
    assert asked == ["checkout"]
    monkeypatch.setattr("bot.domain.catalog._MOST_REMEMBERED", 1)
    calls.remember(callers, "web")
    calls.remember(callers, "checkout")
    assert asked == ["checkout", "web", "checkout"]


def test_names_hold_what_is_only_depended_on() -> None:
    assert catalog("web > checkout").names() == {"web", "checkout"}


def test_an_unknown_service_stands_alone() -> None:
    calls = Catalog()
    assert calls.neighbours("x") == calls.callees("x") == {"x": 0}
    assert calls.caller_counts("x") == (1,)
    assert calls.names() == frozenset()


def test_a_circle_is_gone_round_once() -> None:
    calls = catalog("web > checkout", "checkout > web")
    assert calls.callees("web") == calls.neighbours("web") == {"web": 0, "checkout": 1}


@given(st.dictionaries(NAMES, st.sets(NAMES)))
def test_callers_and_callees_are_each_other_s_mirror_even_in_a_cycle(calls: dict[str, set[str]]) -> None:
    graph = Catalog(Service(name, depends_on=tuple(below)) for name, below in calls.items())
    for one in graph.names():
        assert sum(graph.caller_counts(one)) == len(graph.callers(one))
        assert graph.caller_counts(one) == graph.caller_counts(one)
        for other, hops in graph.callees(one).items():
            assert graph.callers(other)[one] == hops
            assert graph.neighbours(one)[other] <= hops
            assert graph.neighbours(one) == graph.neighbours(one)
