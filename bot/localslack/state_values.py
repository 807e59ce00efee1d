"""What a person filled in, in the shape of `state.values`, checked as Slack's own client checks it. Pure."""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

Json = dict[str, Any]
_FIELD = {
    "datepicker": "selected_date",
    "timepicker": "selected_time",
    "datetimepicker": "selected_date_time",
    "users_select": "selected_user",
    "channels_select": "selected_channel",
    "conversations_select": "selected_conversation",
    "multi_users_select": "selected_users",
    "multi_channels_select": "selected_channels",
    "multi_conversations_select": "selected_conversations",
    "static_select": "selected_option",
    "external_select": "selected_option",
    "radio_buttons": "selected_option",
    "overflow": "selected_option",
    "multi_static_select": "selected_options",
    "multi_external_select": "selected_options",
    "checkboxes": "selected_options",
    "rich_text_input": "rich_text_value",
}
_INITIAL = {
    "selected_date": "initial_date",
    "selected_time": "initial_time",
    "selected_date_time": "initial_date_time",
    "selected_user": "initial_user",
    "selected_channel": "initial_channel",
    "selected_conversation": "initial_conversation",
    "selected_users": "initial_users",
    "selected_channels": "initial_channels",
    "selected_conversations": "initial_conversations",
    "selected_option": "initial_option",
    "selected_options": "initial_options",
}
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_URL = re.compile(r"https?://\S+")
BUTTONS = frozenset({"button", "workflow_button", "image"})


def build_state(
    blocks: list[Json], given: Mapping[str, Any], kept: Mapping[str, Json] = MappingProxyType({})
) -> tuple[dict[str, Json], dict[str, str]]:
    """Return `state.values` and what is wrong, by block id.

    `given` maps an action id or a block id to a plain value: text, a date, an option's value, an id, or a
    list of these. What is not given has its value in `kept` (shaped as `state.values`), else its initial one.
    """
    values: dict[str, Json] = {}
    errors: dict[str, str] = {}
    for block in blocks:
        block_id = block.get("block_id", "")
        for element in stateful(block):
            action_id = element.get("action_id", "")
            value = given.get(action_id, given.get(block_id, _UNSET))
            known = kept.get(block_id, {}).get(action_id)
            state = known if value is _UNSET and known else element_state(element, value)
            values.setdefault(block_id, {})[action_id] = state
            if block["type"] == "input" and (wrong := _wrong(block, element, state)):
                errors[block_id] = wrong
    return values, errors


def stateful(block: Json) -> list[Json]:
    """Return a block's elements that hold a value."""
    found = [block.get("element"), block.get("accessory")]
    found += block.get("elements", []) if block["type"] == "actions" else []
    return [e for e in found if isinstance(e, dict) and e.get("type") not in BUTTONS | {"overflow"}]


def element_state(element: Json, value: Any) -> Json:
    """Return an element's state for a plain value, or for its initial value where none is given."""
    kind = element["type"]
    name = _FIELD.get(kind, "value")
    if value is _UNSET:
        initial = element.get(_INITIAL.get(name, "initial_value"))
        return {"type": kind, name: initial if initial is not None else _empty(name)}
    if name == "selected_option":
        return {"type": kind, name: _option(element, value)}
    if name == "selected_options":
        chosen = value if isinstance(value, list) else [value] if value else []
        return {"type": kind, name: [option for one in chosen if (option := _option(element, one))]}
    if name.endswith("s") and not isinstance(value, list):
        value = [value] if value else []
    return {"type": kind, name: value if value != "" else None}


def options_of(element: Json) -> list[Json]:
    """Return an element's options, those in groups too."""
    grouped = [option for group in element.get("option_groups", []) for option in group["options"]]
    return [*element.get("options", []), *grouped]


class _Unset:
    """The person did not touch the field."""


_UNSET = _Unset()


def _empty(name: str) -> Any:
    return (
        []
        if name in {"selected_options", "selected_users", "selected_channels", "selected_conversations"}
        else None
    )


def _option(element: Json, value: Any) -> Json | None:
    if isinstance(value, dict):
        return value
    for option in options_of(element):
        if option.get("value") == value or option["text"]["text"] == value:
            return option
    if element["type"].endswith("external_select") and value:
        return {"text": {"type": "plain_text", "text": str(value), "emoji": True}, "value": str(value)}
    return None


def _wrong(block: Json, element: Json, state: Json) -> str | None:
    value = next(value for key, value in state.items() if key != "type")
    if value is None or value in ("", []):
        return None if block.get("optional") else "Please complete this required field."
    if not isinstance(value, str):
        return None
    if len(value) < element.get("min_length", 0):
        return f"Please enter at least {element['min_length']} characters."
    if len(value) > element.get("max_length", 3000):
        return f"Please enter no more than {element.get('max_length', 3000)} characters."
    return _wrong_form(element, value)


def _wrong_form(element: Json, value: str) -> str | None:
    match element["type"]:
        case "email_text_input" if not _EMAIL.fullmatch(value):
            return "Please enter a valid email address."
        case "url_text_input" if not _URL.fullmatch(value):
            return "Please enter a valid URL."
        case "number_input":
            return _wrong_number(element, value)
    return None


def _wrong_number(element: Json, value: str) -> str | None:
    try:
        number = float(value) if element.get("is_decimal_allowed") else int(value)
    except ValueError:
        return "Please enter a valid number."
    if number < float(element.get("min_value", "-inf")):
        return f"Please enter a number no less than {element['min_value']}."
    if number > float(element.get("max_value", "inf")):
        return f"Please enter a number no more than {element['max_value']}."
    return None
