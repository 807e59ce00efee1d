"""The outside parts that tests can use: which are here, which were used, and which must not be missing."""

from __future__ import annotations

import os
from typing import Final, NoReturn

import pytest

VARIABLE: Final = "TOCSIN_TEST_REQUIRE"
PARTS: Final = ("kafka", "postgres", "alertmanager", "chromium", "shared")
USED: dict[str, str] = {}
"""What this session used: the part, and its description for the summary."""


def used(part: str, description: str) -> None:
    """Remember for the summary what a test ran against."""
    USED[part] = description


def required(environment: str | None = None) -> frozenset[str]:
    """The parts that `TOCSIN_TEST_REQUIRE` names.

    Raises:
        pytest.UsageError: it names one that does not exist.
    """
    text = os.environ.get(VARIABLE, "") if environment is None else environment
    names = frozenset(name.strip() for name in text.split(",") if name.strip())
    if unknown := names.difference(PARTS):
        raise pytest.UsageError(
            f"{VARIABLE}: unknown {', '.join(sorted(unknown))}; known are {', '.join(PARTS)}"
        )
    return names


def missing(part: str, reason: str) -> NoReturn:
    """Skip the test for want of a part; fail it where that part is required."""
    if part in required():
        pytest.fail(f"{part} is required by {VARIABLE} and missing: {reason}", pytrace=False)
    pytest.skip(f"{part}: {reason}")
