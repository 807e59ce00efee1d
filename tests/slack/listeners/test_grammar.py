from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.incident import Severity
from bot.slack.listeners.grammar import Declaration, Typed, read, read_declaration


@pytest.mark.parametrize(
    ("text", "typed"),
    [
        ("", Typed("help", "")),
        ("  Status  inc-3 ", Typed("status", "inc-3")),
        ("acknowledge", Typed("ack", "")),
        ("close 12", Typed("resolve", "12")),
        ("dance", None),
    ],
)
def test_verbs(text: str, typed: Typed | None) -> None:
    assert read(text) == typed


@pytest.mark.parametrize(
    ("rest", "declaration"),
    [
        ("", None),
        ("critical", None),
        ("Checkout is down", Declaration("Checkout is down")),
        ("Checkout is down Critical", Declaration("Checkout is down", Severity.CRITICAL)),
        ("It's slow warning", Declaration("It's slow", Severity.WARNING)),
        ("“Checkout critical” error", Declaration("Checkout critical", Severity.ERROR)),
        ('an "open quote', Declaration('an "open quote')),
        (
            "Down service=checkout,payments service=shop env=production info",
            Declaration("Down", Severity.INFO, ("checkout", "payments", "shop"), "production"),
        ),
        ("a=b service=", Declaration("a=b service=")),
    ],
)
def test_declarations(rest: str, declaration: Declaration | None) -> None:
    assert read_declaration(rest) == declaration


@given(st.text(max_size=60))
def test_nothing_that_people_type_breaks_it(text: str) -> None:
    read(text)
    read_declaration(text)
