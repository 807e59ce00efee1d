"""What a person fills in takes the shape of `state.values`, checked as Slack's client checks it."""

from __future__ import annotations

from typing import Any

import pytest

from bot.localslack.state_values import build_state
from tests.localslack.kit import Json, actions, button, option, plain, section, text_input


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
