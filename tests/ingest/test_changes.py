from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.change import Change, ChangeKind
from bot.domain.errors import InvalidInputError
from bot.ingest.changes import CHANGE_TYPE, parse_change
from tests.ingest.test_alertmanager import JSON

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
BARE: dict[str, Any] = {
    "id": "deploy-42",
    "type": "deploy",
    "service": "checkout",
    "environment": "production",
    "time": "2026-11-21T13:58:00.5+02:00",
    "summary": "checkout 2.4.0",
    "version": "2.4.0",
    "previous_version": "2.3.9",
    "author": "ada",
    "url": "https://ci.example.com/42",
    "scope": {"region": "eu", "percent": 10, "flags": ["a"]},
}
ENVELOPE = {
    "specversion": "1.0",
    "id": "ce-1",
    "source": "/ci",
    "type": CHANGE_TYPE,
    "time": "2026-11-21T11:00:00Z",
}


def read(
    document: Any, content_type: str = "application/json", attributes: dict[str, str] | None = None
) -> Change:
    return parse_change(json.dumps(document).encode(), content_type, attributes or {}, NOW)


def without(*names: str, **changed: Any) -> dict[str, Any]:
    return {name: value for name, value in (BARE | changed).items() if name not in names}


def problem_of(document: Any, **named: Any) -> InvalidInputError:
    with pytest.raises(InvalidInputError) as refused:
        read(document, **named)
    return refused.value


def test_reads_the_bare_form() -> None:
    assert read(BARE) == Change(
        change_id="deploy-42",
        source="api",
        kind=ChangeKind.DEPLOY,
        service="checkout",
        environment="production",
        time=datetime(2026, 11, 21, 11, 58, 0, 500_000, tzinfo=UTC),
        received_at=NOW,
        summary="checkout 2.4.0",
        version="2.4.0",
        previous_version="2.3.9",
        author="ada",
        url="https://ci.example.com/42",
        scope={"region": "eu", "percent": "10", "flags": '["a"]'},
    )


def test_binary_and_structured_are_the_same_event() -> None:
    data = without("id", "time")
    binary = read(data, attributes=ENVELOPE)
    structured = read({**ENVELOPE, "data": data}, "application/cloudevents+json; charset=utf-8")
    assert binary == structured == read({**ENVELOPE, "data": data})
    assert (binary.change_id, binary.source) == ("ce-1", "/ci")
    assert binary.time == datetime(2026, 11, 21, 11, 0, tzinfo=UTC)


def test_the_kind_may_be_the_type_of_the_envelope() -> None:
    assert read(without("type"), attributes={**ENVELOPE, "type": "rollback"}).kind is ChangeKind.ROLLBACK


def test_only_what_explains_nothing_may_be_left_out() -> None:
    change = read({name: BARE[name] for name in ("id", "type", "service", "time")})
    assert (change.environment, change.summary, change.scope) == ("unknown", "", {})
    for name in ("id", "type", "service", "time"):
        assert problem_of(without(name)).path == name


@pytest.mark.parametrize(
    ("scope", "everywhere"),
    [
        ({"global": True}, True),
        ({"global": "True"}, True),
        ({"services": ["*"]}, True),
        ({"service": "all"}, True),
        ({"services": ["web", "global"]}, True),
        ({"global": False}, False),
        ({"services": ["web"]}, False),
        ({"region": "*"}, False),
        ({}, False),
    ],
)
def test_a_change_that_names_no_service_concerns_every_one_where_its_scope_says_so(
    scope: dict[str, Any], *, everywhere: bool
) -> None:
    unnamed = without("service", scope=scope)
    if everywhere:
        assert read(unnamed).service == "*"
        assert read(without(service="unknown", scope=scope)).service == "*"
    else:
        assert "* where it concerns every one" in str(problem_of(unnamed))
    assert read(without(scope=scope)).service == BARE["service"]


@pytest.mark.parametrize(
    ("document", "path"),
    [
        ([], ""),
        (without(type="deployment"), "type"),
        (without(type=1), "type"),
        (without(time="2026-11-23T12:00:00Z"), "time"),
        (without(time="0001-01-01T00:00:00Z"), "time"),
        (without(time=1732190000), "time"),
        (without(summary={}), "summary"),
        (without(service=" "), "service"),
        (without(id="x" * 300), "id"),
        (without(scope="all"), "scope"),
        ({**ENVELOPE, "specversion": "0.3", "data": BARE}, "specversion"),
        ({**ENVELOPE, "id": 1, "data": BARE}, "id"),
        ({**ENVELOPE, "id": "", "data": BARE}, "id"),
        ({**ENVELOPE, "source": None, "data": BARE}, "source"),
        ({**ENVELOPE, "data": []}, "data"),
        (ENVELOPE, "data"),
        ({**ENVELOPE, "type": "dev.tocsin.alert.v1", "data": BARE}, "type"),
    ],
)
def test_names_the_field_that_is_wrong(document: Any, path: str) -> None:
    assert problem_of(document).path == path


def test_says_which_types_there_are() -> None:
    assert "deploy, config, feature_flag, infra, database, rollback" in str(problem_of(without(type="x")))


def test_refuses_a_batch() -> None:
    error = problem_of([], content_type="application/cloudevents-batch+json")
    assert "one event a request" in str(error)


def test_numbers_may_stand_for_their_digits() -> None:
    assert read(without(version=7)).version == "7"
    assert problem_of(without(version=True)).path == "version"


def test_a_long_text_is_cut() -> None:
    assert read(without(summary="x" * 9000)).summary.endswith("[cut: 9000 characters]")


@pytest.mark.parametrize("told", ["2030-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2020-01-01T00:00:00Z", 7])
def test_the_moment_of_receipt_is_ours_to_say(told: Any) -> None:
    assert read(without(received_at=told)) == read(BARE)


@given(st.binary(), st.dictionaries(st.sampled_from(["specversion", "id", "type", "source"]), st.text()))
def test_any_bytes_are_refused_in_words(body: bytes, attributes: dict[str, str]) -> None:
    with pytest.raises(InvalidInputError):
        parse_change(body, "", attributes, NOW)


@given(st.dictionaries(st.sampled_from(sorted(BARE)), JSON))
def test_any_fields_are_read_or_refused(changed: dict[str, Any]) -> None:
    try:
        change = read(BARE | changed)
    except InvalidInputError:
        return  # in words, and with nothing else thrown
    assert change.change_id
    assert change.service


def test_a_change_may_announce_maintenance_and_tell_its_end() -> None:
    change = read(BARE | {"maintenance": True, "ended_at": "2026-11-21T12:10:00Z"})
    assert change.maintenance
    assert change.ended_at == datetime(2026, 11, 21, 12, 10, tzinfo=UTC)
    assert problem_of(BARE | {"maintenance": "yes"}).path == "maintenance"
