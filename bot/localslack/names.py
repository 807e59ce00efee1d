"""The rules for channel names, with the error that Slack gives for each breach."""

import re

from bot.localslack.errors import SlackError

MAX_LENGTH = 80
_ALLOWED = re.compile(r"[a-z0-9_-]+")


def check_channel_name(name: str) -> str:
    """Return the name as it is kept (without a leading `#`), or raise the `invalid_name_*` that applies."""
    name = name.removeprefix("#")
    if not name.strip():
        raise SlackError("invalid_name_required")
    if len(name) > MAX_LENGTH:
        raise SlackError("invalid_name_maxlength")
    if not _ALLOWED.fullmatch(name):
        raise SlackError("invalid_name_specials")
    if not any(letter.isalnum() for letter in name):
        raise SlackError("invalid_name_punctuation")
    return name
