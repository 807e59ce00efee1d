from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.errors import InvalidInputError
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
        ("ack\nINC-35", Typed("ack", "INC-35")),
        ("ack\tINC-35 ", Typed("ack", "INC-35")),
        ("ack\u00a0INC-35", Typed("ack", "INC-35")),
        (" \u00a0\n", Typed("help", "")),
        ("declare Down\nsince noon", Typed("declare", "Down\nsince noon")),
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
        ("Checkout throws an error", Declaration("Checkout throws an error", Severity.ERROR)),
        ("Checkout throws an error critical", Declaration("Checkout throws an error", Severity.CRITICAL)),
        (
            "Checkout throws an error severity=Critical",
            Declaration("Checkout throws an error", Severity.CRITICAL),
        ),
        ("severity=info Disk is Critical", Declaration("Disk is Critical", Severity.INFO)),
        ("Disk is Critical", Declaration("Disk is Critical", Severity.CRITICAL)),
        ("Users see a warning env=prod", Declaration("Users see a warning", Severity.WARNING, (), "prod")),
        ("severity=", Declaration("severity=")),
        ("severity=critical", None),
    ],
)
def test_declarations(rest: str, declaration: Declaration | None) -> None:
    assert read_declaration(rest) == declaration


def test_a_severity_that_is_none_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="'p1' is no severity"):
        read_declaration("Checkout is down severity=p1")


@given(st.text(max_size=60))
def test_nothing_that_people_type_breaks_it(text: str) -> None:
    read(text)
    read_declaration(text)
