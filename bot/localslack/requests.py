"""The bodies of the control API: what a person, or a test in a person's place, wants done."""

from typing import Any

from pydantic import BaseModel, ConfigDict


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid")

    user: str = ""


class Say(_Request):
    """Post a message as a user. `channel` is an id or a name, here and below."""

    channel: str
    text: str
    thread_ts: str | None = None


class Command(_Request):
    """Run a slash command; `text` is the whole line, slash included."""

    channel: str
    text: str
    thread_ts: str | None = None


class Act(_Request):
    """Use an element of a message (`channel`, `ts`) or of a view (`view_id`); `value` is what was chosen.

    The element is the one with this `action_id`, or the one whose text is `label`.
    """

    action_id: str | None = None
    label: str | None = None
    block_id: str | None = None
    value: Any = None
    channel: str | None = None
    ts: str | None = None
    view_id: str | None = None


class Submit(_Request):
    """Submit a modal; `values` maps action ids or block ids to plain values."""

    values: dict[str, Any] = {}


class Close(_Request):
    """Close a modal, or with `all` every one."""

    all: bool = False


class UseShortcut(_Request):
    """Use a shortcut; `channel` and `ts` name the message of a message shortcut."""

    callback_id: str
    channel: str | None = None
    ts: str | None = None


class React(_Request):
    """Add a reaction, or take it back."""

    channel: str
    ts: str
    name: str
    remove: bool = False


class OnMessage(_Request):
    """Do something with one message: delete or edit it, pin it or take the pin out."""

    channel: str
    ts: str
    text: str = ""


class NewChannel(_Request):
    """Create a channel as a user."""

    name: str
    private: bool = False


class Membership(_Request):
    """Join, leave, archive or unarchive a channel; invite or remove `users`; set its topic to `text`."""

    users: list[str] = []
    text: str = ""


class Read(_Request):
    """Move the read mark to a message."""

    channel: str
    ts: str


class Direct(_Request):
    """Open the direct message with these users."""

    users: list[str]


class Switches(BaseModel):
    """What can be switched while running; None leaves as is."""

    model_config = ConfigDict(extra="forbid")

    rate_limits: bool | None = None
    request_url: str | None = None
