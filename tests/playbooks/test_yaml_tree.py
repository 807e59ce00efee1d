from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playbooks.problem import Problem
from playbooks.yaml_tree import MAX_BYTES, Tree, read, read_all


def value(text: str | bytes) -> Any:
    tree = read(text, "f.yaml")
    assert isinstance(tree, Tree), tree
    return tree.value


def test_scalars_are_those_of_json_and_all_else_is_text() -> None:
    text = "{a: 1, b: -0.5, c: true, d: null, e: on, f: 2026-01-01, g: '1', h: 0123, i: 1e3, j: ~, k: }"
    assert value(text) == {
        "a": 1, "b": -0.5, "c": True, "d": None, "e": "on", "f": "2026-01-01", "g": "1", "h": "0123",
        "i": 1000.0, "j": None, "k": None,
    }  # fmt: skip


def test_every_value_and_key_has_its_place() -> None:
    tree = read("a: 1\nsteps:\n  - name: x\n    kind: y\n", "f.yaml")
    assert isinstance(tree, Tree)
    assert tree.value == {"a": 1, "steps": [{"name": "x", "kind": "y"}]}
    assert tree.values["steps", 0, "kind"] == (4, 11)
    assert tree.keys["steps", 0, "kind"] == (4, 5)
    assert tree.problem(("steps", 0, "gone", "deep"), "m").line == 3
    assert str(tree.problem(("steps", 0, "kind"), "no", "z", at_key=True)) == (
        "f.yaml:4:5: steps[0].kind: no (did you mean z?)\n      kind: y\n      ^"
    )


def test_a_number_remembers_how_it_was_written() -> None:
    tree = read('{a: [2.10, 1e3], b: 5, c: "2.10", d: x}', "a.yaml")
    assert isinstance(tree, Tree)
    assert tree.value == {"a": [2.1, 1000.0], "b": 5, "c": "2.10", "d": "x"}
    assert tree.digits == {("a", 0): "2.10", ("a", 1): "1e3"}


def test_a_problem_may_point_into_a_text() -> None:
    tree = read("a:\n  b: one two\n", "f.yaml")
    assert isinstance(tree, Tree)
    assert (
        str(tree.problem(("a", "b"), "no", offset=4)) == "f.yaml:2:10: a.b: no\n    b: one two\n           ^"
    )


@pytest.mark.parametrize("text", ["", "# nothing\n", b"\xef\xbb\xbf"])
def test_an_empty_text_holds_nothing(text: str | bytes) -> None:
    assert value(text) is None


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("a: 1\na: 2\n", 2, "a stands here twice"),
        ("a: &x [1]\n", 1, "anchors and aliases are not allowed; write the value out"),
        ("a: *x\n", 1, "anchors and aliases are not allowed; write the value out"),
        ("a: !!python/object:os.system x\n", 1, "tags are not allowed"),
        ("a: 1\n---\nb: 2\n", 3, "a second document; one file holds one playbook"),
        ("? [a]\n: 1\n", 1, "a key is a plain text"),
        ("a: [1\n", 2, "expected ',' or ']', but got '<stream end>'"),
        ("a: b: c\n", 1, "mapping values are not allowed here"),
        ("[" * 40 + "]" * 40, 1, "nested deeper than 30"),
        (b"a: \xff\n", 1, "not UTF-8: byte 0xFF"),
        (b"a: 1\nb: \xff\n", 2, "not UTF-8: byte 0xFF"),
        ('"\\UFFFFFFFF"', 1, "holds a character that YAML does not allow"),
        ('"\\U00110000"', 1, "holds a character that YAML does not allow"),
        ("a: \x00", 1, "holds a character that YAML does not allow"),
        ("x" * (MAX_BYTES + 1), 1, "larger than 1 MiB"),
    ],
)
def test_what_is_not_read_is_a_problem_with_its_line(text: str | bytes, line: int, message: str) -> None:
    problem = read(text, "f.yaml")
    assert isinstance(problem, Problem)
    assert (problem.line, problem.message) == (line, message)
    assert str(problem).startswith("f.yaml:")


@pytest.mark.parametrize(
    ("text", "place", "shown"),
    [
        ("a: 1\nb: x\x00y\n", "f.yaml:2:5", "\n  b: x�y\n      ^"),
        ("\x00", "f.yaml:1:1", "\n  �\n  ^"),
        ("é: 😀\x1b[31m\n", "f.yaml:1:5", "\n  é: 😀�[31m\n      ^"),
        ("a: 1\r\nb: \x0c\n", "f.yaml:2:4", "\n  b: \n     ^"),
    ],
)
def test_a_character_that_is_not_allowed_is_told_at_its_place(text: str, place: str, shown: str) -> None:
    assert str(read(text, "f.yaml")) == f"{place}: holds a character that YAML does not allow{shown}"


def test_a_file_may_be_read_as_several_documents() -> None:
    trees = read_all("a: 1\n---\nb: 2\n", "f.yaml")
    assert isinstance(trees, list)
    assert [(tree.value, tree.keys) for tree in trees] == [
        ({"a": 1}, {("a",): (1, 1)}),
        ({"b": 2}, {("b",): (3, 1)}),
    ]


def test_a_deep_text_is_refused_without_climbing_down() -> None:
    assert isinstance(read("[" * 200_000, "f.yaml"), Problem)


@given(
    st.text(alphabet=st.sampled_from("ab01:-[]{}&*!|>'\"\\%@?#, \n\tU\ud800\x85"), max_size=60)
    | st.text()
    | st.binary()
)
def test_any_text_is_a_tree_or_a_problem(text: str | bytes) -> None:
    assert isinstance(read(text, "f.yaml"), Tree | Problem)
