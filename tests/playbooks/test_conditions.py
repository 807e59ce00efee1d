from __future__ import annotations

from typing import Any

import pytest

from playbooks.conditions import Comparison, Condition, why_not
from playbooks.template import parse_path

VARIABLES = {"severity": "warning", "rate": 0.2, "flag": True, "empty": ""}


def condition(variable: str, comparison: str, value: Any) -> Condition:
    return Condition(parse_path(variable), Comparison(comparison), value)


@pytest.mark.parametrize(
    ("variable", "comparison", "value"),
    [
        ("severity", "is", "warning"),
        ("severity", "is_not", "critical"),
        ("severity", "in", ("warning", "info")),
        ("rate", "above", 0.1),
        ("rate", "below", 1),
        ("rate", "exists", True),
        ("empty", "exists", False),
    ],
)
def test_holds(variable: str, comparison: str, value: Any) -> None:
    assert condition(variable, comparison, value).why_not(VARIABLES) == ""


@pytest.mark.parametrize(
    ("variable", "comparison", "value", "reason"),
    [
        ("severity", "is", "critical", "severity is warning, not critical"),
        ("severity", "is_not", "warning", "severity is warning, which is excluded: warning"),
        ("severity", "in", ("critical", "error"), "severity is warning, not one of critical, error"),
        ("rate", "above", 0.5, "rate is 0.2, not above 0.5"),
        ("rate", "below", 0.1, "rate is 0.2, not below 0.1"),
        ("severity", "above", 1, "severity is warning, not above 1"),
        ("flag", "below", 7, "flag is true, not below 7"),
        ("nothing", "is", 1, "nothing is not set"),
        ("nothing", "exists", True, "nothing is not set"),
        ("rate", "exists", False, "rate is set"),
    ],
)
def test_says_why_not(variable: str, comparison: str, value: Any, reason: str) -> None:
    assert condition(variable, comparison, value).why_not(VARIABLES) == reason


def test_the_first_that_does_not_hold_speaks() -> None:
    good, bad = condition("rate", "above", 0), condition("flag", "is", False)
    assert why_not((good,), VARIABLES) == ""
    assert why_not((good, bad, condition("x", "is", 1)), VARIABLES) == "flag is true, not false"
