"""The interactive elements, and in which blocks each may stand."""

from collections.abc import Mapping

from bot.localslack.blockkit.objects import (
    MAX_OPTIONS,
    choices,
    confirm,
    conversation_filter,
    dispatch_config,
    identifier,
    opaque,
    option,
    option_group,
    plain,
    slack_file,
    url,
)
from bot.localslack.blockkit.schema import (
    Check,
    Shape,
    array,
    boolean,
    enum,
    exactly_one,
    integer,
    matching,
    string,
)

DATE = matching(r"\d{4}-\d{2}-\d{2}", "a date like YYYY-MM-DD")
TIME = matching(r"([01]\d|2[0-3]):[0-5]\d", "a time like HH:mm")
SLACK_ID = string(64)
_placeholder = plain(150)
_plain_options = array(option(), MAX_OPTIONS)
_rich_options = array(option(mrkdwn=True), 10)
_single: Mapping[str, Check] = {
    "action_id": identifier,
    "placeholder": _placeholder,
    "confirm": confirm,
    "focus_on_load": boolean,
}
_many: Mapping[str, Check] = {**_single, "max_selected_items": integer(1, 1000)}
_static: Mapping[str, Check] = {"options": _plain_options, "option_groups": array(option_group, MAX_OPTIONS)}
_conversations: Mapping[str, Check] = {
    "default_to_current_conversation": boolean,
    "filter": conversation_filter,
}
_respond: Mapping[str, Check] = {"response_url_enabled": boolean}
_query: Mapping[str, Check] = {"min_query_length": integer(0, 1000)}
_ids = array(SLACK_ID, 1000, 0)
_options = array(option(), MAX_OPTIONS, 0)
_text: Mapping[str, Check] = {
    "action_id": identifier,
    "placeholder": _placeholder,
    "focus_on_load": boolean,
    "dispatch_action_config": dispatch_config,
}

SELECTS: Mapping[str, Check] = {
    "static_select": Shape({}, {**_single, **_static, "initial_option": option()}, choices),
    "external_select": Shape({}, {**_single, **_query, "initial_option": option()}),
    "users_select": Shape({}, {**_single, "initial_user": SLACK_ID}),
    "conversations_select": Shape(
        {}, {**_single, **_conversations, **_respond, "initial_conversation": SLACK_ID}
    ),
    "channels_select": Shape({}, {**_single, **_respond, "initial_channel": SLACK_ID}),
    "multi_static_select": Shape({}, {**_many, **_static, "initial_options": _options}, choices),
    "multi_external_select": Shape({}, {**_many, **_query, "initial_options": _options}),
    "multi_users_select": Shape({}, {**_many, "initial_users": _ids}),
    "multi_conversations_select": Shape({}, {**_many, **_conversations, "initial_conversations": _ids}),
    "multi_channels_select": Shape({}, {**_many, "initial_channels": _ids}),
}
PICKERS: Mapping[str, Check] = {
    "datepicker": Shape({}, {**_single, "initial_date": DATE}),
    "timepicker": Shape({}, {**_single, "initial_time": TIME, "timezone": string(100)}),
    "datetimepicker": Shape(
        {},
        {
            "action_id": identifier,
            "confirm": confirm,
            "focus_on_load": boolean,
            "initial_date_time": integer(1_000_000_000, 9_999_999_999),
        },
    ),
    "checkboxes": Shape(
        {"options": _rich_options},
        {
            "action_id": identifier,
            "confirm": confirm,
            "focus_on_load": boolean,
            "initial_options": array(option(mrkdwn=True), 10, 0),
        },
    ),
    "radio_buttons": Shape(
        {"options": _rich_options},
        {
            "action_id": identifier,
            "confirm": confirm,
            "focus_on_load": boolean,
            "initial_option": option(mrkdwn=True),
        },
    ),
}
BUTTONS: Mapping[str, Check] = {
    "button": Shape(
        {"text": plain(75)},
        {
            "action_id": identifier,
            "url": url,
            "value": string(2000),
            "style": enum("primary", "danger"),
            "confirm": confirm,
            "accessibility_label": string(75),
        },
    ),
    "overflow": Shape(
        {"options": array(option(with_url=True), 5, 2)},
        {"action_id": identifier, "confirm": confirm},
    ),
    "workflow_button": Shape(
        {"text": plain(75), "workflow": opaque},
        {"action_id": identifier, "style": enum("primary", "danger"), "accessibility_label": string(75)},
    ),
}
IMAGE: Mapping[str, Check] = {
    "image": Shape(
        {"alt_text": string(2000)},
        {"image_url": url, "slack_file": slack_file},
        exactly_one(("image_url", "slack_file")),
    ),
}
TEXT_INPUTS: Mapping[str, Check] = {
    "plain_text_input": Shape(
        {},
        {
            **_text,
            "multiline": boolean,
            "initial_value": string(3000, 0),
            "min_length": integer(0, 3000),
            "max_length": integer(1, 3000),
        },
    ),
    "email_text_input": Shape({}, {**_text, "initial_value": string(3000, 0)}),
    "url_text_input": Shape({}, {**_text, "initial_value": string(3000, 0)}),
    "number_input": Shape(
        {"is_decimal_allowed": boolean},
        {**_text, "initial_value": string(100, 0), "min_value": string(100), "max_value": string(100)},
    ),
    "rich_text_input": Shape({}, {**_text, "initial_value": opaque}),
    "file_input": Shape(
        {}, {"action_id": identifier, "filetypes": array(string(50), 100), "max_files": integer(1, 10)}
    ),
}

IN_ACTIONS = {**BUTTONS, **SELECTS, **PICKERS}
IN_SECTION = {**IN_ACTIONS, **IMAGE}
IN_INPUT = {**TEXT_INPUTS, **SELECTS, **PICKERS}
