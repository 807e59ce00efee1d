from __future__ import annotations

from playbooks.problem import Problem, closest, excerpt, in_order, show_path


def test_a_problem_reads_as_a_compiler_would_say_it() -> None:
    assert str(Problem("f.yaml", 1, 2, "", "broken")) == "f.yaml:1:2: broken"


def test_paths_are_shown_as_people_write_them() -> None:
    assert show_path(("steps", 1, "params", "url")) == "steps[1].params.url"


def test_an_excerpt_points_and_a_long_line_is_cut_around_the_place() -> None:
    assert excerpt(["a: 1"], 1, 4) == "  a: 1\n     ^"
    assert excerpt([], 1, 1) == ""
    shown, caret = excerpt(["x" * 500 + "!" + "y" * 500], 1, 501).split("\n")
    assert len(shown) < 200
    assert shown[caret.index("^")] == "!"


def test_an_excerpt_holds_no_password_of_an_address() -> None:
    line = 'urls: ["http://ada:hunter2@am:9093", "http://am/@x"]'
    shown, caret = excerpt([line], 1, 8).split("\n")
    assert shown == '  urls: ["http://***********@am:9093", "http://am/@x"]'
    assert shown[caret.index("^")] == '"'


def test_an_excerpt_holds_nothing_that_a_terminal_would_obey() -> None:
    assert excerpt(["a:\t\x1b[31m\xa0é\u202e"], 1, 4) == "  a: �[31m é�\n     ^"


def test_problems_stand_as_one_reads_the_files() -> None:
    places = [("b", 2, 1), ("b", 1, 9), ("a", 3, 1), ("b", 1, 2)]
    told = in_order(Problem(file, line, column, "", "broken") for file, line, column in places)
    assert [(one.file, one.line, one.column) for one in told] == [
        ("b", 1, 2),
        ("b", 1, 9),
        ("b", 2, 1),
        ("a", 3, 1),
    ]


def test_the_closest_name_or_none() -> None:
    assert closest("metrik", ["metric", "note"]) == "metric"
    assert closest("qqq", ["metric"]) == ""
