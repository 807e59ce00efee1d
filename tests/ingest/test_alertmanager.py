"""The bodies are those of a real Alertmanager; see the note beside them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.alert import AlertStatus, labels_fingerprint
from bot.domain.errors import InvalidInputError
from bot.ingest.alertmanager import parse_alertmanager
from bot.ingest.alerts import MAX_LABEL_VALUE
from bot.ingest.labels import LabelPolicy

if TYPE_CHECKING:
    from bot.ingest.parsed import Parsed

BODIES = Path(__file__).parent.parent / "fixtures" / "alertmanager"
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
POLICY = LabelPolicy()


def parse(body: bytes | dict[str, Any], now: datetime = NOW) -> Parsed:
    return parse_alertmanager(body if isinstance(body, bytes) else json.dumps(body).encode(), now, POLICY)


def alert(**changed: Any) -> dict[str, Any]:
    return {"status": "firing", "labels": {"alertname": "A"}, "startsAt": "2026-11-21T11:00:00Z", **changed}


def test_reads_a_real_body() -> None:
    parsed = parse((BODIES / "firing.json").read_bytes())
    assert [(event.name, event.service, event.environment) for event in parsed.good] == [
        ("HighErrorRate", "checkout", "production")
    ] * 2
    first = parsed.good[0]
    assert (first.source, first.fingerprint) == ("alertmanager", "eebc7dfd937f3b04")
    assert first.starts_at == datetime(2026, 11, 21, 10, 36, 53, 825686, tzinfo=UTC)
    assert (first.status, first.ends_at, first.received_at) == (AlertStatus.FIRING, None, NOW)
    assert (parsed.bad, parsed.truncated) == ((), 0)


def test_takes_other_labels_where_the_first_ones_are_missing() -> None:
    (event,) = parse((BODIES / "firing_unlabelled.json").read_bytes()).good
    assert (event.service, event.environment) == ("node", "staging")
    assert event.labels["note"] == "ünïcode ✓"


def test_counts_what_the_sender_left_out() -> None:
    parsed = parse((BODIES / "truncated.json").read_bytes())
    assert (len(parsed.good), parsed.truncated) == (3, 2)


def test_reads_an_end() -> None:
    parsed = parse((BODIES / "one_resolved.json").read_bytes())
    assert [event.status.value for event in parsed.good] == ["resolved", "firing"]
    assert parsed.good[0].ends_at == datetime(2026, 11, 21, 10, 36, 57, tzinfo=UTC)


def test_judges_each_alert_by_itself() -> None:
    parsed = parse({"alerts": [alert(), alert(startsAt="yesterday"), 7, alert(labels={"severity": 5})]})
    assert len(parsed.good) == 1
    assert [rejected.path for rejected in parsed.bad] == [
        "alerts[1].startsAt",
        "alerts[2]",
        "alerts[3].labels.severity",
    ]
    assert parsed.bad[1].raw == b"7"
    assert "RFC 3339" in parsed.bad[0].problem


@pytest.mark.parametrize(
    ("changed", "path"),
    [
        ({"startsAt": "0001-01-01T00:00:00Z"}, "alerts[0].startsAt"),
        ({"startsAt": 17}, "alerts[0].startsAt"),
        ({"startsAt": "2026-11-21T11:00:00"}, "alerts[0].startsAt"),
        ({"startsAt": "9999-12-31T23:59:59-05:00"}, "alerts[0].startsAt"),
        ({"status": "burning"}, "alerts[0].status"),
        ({"labels": {}}, "alerts[0].labels"),
        ({"labels": {"": "x"}}, "alerts[0].labels"),
        ({"labels": {f"l{n}": "x" for n in range(300)}}, "alerts[0].labels"),
        ({"labels": {f"l{n}": "x" * 4000 for n in range(20)}}, "alerts[0].labels"),
        ({"annotations": {"a": None}}, "alerts[0].annotations.a"),
        ({"fingerprint": "f" * 300}, "alerts[0].fingerprint"),
    ],
)
def test_names_the_field_of_a_bad_alert(changed: dict[str, Any], path: str) -> None:
    parsed = parse({"alerts": [alert(**changed)]})
    assert [rejected.path for rejected in parsed.bad] == [path]


@pytest.mark.parametrize(
    ("body", "path"),
    [
        (b"", ""),
        (b"[]", ""),
        (b"\xff\xfe\xfd", ""),
        (b"[" * 100_000, ""),
        (b"{}", "alerts"),
        (b'{"alerts": {}}', "alerts"),
        (b'{"alerts": [' + b"0," * 50_000 + b"0]}", "alerts"),
        (b'{"version": "5", "alerts": []}', "version"),
    ],
)
def test_refuses_a_body_that_cannot_be_read(body: bytes, path: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        parse(body)
    assert refused.value.path == path


def test_cuts_a_huge_label_and_says_so() -> None:
    (event,) = parse({"alerts": [alert(labels={"alertname": "A", "huge": "x" * 1_000_000})]}).good
    assert len(event.labels["huge"]) == MAX_LABEL_VALUE
    assert event.labels["huge"].endswith("… [cut: 1000000 characters]")


def test_replaces_what_postgresql_refuses() -> None:
    body = json.dumps({"alerts": [alert(labels={"a": "x\x00y"})]}).encode()
    assert parse(body).good[0].labels == {"a": "x\N{REPLACEMENT CHARACTER}y"}
    assert parse(body.replace(b"u0000", b"ud800")).good[0].labels == {"a": "x\N{REPLACEMENT CHARACTER}y"}


def test_accepts_what_it_does_not_know() -> None:
    parsed = parse({"version": 4, "orgId": 10**30, "truncatedAlerts": "many", "alerts": [alert(values={})]})
    assert (len(parsed.good), parsed.truncated) == (1, 0)


@pytest.mark.parametrize("name", ["annotations", "generatorURL", "fingerprint", "endsAt"])
def test_null_is_silence_where_nothing_need_be_said(name: str) -> None:
    assert parse({"alerts": [alert(**{name: None})]}) == parse({"alerts": [alert()]})


@pytest.mark.parametrize("name", ["status", "labels", "startsAt"])
def test_null_is_refused_where_something_must_be_said(name: str) -> None:
    [rejected] = parse({"alerts": [alert(**{name: None})]}).bad
    assert rejected.path == f"alerts[0].{name}"


@pytest.mark.parametrize(
    ("told", "count"),
    [(0, 0), (1, 1), (1_000_000, 1_000_000), (1_000_001, 0), (10**30, 0), (True, 0), (-1, 0)],
)
def test_a_strange_count_of_what_was_left_out_counts_nothing(told: int, count: int) -> None:
    assert parse({"truncatedAlerts": told, "alerts": [alert()]}).truncated == count


def test_gives_a_fingerprint_where_the_sender_does_not() -> None:
    (event,) = parse({"alerts": [alert()]}).good
    assert event.fingerprint == labels_fingerprint({"alertname": "A"})


def test_a_second_delivery_is_the_same_event() -> None:
    for body in BODIES.glob("*.json"):
        first, second = (parse(body.read_bytes(), NOW + timedelta(hours=n)).good for n in range(2))
        assert [event.event_id for event in first] == [event.event_id for event in second]


def test_an_end_at_an_unknown_time_is_one_event_all_the_same() -> None:
    body = {"alerts": [alert(status="resolved", endsAt="0001-01-01T00:00:00Z")]}
    first, second = parse(body).good[0], parse(body, NOW + timedelta(minutes=5)).good[0]
    assert first.event_id == second.event_id
    assert first.ends_at == NOW


def test_no_time_is_no_time_in_any_zone() -> None:
    (event,) = parse({"alerts": [alert(status="resolved", endsAt="0001-01-01T00:00:00+05:00")]}).good
    assert event.ends_at == NOW


def test_an_end_before_the_start_is_the_start() -> None:
    (event,) = parse({"alerts": [alert(status="resolved", endsAt="2026-11-21T10:00:00+00:00")]}).good
    assert event.ends_at == event.starts_at


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
NEARLY = st.fixed_dictionaries(
    {},
    optional={
        "status": st.sampled_from(["firing", "resolved"]) | JSON,
        "labels": st.dictionaries(st.text(), st.text()) | JSON,
        "annotations": st.dictionaries(st.text(), st.text()) | JSON,
        "startsAt": st.datetimes().map(lambda moment: moment.isoformat() + "Z") | JSON,
        "endsAt": st.datetimes().map(lambda moment: moment.isoformat() + "+05:00") | JSON,
        "generatorURL": JSON,
        "fingerprint": JSON,
    },
)


@given(st.binary())
def test_any_bytes_are_refused_in_words(body: bytes) -> None:
    with pytest.raises(InvalidInputError):
        parse(body)


@given(st.lists(NEARLY | JSON, max_size=4))
def test_any_alerts_are_judged(alerts: list[Any]) -> None:
    parsed = parse({"alerts": alerts})
    assert len(parsed.good) + len(parsed.bad) == len(alerts)
    for event in parsed.good:
        assert all("\x00" not in value for value in event.labels.values())
        json.dumps(event.labels, ensure_ascii=False).encode()
