"""The state of a workspace, and what others hear of: a record that changed, an event that occurred."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from bot.localslack.errors import SlackError
from bot.localslack.ids import Clock, IdSource, Timestamps
from bot.localslack.model import Channel, ChannelKind, Entity, File, Message, User, Usergroup, View
from bot.localslack.settings import LocalSlackSettings

SLACKBOT = "USLACKBOT"


@dataclass(frozen=True, slots=True)
class Event:
    """Something an app may subscribe to. `channel` is None where membership does not matter."""

    name: str
    body: dict[str, Any]
    channel: Channel | None = None


class Workspace:
    """Users, channels, messages, views and files of one team, in memory."""

    def __init__(self, settings: LocalSlackSettings, clock: Clock, ids: IdSource) -> None:
        self.settings = settings
        self.app = settings.app
        self.clock = clock
        self.ids = ids
        self.timestamps = Timestamps(clock)
        self._watchers: list[Callable[[Entity], None]] = []
        self._listeners: list[Callable[[Event], None]] = []
        self.clear()

    def clear(self) -> None:
        """Go back to the seeded state, telling nobody."""
        self.users: dict[str, User] = {}
        self.usergroups: dict[str, Usergroup] = {}
        self.channels: dict[str, Channel] = {}
        self.messages: dict[str, dict[str, Message]] = {}
        self.views: dict[str, View] = {}
        self.files: dict[str, File] = {}
        for entity in _seed(self.settings, int(self.clock())):
            self.load(entity)

    def watch(self, watcher: Callable[[Entity], None]) -> Callable[[], None]:
        """Call `watcher` with each record that is put; the returned function stops that."""
        self._watchers.append(watcher)
        return lambda: self._watchers.remove(watcher)

    def listen(self, listener: Callable[[Event], None]) -> None:
        """Call `listener` with each event."""
        self._listeners.append(listener)

    def put(self, entity: Entity) -> None:
        """Keep a new or changed record and tell the watchers."""
        self.load(entity)
        for watcher in tuple(self._watchers):
            watcher(entity)

    def emit(self, name: str, body: dict[str, Any], channel: Channel | None = None) -> None:
        """Tell the listeners what occurred."""
        for listener in tuple(self._listeners):
            listener(Event(name, {"type": name, **body}, channel))

    def load(self, entity: Entity) -> None:
        """Keep a record without telling anybody."""
        match entity:
            case User():
                self.users[entity.id] = entity
            case Usergroup():
                self.usergroups[entity.id] = entity
            case Channel():
                self.channels[entity.id] = entity
            case Message():
                self.messages.setdefault(entity.channel, {})[entity.ts] = entity
                self.timestamps.seen(entity.ts)
            case View(is_open=False):
                self.views.pop(entity.id, None)
            case View():
                self.views[entity.id] = entity
            case File():
                self.files[entity.id] = entity

    def entities(self) -> Iterator[Entity]:
        """Yield every record, in the order in which loading them gives the same workspace."""
        yield from self.users.values()
        yield from self.usergroups.values()
        yield from self.channels.values()
        for messages in self.messages.values():
            yield from messages.values()
        yield from self.views.values()
        yield from self.files.values()

    def now(self) -> int:
        """Return the clock's time in whole seconds."""
        return int(self.clock())

    def user(self, user_id: str) -> User:
        """Return a user, or raise `user_not_found`."""
        if (user := self.users.get(user_id)) is None:
            raise SlackError("user_not_found")
        return user

    def channel(self, channel_id: str, viewer: str) -> Channel:
        """Return a channel that the viewer may know of, or raise `channel_not_found`."""
        channel = self.channels.get(channel_id)
        if channel is None or not visible(channel, viewer):
            raise SlackError("channel_not_found")
        return channel

    def channel_named(self, name: str) -> Channel | None:
        """Return the channel of that name, archived or not."""
        return next((c for c in self.channels.values() if not c.is_direct and c.name == name), None)

    def message(self, channel_id: str, ts: str, viewer: str) -> Message:
        """Return a message that the viewer sees, or raise `message_not_found`."""
        message = self.messages.get(channel_id, {}).get(ts)
        if message is None or message.deleted or message.only_for not in {None, viewer}:
            raise SlackError("message_not_found")
        return message

    def timeline(self, channel_id: str, viewer: str | None = None) -> list[Message]:
        """Return the channel's messages, oldest first; with those only for `viewer` if one is given."""
        shown = {None, viewer}
        found = self.messages.get(channel_id, {}).values()
        return [m for m in found if not m.deleted and m.only_for in shown]

    def direct(self, members: Iterable[str]) -> Channel:
        """Return the direct conversation of these users, made on first use."""
        people = tuple(sorted(set(members)))
        for channel in self.channels.values():
            if channel.is_direct and tuple(sorted(channel.members)) == people:
                return channel
        kind: ChannelKind = "im" if len(people) <= 2 else "mpim"  # noqa: PLR2004 - two people make a direct message
        name = "mpdm-" + "--".join(self.user(p).name for p in people) if kind == "mpim" else ""
        channel_id = self.ids("D" if kind == "im" else "G")
        channel = Channel(channel_id, name, kind, people[0], self.now(), members=people)
        self.put(channel)
        return channel


def visible(channel: Channel, viewer: str) -> bool:
    """Tell whether a user may know that the channel exists."""
    return channel.kind == "public" or viewer in channel.members


def _seed(settings: LocalSlackSettings, now: int) -> Iterator[Entity]:
    app = settings.app
    yield User(SLACKBOT, "slackbot", "Slackbot", is_bot=True, color="6b7280")
    yield User(app.bot_user_id, app.handle, app.name, is_bot=True, color="c0392b", bot_id=app.bot_id)
    for user in settings.users:
        yield User(user.id, user.name, user.real_name, user.email, is_admin=user.is_admin, color=user.color)
    for group in settings.usergroups:
        yield Usergroup(group.id, group.handle, group.name, group.users)
    people = tuple(user.id for user in settings.users)
    for number, name in enumerate(settings.channels, start=1):
        channel_id = f"C0{name.upper().replace('-', '').replace('_', '')[:7]:X<7}{number:02d}"
        yield Channel(channel_id, name, "public", people[0], now, people, is_general=name == "general")
