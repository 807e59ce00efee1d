from __future__ import annotations

from typing import Any

import pytest

from bot.app.ports import Person
from bot.domain.errors import InvalidInputError
from bot.slack.payloads import actor, channel_of, command_text, pressed, reference


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ({"user_id": "U1", "user_name": "ada"}, "ada"),
        ({"user": {"id": "U1", "username": "ada", "name": "other"}}, "ada"),
        ({"user": {"id": "U1", "name": "ada"}}, "ada"),
        ({"user": {"id": "U1"}}, "U1"),
    ],
)
def test_who_acts(body: dict[str, Any], name: str) -> None:
    assert actor(body) == Person("U1", name, "slack")


@pytest.mark.parametrize(
    "body", [{"channel_id": "C1"}, {"channel": {"id": "C1"}}, {"container": {"channel_id": "C1"}}]
)
def test_where(body: dict[str, Any]) -> None:
    assert channel_of(body) == "C1"


def test_on_what() -> None:
    body = {"actions": [{"action_id": "run.skip", "value": '{"run":"r","step":"s"}'}]}
    assert pressed(body) == ("run.skip", {"run": "r", "step": "s"})


@pytest.mark.parametrize("value", ["", "{", "[]", '{"incident": 3}'])
def test_a_value_that_is_not_ours(value: str) -> None:
    with pytest.raises(InvalidInputError):
        pressed({"actions": [{"action_id": "run.skip", "value": value}]})


@pytest.mark.parametrize(
    ("typed", "name"), [("12", "INC-12"), (" inc-012 ", "INC-12"), ("INC-3", "INC-3"), ("0195-ab", "0195-ab")]
)
def test_names_as_people_type_them(typed: str, name: str) -> None:
    assert reference(typed) == name


@pytest.mark.parametrize(
    ("sent", "typed"),
    [
        ({}, ""),
        ({"text": "declare Carts &amp; payments"}, "declare Carts & payments"),
        ({"text": "why-not p99 &gt; 2s &lt;b&gt;"}, "why-not p99 > 2s <b>"),
        ({"text": "an &amp;lt; stays"}, "an &lt; stays"),
        ({"text": "R&D"}, "R&D"),
    ],
)
def test_a_command_reads_as_it_was_typed(sent: dict[str, Any], typed: str) -> None:
    assert command_text(sent) == typed
