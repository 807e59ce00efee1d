"""Names, limits, timestamps, signatures, form values, triggers and faults: rules without a server."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.localslack.errors import SlackError
from bot.localslack.faults import Fault, FaultPlan
from bot.localslack.ids import Timestamps, counting_ids, microseconds, random_id
from bot.localslack.limits import Rate, RateLimiter
from bot.localslack.names import check_channel_name
from bot.localslack.signing import sign
from bot.localslack.state_values import build_state
from bot.localslack.triggers import Triggers
from bot.localslack.workspace import Workspace
from tests.localslack.harness import ADA, Clock, settings
from tests.localslack.kit import Json, actions, button, option, plain, section, text_input


@pytest.mark.parametrize("name", ["inc-12", "a", "x" * 80, "1_2"])
def test_channel_names_that_slack_takes(name: str) -> None:
    assert check_channel_name(f"#{name}") == name


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("", "invalid_name_required"),
        ("x" * 81, "invalid_name_maxlength"),
        ("Inc", "invalid_name_specials"),
        ("a b", "invalid_name_specials"),
        ("a.b", "invalid_name_specials"),
        ("über", "invalid_name_specials"),
        ("--_", "invalid_name_punctuation"),
    ],
)
def test_channel_names_that_slack_refuses(name: str, error: str) -> None:
    with pytest.raises(SlackError, match=error):
        check_channel_name(name)


@given(st.text(max_size=90))
def test_a_name_is_taken_or_refused_by_its_error(name: str) -> None:
    try:
        kept = check_channel_name(name)
    except SlackError as refusal:
        kept = refusal.error
    assert kept == name.removeprefix("#") or kept.startswith("invalid_name_")


def test_a_bucket_gives_its_burst_then_its_rate() -> None:
    clock = Clock(100.0)
    limiter = RateLimiter(clock)
    rate = Rate(20, 2)
    assert [limiter.take("a", rate) for _ in range(3)] == [None, None, 3]
    assert limiter.take("b", rate) is None
    clock.now += 3
    assert [limiter.take("a", rate) for _ in range(2)] == [None, 3]
    limiter.reset()
    assert limiter.take("a", rate) is None
    limiter.enabled = False
    assert all(limiter.take("a", rate) is None for _ in range(50))


@given(st.lists(st.floats(0, 10), min_size=1, max_size=50))
def test_no_more_calls_than_the_burst_and_the_rate(pauses: list[float]) -> None:
    clock = Clock(0.0)
    limiter = RateLimiter(clock)
    rate = Rate(60, 5)
    taken = 0
    for pause in pauses:
        clock.now += pause
        taken += limiter.take("key", rate) is None
    assert taken <= 5 + clock.now + 1e-6


def test_timestamps_only_go_up() -> None:
    clock = Clock(1_790_000_000.5)
    stamps = Timestamps(clock)
    first = stamps.next()
    assert first == "1790000000.500000"
    assert stamps.next() == "1790000000.500001"
    clock.now -= 100
    assert stamps.next() == "1790000000.500002"
    stamps.seen("1790000009.000001")
    assert stamps.next() == "1790000009.000002"
    assert microseconds("1.5") == 1_500_000
    assert random_id("C") != random_id("C")


def test_the_signature_is_slacks() -> None:
    """The example of Slack's own documentation."""
    body = (
        b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V"
        b"&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text="
        b"&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
        b"&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
    )
    signature = sign("8f742231b10e8888abcd99yyyzzz85a5", "1531420618", body)
    assert signature == "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"


def test_a_trigger_is_good_once_and_for_three_seconds() -> None:
    clock = Clock(100.0)
    workspace = Workspace(settings(), clock, counting_ids())
    triggers = Triggers(workspace)
    trigger = triggers.new(ADA)
    assert triggers.exchange(trigger) == ADA
    late = triggers.new(ADA)
    clock.now += 3.1
    for given_trigger, error in (
        (trigger, "exchanged_trigger_id"),
        (late, "expired_trigger_id"),
        ("1.2.x", "invalid_trigger_id"),
    ):
        with pytest.raises(SlackError, match=error):
            triggers.exchange(given_trigger)
    for _ in range(1_001):
        triggers.new(ADA)
    with pytest.raises(SlackError, match="invalid_trigger_id"):
        triggers.exchange(trigger)


def test_faults_are_met_in_order_and_counted_off() -> None:
    plan = FaultPlan()
    plan.add(Fault(method="chat.postMessage", kind="error", times=2, skip=1))
    plan.add(Fault(method="*", kind="cut"))
    kinds = [(fault.kind if fault else None) for fault in map(plan.take, ["chat.postMessage"] * 4)]
    assert kinds == [None, "error", "error", "cut"]
    assert plan.take("auth.test") is None
    plan.add(Fault(method="*", kind="hang"))
    assert [fault.kind for fault in plan.list()] == ["hang"]
    plan.clear()
    assert plan.list() == []


def element(kind: str, **more: Any) -> Json:
    return {
        "type": "input",
        "block_id": "b",
        "label": plain("L"),
        "element": {"type": kind, "action_id": "v", **more},
    }


TWO = [option("1", "One"), option("2", "Two")]


@pytest.mark.parametrize(
    ("block", "given_value", "state"),
    [
        (element("plain_text_input"), "hello", {"value": "hello"}),
        (element("static_select", options=TWO), "2", {"selected_option": TWO[1]}),
        (element("static_select", options=TWO), "One", {"selected_option": TWO[0]}),
        (element("static_select", options=TWO), TWO[0], {"selected_option": TWO[0]}),
        (
            element("static_select", option_groups=[{"label": plain("g"), "options": TWO}]),
            "1",
            {"selected_option": TWO[0]},
        ),
        (
            element("external_select"),
            "x",
            {"selected_option": {"text": {**plain("x"), "emoji": True}, "value": "x"}},
        ),
        (element("checkboxes", options=TWO), ["1", "2"], {"selected_options": TWO}),
        (element("checkboxes", options=TWO), "1", {"selected_options": TWO[:1]}),
        (element("multi_users_select"), "U1", {"selected_users": ["U1"]}),
        (element("users_select"), "U1", {"selected_user": "U1"}),
        (element("datepicker"), "2026-01-01", {"selected_date": "2026-01-01"}),
        (element("datetimepicker"), 1_790_000_000, {"selected_date_time": 1_790_000_000}),
    ],
)
def test_what_is_filled_in_takes_slacks_shape(block: Json, given_value: Any, state: Json) -> None:
    values, errors = build_state([block], {"b": given_value})
    assert values == {"b": {"v": {"type": block["element"]["type"], **state}}}
    assert errors == {}
    assert build_state([block], {"v": given_value})[0] == values


def test_what_is_not_filled_in_keeps_its_value_or_has_its_initial_one() -> None:
    blocks = [
        element("static_select", options=TWO, initial_option=TWO[1]),
        section(block_id="s", accessory={"type": "checkboxes", "action_id": "c", "options": TWO}),
        actions(button(), {"type": "datepicker", "action_id": "d"}, block_id="a"),
    ]
    values, errors = build_state(
        blocks, {}, {"a": {"d": {"type": "datepicker", "selected_date": "2026-01-01"}}}
    )
    assert errors == {}
    assert values["b"]["v"]["selected_option"] == TWO[1]
    assert values["s"]["c"]["selected_options"] == []
    assert values["a"] == {"d": {"type": "datepicker", "selected_date": "2026-01-01"}}


@pytest.mark.parametrize(
    ("block", "given_value", "error"),
    [
        (text_input("b"), "", "required"),
        (text_input("b", min_length=3), "ab", "at least 3"),
        (text_input("b", max_length=3), "abcd", "no more than 3"),
        (element("checkboxes", options=TWO), [], "required"),
        (element("email_text_input"), "nobody", "email"),
        (element("url_text_input"), "nowhere", "URL"),
        (element("number_input", is_decimal_allowed=False), "1.5", "number"),
        (element("number_input", is_decimal_allowed=True, min_value="2"), "1.5", "no less than 2"),
        (element("number_input", is_decimal_allowed=True, max_value="2"), "3", "no more than 2"),
    ],
)
def test_what_is_filled_in_wrongly_is_said(block: Json, given_value: Any, error: str) -> None:
    assert error in build_state([block], {"b": given_value})[1]["b"]


def test_an_optional_field_may_stay_empty() -> None:
    assert build_state([{**text_input("b"), "optional": True}], {})[1] == {}
    good = element("number_input", is_decimal_allowed=False, max_value="9")
    assert build_state([good], {"b": "3"})[1] == {}
