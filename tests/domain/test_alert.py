from __future__ import annotations

from dataclasses import replace
from datetime import timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.alert import (
    UNKNOWN,
    AlertEvent,
    AlertStatus,
    Occurrence,
    event_identity,
    first_label,
    instant,
    is_news,
    labels_fingerprint,
)
from tests.domain.world import alert, at, ended


def known(event: AlertEvent) -> Occurrence:
    return Occurrence(
        source=event.source,
        fingerprint=event.fingerprint,
        starts_at=event.starts_at,
        status=event.status,
        ends_at=event.ends_at,
        name=event.name,
        service=event.service,
        environment=event.environment,
        labels=event.labels,
        annotations=event.annotations,
        generator_url="",
        received_at=event.received_at,
    )


def test_a_start_in_the_future_is_clamped_to_the_receipt() -> None:
    assert alert(minute=5, started=9).onset == at(5)
    assert alert(minute=5, started=2).onset == at(2)


@pytest.mark.parametrize(
    ("annotations", "summary"),
    [
        ({"summary": "s", "description": "d"}, "s"),
        ({"summary": "", "description": "d"}, "d"),
        ({}, "HighErrors"),
    ],
)
def test_the_summary_falls_back_to_the_name(annotations: dict[str, str], summary: str) -> None:
    assert alert(annotations=annotations).summary == summary


def test_an_occurrence_has_the_key_of_its_events() -> None:
    assert known(alert()).key == alert().key == ("am", "production/HighErrors/checkout")


def test_equal_instants_are_the_same_event_wherever_they_are_written() -> None:
    elsewhere = at(0).astimezone(timezone(timedelta(hours=5, minutes=30)))
    assert instant(elsewhere) == instant(at(0)) == "2026-11-21T03:00:00.000000+00:00"
    firing, resolved = AlertStatus.FIRING, AlertStatus.RESOLVED
    assert event_identity("s", "f", at(0), firing, None) == event_identity("s", "f", elsewhere, firing, at(9))
    ends = {event_identity("s", "f", at(0), resolved, end) for end in (None, at(1), at(2))}
    assert len(ends | {event_identity("s", "f", at(0), firing, None)}) == 4
    assert event_identity("s\ud800", "f", at(0), firing, None)


@given(st.dictionaries(st.text(), st.text()))
def test_a_label_set_has_one_fingerprint_whatever_its_order(labels: dict[str, str]) -> None:
    turned = dict(reversed(labels.items()))
    assert labels_fingerprint(labels) == labels_fingerprint(turned)
    assert labels_fingerprint(labels) != labels_fingerprint({**labels, "one more": "x"})
    assert len(labels_fingerprint(labels)) == 16


def test_the_first_label_that_is_not_empty_answers() -> None:
    assert first_label({"a": "", "b": "x"}, ("a", "b")) == "x"
    assert first_label({}, ("a",)) == UNKNOWN


def test_what_is_news() -> None:
    firing, first_end, later_end = alert(), ended(alert(), 3), ended(alert(), 4)
    endless = replace(first_end, ends_at=None)
    assert is_news(firing, None)
    assert is_news(alert(minute=1), known(first_end))
    assert not is_news(alert(minute=9, started=-1), known(firing))
    assert not is_news(firing, known(firing))
    assert not is_news(firing, known(first_end))
    assert is_news(first_end, known(firing))
    assert is_news(later_end, known(first_end))
    assert is_news(first_end, known(endless))
    assert not is_news(first_end, known(later_end))
    assert not is_news(endless, known(first_end))
