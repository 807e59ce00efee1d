from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from bot.delivery.channel_name import CANDIDATES, channel_names, slug
from tests.support.incident_views import incident

ALLOWED = re.compile(r"[a-z0-9_-]{1,80}")


def test_the_title_becomes_the_slug() -> None:
    one = incident(number=12, title="Über 5 % of <Checkout> fail!", services=("check.out",))
    assert next(channel_names("inc-{number}-{slug}", one)) == "inc-12-uber-5-of-checkout-fail"
    assert next(channel_names("{severity}-{number}-{service}", one)) == "critical-12-check-out"


def test_a_title_without_any_letter_leaves_the_number() -> None:
    assert next(channel_names("inc-{number}-{slug}", incident(number=7, title="火事"))) == "inc-7"
    assert next(channel_names("{nothing}", incident(number=7))) == "inc-7"


@given(st.text(max_size=300), st.text(max_size=120), st.integers(1, 10**6))
def test_every_name_is_allowed_and_different(title: str, template: str, number: int) -> None:
    names = list(channel_names(template + "{number}", incident(title=title, number=number)))
    assert all(ALLOWED.fullmatch(name) for name in names)
    assert len(set(names)) == CANDIDATES


@given(st.text(max_size=200))
def test_a_slug_of_a_slug_is_the_slug(text: str) -> None:
    assert slug(slug(text)) == slug(text)
