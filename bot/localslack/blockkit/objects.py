"""Composition objects: texts, options, confirmation dialogs, filters."""

from typing import Any

from bot.localslack.blockkit.schema import (
    Check,
    Shape,
    anything,
    array,
    boolean,
    by_type,
    enum,
    exactly_one,
    matching,
    string,
)

MAX_ID = 255
MAX_OPTIONS = 100
url = matching(r"\S+:\S{1,2998}", "a valid url")
identifier = string(MAX_ID)


def plain(most: int, least: int = 1) -> Check:
    """Accept a `plain_text` object of that length."""
    shape = Shape({"text": string(most, least)}, {"emoji": boolean})
    return by_type({"plain_text": shape})


def text(most: int, least: int = 1) -> Check:
    """Accept a `plain_text` or `mrkdwn` object of that length."""
    mrkdwn = Shape({"text": string(most, least)}, {"verbatim": boolean})
    return by_type({"plain_text": Shape({"text": string(most, least)}, {"emoji": boolean}), "mrkdwn": mrkdwn})


confirm = Shape(
    {"title": plain(100), "text": text(300), "confirm": plain(30), "deny": plain(30)},
    {"style": enum("primary", "danger")},
)


def option(*, mrkdwn: bool = False, with_url: bool = False) -> Check:
    """Accept an option; its text may be `mrkdwn` in radio buttons and checkboxes."""
    label = text(75) if mrkdwn else plain(75)
    description = text(75) if mrkdwn else plain(75)
    optional = {"description": description, **({"url": url} if with_url else {})}
    return Shape({"text": label, "value": string(75)}, optional)


def choices(value: Any, path: str, problems: list[str]) -> None:
    """Accept a select that has either options or groups of options."""
    exactly_one(("options", "option_groups"))(value, path, problems)


option_group = Shape({"label": plain(75), "options": array(option(), MAX_OPTIONS)})
conversation_filter = Shape(
    {},
    {
        "include": array(enum("im", "mpim", "private", "public"), 4),
        "exclude_external_shared_channels": boolean,
        "exclude_bot_users": boolean,
    },
)
dispatch_config = Shape(
    {}, {"trigger_actions_on": array(enum("on_enter_pressed", "on_character_entered"), 2)}
)
slack_file = Shape({}, {"id": string(255), "url": url}, exactly_one(("id", "url")))
opaque = anything
