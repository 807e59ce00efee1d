from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playbooks.yaml_places import place_within
from playbooks.yaml_tree import Tree, read


def found(text: str, token: str) -> tuple[int, int]:
    tree = read(text, "f")
    assert isinstance(tree, Tree)
    value = tree.at(("when",))
    return place_within(tree.lines, tree.values["when",], value, value.index(token))


@pytest.mark.parametrize(
    ("text", "token", "place"),
    [
        ("when: service == x", "x", (1, 18)),
        ("when: 'service == \"x\"'", '"x"', (1, 19)),
        ("when: 'it''s == x'", "x", (1, 17)),
        (r'when: "a == \"b\" && x"', "x", (1, 22)),
        ("when: |\n  first &&\n  x == 1\n", "x", (3, 3)),
        ("when: >-\n  first &&\n\n  x == 1\n", "x", (4, 3)),
        ("when: first &&\n  x == 1", "x", (2, 3)),
        ("when: |2\n   a\n", "a", (2, 4)),
    ],
)
def test_a_character_is_found_where_it_stands(text: str, token: str, place: tuple[int, int]) -> None:
    assert found(text, token) == place


def test_the_end_and_a_blank_stand_behind_what_is_before_them() -> None:
    lines = ["when: ab cd"]
    assert place_within(lines, (1, 7), "ab cd", 5) == (1, 12)
    assert place_within(lines, (1, 7), "ab cd", 2) == (1, 9)
    assert place_within(lines, (1, 7), "", 0) == (1, 8)


def test_what_is_not_there_is_the_last_that_was() -> None:
    assert place_within(["when: ab"], (1, 7), "azb", 2) == (1, 7)
    assert place_within([], (1, 1), "a", 0) == (1, 1)


@given(st.text(st.sampled_from("ab ='\"\n"), min_size=1, max_size=20), st.integers(0, 30))
def test_there_is_always_a_place(value: str, offset: int) -> None:
    line, column = place_within(
        ["when: |", *(f"  {part}" for part in value.split("\n"))], (1, 7), value, offset
    )
    assert line >= 1
    assert column >= 1
