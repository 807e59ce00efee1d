"""The control API under `/local/`: what the page, or a test, does as a person. JSON in, JSON out.

Every answer holds `ok`; a refusal is `{"ok": false, "error": name}` with status 200, as in Slack's own API; a
body that cannot be read is status 400. `user` is a user's id or name, and the first user if it is left out.
A channel is named by its id or its name.

    GET  /local/state?user=                     team, app, you, users, usergroups, channels
    GET  /local/stream?user=                    server-sent events: {"kind", "value"} for each changed record
    GET  /local/channels/{channel}/messages?user=&thread_ts=    {"messages": [...]}, ephemeral too
    GET  /local/views?user=                     {"stack": [modal, ...], "home": view or null}
    POST /local/messages                        Say -> {"ts", "channel"}
    POST /local/commands                        Command
    POST /local/actions                         Act
    POST /local/options                         Act -> {"options": [...]}
    POST /local/views/{view}/submit             Submit -> errors by block id if refused
    POST /local/views/{view}/close              Close
    POST /local/home                            {"user"}: open the home tab
    POST /local/shortcuts                       UseShortcut
    POST /local/reactions                       React
    POST /local/messages/{edit|delete|pin|unpin}    OnMessage
    POST /local/channels                        NewChannel -> {"channel": {...}}
    POST /local/channels/{channel}/{join|leave|invite|kick|archive|unarchive|topic}    Membership
    POST /local/direct                          Direct -> {"channel": {...}}
    POST /local/read                            Read

The shapes of the bodies are the classes in `bot.localslack.requests`; what tests do behind the scenes (calls,
faults, reset) is in `bot.localslack.backstage`.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from aiohttp import web
from pydantic import BaseModel

from bot.localslack import channels, messages, modals, present, requests
from bot.localslack.door import guarded
from bot.localslack.errors import SlackError
from bot.localslack.messages import Draft
from bot.localslack.model import Channel, Message, View
from bot.localslack.people import People, Target
from bot.localslack.stream import channel_state, message_state, serve
from bot.localslack.workspace import Workspace, visible

Json = dict[str, Any]
Body = TypeVar("Body", bound=BaseModel)


class Control:
    """The handlers; each finds who and where, calls one act, and says what came of it."""

    def __init__(self, workspace: Workspace, people: People) -> None:
        self._workspace = workspace
        self._people = people
        self.closing = asyncio.Event()

    def add_routes(self, app: web.Application) -> None:
        """Add the routes that are listed above."""
        guard = guarded(self._workspace.settings)
        app.router.add_get("/local/stream", guard(self._stream))
        reads: dict[str, Callable[[web.Request], Json]] = {
            "state": self._state,
            "channels/{channel}/messages": self._messages,
            "views": self._views,
        }
        for path, read in reads.items():
            app.router.add_get(f"/local/{path}", guard(_reading(read)))
        for path, (shape, act) in self._acts().items():
            app.router.add_post(f"/local/{path}", guard(_acting(shape, act)))

    def _acts(self) -> dict[str, tuple[type[Any], Callable[[web.Request, Any], Awaitable[Json]]]]:
        return {
            "messages": (requests.Say, self._say),
            "commands": (requests.Command, self._command),
            "actions": (requests.Act, self._act),
            "options": (requests.Act, self._options),
            "views/{view}/submit": (requests.Submit, self._submit),
            "views/{view}/close": (requests.Close, self._close),
            "home": (requests.Submit, self._home),
            "shortcuts": (requests.UseShortcut, self._shortcut),
            "reactions": (requests.React, self._react),
            "messages/{verb}": (requests.OnMessage, self._on_message),
            "channels": (requests.NewChannel, self._new_channel),
            "channels/{channel}/{verb}": (requests.Membership, self._membership),
            "direct": (requests.Direct, self._direct),
            "read": (requests.Read, self._read),
        }

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        return await serve(request, self._workspace, self._user(request.query.get("user", "")), self.closing)

    def _state(self, request: web.Request) -> Json:
        ws, viewer = self._workspace, self._user(request.query.get("user", ""))
        app = ws.app
        return {
            "team": {"id": ws.settings.team_id, "name": ws.settings.team_name},
            "you": viewer,
            "app": {
                "id": app.app_id,
                "name": app.name,
                "bot_user": app.bot_user_id,
                "commands": [command.model_dump() for command in app.commands],
                "shortcuts": [shortcut.model_dump() for shortcut in app.shortcuts],
            },
            "users": [present.user_json(ws, user) for user in ws.users.values()],
            "usergroups": [present.usergroup_json(ws, group) for group in ws.usergroups.values()],
            "channels": [channel_state(ws, c, viewer) for c in ws.channels.values() if visible(c, viewer)],
        }

    def _messages(self, request: web.Request) -> Json:
        viewer = self._user(request.query.get("user", ""))
        channel = self._channel(request.match_info["channel"], viewer)
        found = self._workspace.timeline(channel.id, viewer)
        if root := request.query.get("thread_ts"):
            found = [m for m in found if root in {m.ts, m.thread_ts}]
        return {"channel": channel.id, "messages": [message_state(self._workspace, m) for m in found]}

    def _views(self, request: web.Request) -> Json:
        viewer = self._user(request.query.get("user", ""))
        shown = modals.home(self._workspace, viewer)
        stack = [present.view_json(self._workspace, view) for view in modals.stack(self._workspace, viewer)]
        return {"stack": stack, "home": present.view_json(self._workspace, shown) if shown else None}

    async def _say(self, _request: web.Request, body: requests.Say) -> Json:
        user, channel = self._place(body.user, body.channel)
        if user not in channel.members:
            raise SlackError("not_in_channel")
        if not body.text.strip():
            raise SlackError("no_text")
        message = messages.post(self._workspace, user, channel, Draft(body.text, thread_ts=body.thread_ts))
        return {"ts": message.ts, "channel": channel.id}

    async def _command(self, _request: web.Request, body: requests.Command) -> Json:
        user, channel = self._place(body.user, body.channel)
        return await self._people.command(user, channel, body.text.strip(), body.thread_ts)

    async def _act(self, _request: web.Request, body: requests.Act) -> Json:
        user, place = self._acted_on(body)
        return await self._people.act(
            user, place, Target(body.action_id, body.label, body.block_id), body.value
        )

    async def _options(self, _request: web.Request, body: requests.Act) -> Json:
        user, place = self._acted_on(body)
        return await self._people.options(
            user, place, Target(body.action_id, body.label, body.block_id), str(body.value or "")
        )

    async def _submit(self, request: web.Request, body: requests.Submit) -> Json:
        user = self._user(body.user)
        return await self._people.submit(user, self._view(request, user), body.values)

    async def _close(self, request: web.Request, body: requests.Close) -> Json:
        user = self._user(body.user)
        return await self._people.close(user, self._view(request, user), every=body.all)

    async def _home(self, _request: web.Request, body: requests.Submit) -> Json:
        return self._people.open_home(self._user(body.user))

    async def _shortcut(self, _request: web.Request, body: requests.UseShortcut) -> Json:
        user = self._user(body.user)
        message = self._message(body.user, body.channel, body.ts)[1] if body.channel and body.ts else None
        return await self._people.shortcut(user, body.callback_id, message)

    async def _react(self, _request: web.Request, body: requests.React) -> Json:
        user, message = self._message(body.user, body.channel, body.ts)
        act = messages.unreact if body.remove else messages.react
        act(self._workspace, user, message, body.name)
        return {}

    async def _on_message(self, request: web.Request, body: requests.OnMessage) -> Json:
        user, message = self._message(body.user, body.channel, body.ts)
        channel = self._workspace.channels[message.channel]
        match request.match_info["verb"]:
            case "pin":
                messages.pin(self._workspace, user, channel, message)
            case "unpin":
                messages.unpin(self._workspace, user, channel, message)
            case "delete" if user in {message.user, message.only_for}:
                messages.delete(self._workspace, channel, message)
            case "edit" if message.user == user:
                messages.update(self._workspace, user, channel, message, Draft(body.text))
            case _:
                raise SlackError("cant_update_message")
        return {}

    async def _new_channel(self, _request: web.Request, body: requests.NewChannel) -> Json:
        user = self._user(body.user)
        channel = channels.create(self._workspace, user, body.name, private=body.private)
        return {"channel": channel_state(self._workspace, channel, user)}

    async def _membership(self, request: web.Request, body: requests.Membership) -> Json:
        ws = self._workspace
        user, channel = self._place(body.user, request.match_info["channel"])
        others = [self._user(other) for other in body.users]
        match request.match_info["verb"]:
            case "join":
                channels.join(ws, user, channel)
            case "leave":
                channels.leave(ws, user, channel)
            case "invite":
                channels.invite(ws, user, channel, others)
            case "kick":
                for other in others:
                    channels.kick(ws, user, ws.channels[channel.id], other)
            case "archive":
                channels.archive(ws, user, channel)
            case "unarchive":
                channels.unarchive(ws, user, channel)
            case "topic":
                channels.set_topic(ws, user, channel, body.text)
            case _:
                raise web.HTTPNotFound
        return {"channel": channel_state(ws, ws.channels[channel.id], user)}

    async def _direct(self, _request: web.Request, body: requests.Direct) -> Json:
        user = self._user(body.user)
        channel = self._workspace.direct([user, *(self._user(other) for other in body.users)])
        return {"channel": channel_state(self._workspace, channel, user)}

    async def _read(self, _request: web.Request, body: requests.Read) -> Json:
        user, channel = self._place(body.user, body.channel)
        channels.mark_read(self._workspace, user, channel, body.ts)
        return {}

    def _user(self, given: str) -> str:
        """Return the id behind an id or a name; the first seeded user if none is given."""
        if not given:
            return self._workspace.settings.users[0].id
        if given in self._workspace.users:
            return given
        named = (user.id for user in self._workspace.users.values() if user.name == given.removeprefix("@"))
        if (found := next(named, None)) is None:
            raise SlackError("user_not_found")
        return found

    def _channel(self, given: str, viewer: str) -> Channel:
        named = self._workspace.channel_named(given.removeprefix("#"))
        return self._workspace.channel(named.id if named else given, viewer)

    def _place(self, user: str, channel: str) -> tuple[str, Channel]:
        found = self._user(user)
        return found, self._channel(channel, found)

    def _message(self, user: str, channel: str, ts: str) -> tuple[str, Message]:
        viewer, place = self._place(user, channel)
        return viewer, self._workspace.message(place.id, ts, viewer)

    def _acted_on(self, body: requests.Act) -> tuple[str, Message | View]:
        user = self._user(body.user)
        if body.view_id:
            view = modals.find(self._workspace, body.view_id)
            if view.user != user:
                raise SlackError("not_found")
            return user, view
        return self._message(body.user, body.channel or "", body.ts or "")

    def _view(self, request: web.Request, user: str) -> View:
        view = modals.find(self._workspace, request.match_info["view"])
        if view.user != user:
            raise SlackError("not_found")
        return view


def _reading(read: Callable[[web.Request], Json]) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def handler(request: web.Request) -> web.StreamResponse:
        return web.json_response({"ok": True, **read(request)})

    return handler


def _acting(
    shape: type[Body], act: Callable[[web.Request, Body], Awaitable[Json]]
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def handler(request: web.Request) -> web.StreamResponse:
        body = shape.model_validate_json(await request.read() or b"{}")
        return web.json_response({"ok": True, **await act(request, body)})

    return handler
