"""`/incident silence`, `silences` and `unsilence`."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.domain.quieting import Quiet, QuietKind
from bot.ingest.patterns import parse_matcher
from tests.support.incident_views import NOW

if TYPE_CHECKING:
    from tests.slack.fake_deps import FakeUseCases
    from tests.slack.person import PersonInSlack


def quiet(quiet_id: str, matcher: str = "service=checkout", source: str = "tocsin") -> Quiet:
    until = NOW + timedelta(hours=1)
    parsed = (parse_matcher(matcher),)
    return Quiet(quiet_id, QuietKind.SILENCE, parsed, NOW, until, "@ada", "cards", source)


@pytest.mark.parametrize(
    ("line", "matchers", "length", "comment"),
    [
        ("service=checkout for 2h", ('service="checkout"',), timedelta(hours=2), ""),
        (
            'service=checkout alertname=~"High Err.*" for 1h30m deploying it',
            ('service="checkout"', 'alertname=~"High Err.*"'),
            timedelta(minutes=90),
            "deploying it",
        ),
        (
            '{service="checkout", team!="core"} FOR 30m',
            ('service="checkout"', 'team!="core"'),
            timedelta(minutes=30),
            "",
        ),
        (r"path=~a\.b for 1d", (r'path=~"a\\.b"',), timedelta(days=1), ""),
    ],
)
async def test_a_line_silences(
    person: PersonInSlack,
    use_cases: FakeUseCases,
    line: str,
    matchers: tuple[str, ...],
    length: timedelta,
    comment: str,
) -> None:
    await person.types(f"/incident silence {line}")
    assert use_cases.asked == [("silence", matchers, length, "ada", comment, None)]
    assert "Silenced" in person.last_words()
    assert "/incident unsilence abcd1234" in person.last_words()


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("service=checkout", "Say for how long"),
        ("service=checkout for", "Say for how long"),
        ("service=checkout for ever", "is no duration"),
        ("checkout for 2h", "is not a matcher"),
    ],
)
async def test_what_cannot_be_read_is_explained(
    person: PersonInSlack, use_cases: FakeUseCases, line: str, answer: str
) -> None:
    await person.types(f"/incident silence {line}")
    assert answer in person.last_words()
    assert use_cases.asked == []


@pytest.mark.parametrize("line", ["silences", "silence list"])
async def test_what_is_silenced_is_listed(person: PersonInSlack, use_cases: FakeUseCases, line: str) -> None:
    await person.types(f"/incident {line}")
    assert person.hears()[-1].text == "Nothing is silenced."
    use_cases.quiets = [quiet(f"0190-{number:08}", source="http://am:9093") for number in range(17)]
    await person.types(f"/incident {line}")
    assert "00000014" in person.last_words()
    assert "00000015" not in person.last_words()
    assert "and 2 more" in person.last_words()
    assert "http://am:9093" in person.last_words()


async def test_one_is_ended_by_the_end_of_its_id(person: PersonInSlack, use_cases: FakeUseCases) -> None:
    use_cases.quiets = [quiet("0190-abcd1234"), quiet("0190-ffff1234")]
    await person.types("/incident unsilence abcd1234")
    assert use_cases.asked == [("end silence", "0190-abcd1234", "ada")]
    assert (
        person.hears()[-1].text
        == 'service="checkout" is no longer silenced. What still fires of it counts again.'
    )
    await person.types("/incident unsilence 1234")
    assert "2 silences end in" in person.hears()[-1].text
    await person.types("/incident unsilence beef")
    assert "beef" in person.hears()[-1].text
    await person.types("/incident unsilence")
    assert "Say which one" in person.hears()[-1].text
