from __future__ import annotations

import pytest

from bot.domain.people import Naming, naming


@pytest.mark.parametrize(
    ("person", "found"),
    [
        ("U024BE7LH", Naming.USER),
        ("W012A3CDE", Naming.USER),
        ("S0614TZR7", Naming.GROUP),
        ("@sre", Naming.HANDLE),
        ("ada@example.com", Naming.ADDRESS),
        ("", None),
        ("@", None),
        ("ada", None),
        ("ada@", None),
        ("C024BE91L", None),
        ("u024be7lh", None),
        ("ada lovelace@example.com", None),
        ("@the shop", None),
    ],
)
def test_by_what_somebody_can_be_found(person: str, found: Naming | None) -> None:
    assert naming(person) is found
