from __future__ import annotations

import pytest

from bot.config.cel_bounds import LONGEST, MOST_ADDITIONS, MOST_MACROS, ExpressionError, check_bounds


@pytest.mark.parametrize(
    "source",
    [
        "a.all(x, x) && b.exists(y, y)",
        "[a.all(x, x), (b.exists(y, y))]",
        'name == "a.all(x, b.all(y, y))"',
        "name == 'all(' // a.map(",
        "map == 1 && labels.map == 2",
        'a.matches("x") && b.matches(\'y\') && matches(c, r"""z""")',
        'matches == "x"',
        "matches",
        "+".join("a" * (MOST_ADDITIONS + 1)),
        " && ".join(["a.all(x, x)"] * MOST_MACROS),
        " " * LONGEST,
    ],
)
def test_what_is_bounded(source: str) -> None:
    check_bounds(source)


@pytest.mark.parametrize(
    ("source", "at", "problem"),
    [
        ("a.all(x, b.exists(y, y))", "exists", "exists() inside of another macro"),
        ("a.all(x, [1].filter(y, y).size() > 0)", "filter", "inside of another"),
        ("[a].map(x, x + x)", "map", "map() is not available"),
        ("+".join("a" * (MOST_ADDITIONS + 2)), None, f"more than {MOST_ADDITIONS} additions"),
        (" && ".join(["a.all(x, x)"] * (MOST_MACROS + 1)), None, f"more than {MOST_MACROS} macros"),
        (" " * (LONGEST + 1), None, f"longer than {LONGEST} characters"),
        ("a.matches(b)", "b)", "a literal regular expression"),
        ('a.matches("x" + b)', "matches", "a literal regular expression"),
        ('a.matches("(" + ")")', "matches", "a literal regular expression"),
        ("a.matches(", "matches", "a literal regular expression"),
        ('a.matches("(")', '"("', '"(": missing )'),
        (r"a.matches(r'\1')", "r'", "invalid escape sequence"),
        ("a.matches('''(''')", "'''", "missing )"),
        (r'a.matches("\"(")', '"', "missing )"),
        ("matches(f(a), b)", "b)", "a literal regular expression"),
    ],
)
def test_what_has_no_bound_is_refused_at_its_place(source: str, at: str | None, problem: str) -> None:
    with pytest.raises(ExpressionError) as refused:
        check_bounds(source)
    assert problem in refused.value.problem
    assert at is None or refused.value.offset == source.index(at)
