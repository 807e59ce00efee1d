"""What a workspace holds, as immutable records: a change is a new record under the same key."""

from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from pydantic import ConfigDict

ChannelKind = Literal["public", "private", "im", "mpim"]


@dataclass(frozen=True, slots=True)
class User:
    """A person or a bot user."""

    id: str
    name: str
    real_name: str
    email: str = ""
    is_bot: bool = False
    is_admin: bool = False
    deleted: bool = False
    tz: str = "Europe/London"
    color: str = "4a6fa5"
    bot_id: str = ""


@dataclass(frozen=True, slots=True)
class Usergroup:
    """A named set of users that can be mentioned."""

    id: str
    handle: str
    name: str
    users: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Note:
    """A topic or a purpose, with who set it and when (seconds)."""

    value: str = ""
    creator: str = ""
    last_set: int = 0


@dataclass(frozen=True, slots=True)
class Pin:
    """A message pinned to its channel."""

    ts: str
    user: str
    created: int


@dataclass(frozen=True, slots=True)
class Bookmark:
    """A link in the channel's header."""

    id: str
    title: str
    link: str
    emoji: str
    created: int
    updated: int = 0
    user: str = ""


@dataclass(frozen=True, slots=True)
class Channel:
    """A public or private channel, or a direct message."""

    id: str
    name: str
    kind: ChannelKind
    creator: str
    created: int
    members: tuple[str, ...] = ()
    is_archived: bool = False
    is_general: bool = False
    topic: Note = Note()
    purpose: Note = Note()
    previous_names: tuple[str, ...] = ()
    pins: tuple[Pin, ...] = ()
    bookmarks: tuple[Bookmark, ...] = ()
    last_read: dict[str, str] = field(default_factory=dict)

    @property
    def is_direct(self) -> bool:
        """Whether this is a conversation without a name."""
        return self.kind in {"im", "mpim"}


@dataclass(frozen=True, slots=True)
class Message:
    """One message; `only_for` makes it ephemeral, `deleted` leaves the record as a tombstone."""

    channel: str
    ts: str
    user: str
    text: str
    blocks: tuple[dict[str, Any], ...] = ()
    attachments: tuple[dict[str, Any], ...] = ()
    metadata: dict[str, Any] | None = None
    thread_ts: str | None = None
    broadcast: bool = False
    subtype: str | None = None
    bot_id: str | None = None
    username: str | None = None
    icon_emoji: str | None = None
    edited: dict[str, str] | None = None
    reactions: dict[str, tuple[str, ...]] = field(default_factory=dict)
    files: tuple[str, ...] = ()
    only_for: str | None = None
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class View:
    """A modal or a home tab as one user sees it; `payload` is what the app sent."""

    id: str
    kind: Literal["modal", "home"]
    user: str
    payload: dict[str, Any]
    hash: str
    root_id: str
    previous_id: str | None = None
    external_id: str = ""
    values: dict[str, dict[str, Any]] = field(default_factory=dict)
    is_open: bool = True


@dataclass(frozen=True, slots=True)
class File:
    """An uploaded file; it is visible once its upload is complete."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")

    id: str
    name: str
    title: str
    size: int
    user: str
    created: int
    content: bytes | None = None
    complete: bool = False
    channels: tuple[str, ...] = ()


Entity = User | Usergroup | Channel | Message | View | File
