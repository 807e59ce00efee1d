"""What a person does in Slack that reaches the app: commands, clicks, modals, shortcuts, the home tab."""

from dataclasses import dataclass, replace
from typing import Any

from bot.localslack import messages, modals, payloads
from bot.localslack.blockkit.payloads import check_view
from bot.localslack.errors import SlackError
from bot.localslack.messages import Draft
from bot.localslack.model import Channel, Message, View
from bot.localslack.outgoing import Outgoing, Reply
from bot.localslack.payloads import Json
from bot.localslack.present import view_json
from bot.localslack.responses import ResponseUrls, answer
from bot.localslack.state_values import BUTTONS, build_state, element_state, options_of
from bot.localslack.triggers import Triggers
from bot.localslack.workspace import SLACKBOT, Workspace

TROUBLE = "We had some trouble connecting. Try again?"


@dataclass(frozen=True, slots=True)
class Target:
    """Which element of a message or view is meant: by its action id or its label, in one block if named."""

    action_id: str | None
    label: str | None = None
    block_id: str | None = None

    def fits(self, block: Json, element: Json) -> bool:
        """Tell whether this element of that block is meant."""
        if self.block_id not in {None, block.get("block_id")}:
            return False
        text = element.get("text")
        labelled = isinstance(text, dict) and self.label is not None and text["text"] == self.label
        return labelled or (self.action_id is not None and element.get("action_id") == self.action_id)


class People:
    """Acts of the workspace's people; each returns what their client would show, or raises SlackError."""

    def __init__(
        self, workspace: Workspace, outgoing: Outgoing, triggers: Triggers, responses: ResponseUrls
    ) -> None:
        self._workspace = workspace
        self._outgoing = outgoing
        self._triggers = triggers
        self._responses = responses
        self.base_url = ""

    async def command(self, user: str, channel: Channel, line: str, thread_ts: str | None = None) -> Json:
        """Run a slash command; a failure is told to the user by Slackbot, as at Slack."""
        name, _, text = line.partition(" ")
        if name not in {command.command for command in self._workspace.app.commands}:
            self._whisper(user, channel, f"{name} is not a valid command. Use one that an app here owns.")
            return {"ok": False, "error": "unknown_command"}
        body = payloads.command(self._workspace, user, channel, name, text.strip())
        body |= {
            "response_url": self._responses.new(self.base_url, channel.id, user),
            "trigger_id": self._triggers.new(user),
        }
        if thread_ts:
            body["thread_ts"] = thread_ts
        reply = await self._outgoing.deliver("slash_commands", body)
        if not reply.ok:
            error = _failure(reply)
            self._whisper(user, channel, f'{name} failed with the error "{error}"')
            return {"ok": False, "error": error}
        if reply.body:
            answer(self._workspace, channel.id, user, reply.body)
        return {"ok": True}

    async def act(self, user: str, place: Message | View, target: Target, value: Any) -> Json:
        """Click or change one element of a message or a view."""
        blocks = _blocks(place)
        block, element = _find(blocks, target, value)
        action = _action(block, element, value, self._workspace.timestamps.next())
        body = payloads.base(self._workspace, "block_actions", user)
        if isinstance(place, Message):
            channel = self._workspace.channels[place.channel]
            body |= payloads.on_message(self._workspace, channel, place)
            body["response_url"] = self._responses.new(self.base_url, channel.id, user, place.ts)
            body["state"] = {"values": build_state(blocks, {})[0]}
        else:
            body |= payloads.on_view(self._workspace, self._remember(place, block, element, value))
        body |= {"trigger_id": self._triggers.new(user), "actions": [action]}
        return self._outcome(await self._outgoing.deliver("interactive", body))

    async def options(self, user: str, place: Message | View, target: Target, value: str) -> Json:
        """Ask the app for the options of an external select, for what the user has typed."""
        block, element = _find(_blocks(place), target, None)
        body = payloads.base(self._workspace, "block_suggestion", user)
        body |= {"action_id": element["action_id"], "block_id": block["block_id"], "value": value}
        if isinstance(place, Message):
            body |= payloads.on_message(self._workspace, self._workspace.channels[place.channel], place)
        else:
            body |= payloads.on_view(self._workspace, place)
        reply = await self._outgoing.deliver("interactive", body)
        if not reply.ok or not isinstance(reply.body, dict):
            return {"ok": False, "error": _failure(reply)}
        return {"ok": True, "options": options_of(reply.body)}

    async def submit(self, user: str, view: View, given: Json) -> Json:
        """Submit a modal; `errors` maps block ids to what is wrong with them."""
        values, errors = build_state(view.payload["blocks"], given, view.values)
        if errors:
            return {"ok": False, "error": "invalid_input", "errors": errors}
        view = replace(view, values=values)
        self._workspace.put(view)
        body = payloads.base(self._workspace, "view_submission", user)
        body |= {
            **payloads.on_view(self._workspace, view),
            "trigger_id": self._triggers.new(user),
            "response_urls": [],
        }
        del body["container"]
        reply = await self._outgoing.deliver("interactive", body)
        if not reply.ok:
            return {"ok": False, "error": _failure(reply), "message": TROUBLE}
        return self._after_submission(user, view, reply.body)

    async def close(self, user: str, view: View, *, every: bool) -> Json:
        """Close a modal, or all; the app hears of it if it asked to."""
        opened = modals.stack(self._workspace, user) if every else [view]
        for one in reversed(opened):
            modals.close(self._workspace, one)
            if one.payload.get("notify_on_close"):
                body = payloads.base(self._workspace, "view_closed", user)
                body |= {"view": view_json(self._workspace, one), "is_cleared": every}
                await self._outgoing.deliver("interactive", body)
        return {"ok": True}

    async def shortcut(self, user: str, callback_id: str, message: Message | None) -> Json:
        """Use a shortcut, on a message if it is of that kind."""
        kinds = {shortcut.callback_id: shortcut.kind for shortcut in self._workspace.app.shortcuts}
        if callback_id not in kinds:
            raise SlackError("unknown_shortcut")
        body = payloads.base(self._workspace, "shortcut", user) | {"callback_id": callback_id}
        body |= {"trigger_id": self._triggers.new(user), "action_ts": self._workspace.timestamps.next()}
        if kinds[callback_id] == "message":
            if message is None:
                raise SlackError("message_not_found")
            place = payloads.on_message(self._workspace, self._workspace.channels[message.channel], message)
            url = self._responses.new(self.base_url, message.channel, user, message.ts)
            body |= {**place, "type": "message_action", "response_url": url, "message_ts": message.ts}
        return self._outcome(await self._outgoing.deliver("interactive", body))

    def open_home(self, user: str) -> Json:
        """Open the app's home tab."""
        channel = self._workspace.direct([user, self._workspace.app.bot_user_id])
        event: Json = {"user": user, "channel": channel.id, "tab": "home"}
        shown = modals.home(self._workspace, user)
        if shown:
            event["view"] = view_json(self._workspace, shown)
        self._workspace.emit("app_home_opened", event)
        return {"ok": True}

    def _after_submission(self, user: str, view: View, body: Any) -> Json:
        body = body if isinstance(body, dict) else {}
        match body.get("response_action"):
            case "errors":
                return {"ok": False, "error": "invalid_input", "errors": body.get("errors", {})}
            case "update":
                modals.update_view(self._workspace, view, check_view(body.get("view"), "modal"))
            case "push":
                modals.push_modal(self._workspace, user, check_view(body.get("view"), "modal"))
            case "clear":
                modals.close_all(self._workspace, user)
            case _ if view.payload.get("clear_on_close"):
                modals.close_all(self._workspace, user)
            case _:
                self._close_unless_updated(view)
        return {"ok": True}

    def _close_unless_updated(self, view: View) -> None:
        """Close a submitted view, which the app may have closed already."""
        current = self._workspace.views.get(view.id)
        if current is not None:
            modals.close(self._workspace, current)

    def _remember(self, view: View, block: Json, element: Json, value: Any) -> View:
        """Keep a changed element's value in the view's state."""
        if element["type"] in BUTTONS | {"overflow"}:
            return view
        state = {element["action_id"]: element_state(element, value)}
        values = {**view.values, block["block_id"]: {**view.values.get(block["block_id"], {}), **state}}
        changed = replace(view, values=values)
        self._workspace.put(changed)
        return changed

    def _whisper(self, user: str, channel: Channel, text: str) -> None:
        messages.post(self._workspace, SLACKBOT, channel, Draft(text), only_for=user)

    def _outcome(self, reply: Reply) -> Json:
        return {"ok": True} if reply.ok else {"ok": False, "error": _failure(reply), "message": TROUBLE}


def _failure(reply: Reply) -> str:
    return "operation_timeout" if reply.outcome == "http_timeout" else "dispatch_failed"


def _blocks(place: Message | View) -> list[Json]:
    if isinstance(place, View):
        return list(place.payload["blocks"])
    return [*place.blocks, *(block for a in place.attachments for block in a.get("blocks", []))]


def _find(blocks: list[Json], target: Target, value: Any) -> tuple[Json, Json]:
    """Return the element that an act is about, and its block; a button's value chooses among several."""
    found = []
    for block in blocks:
        elements = [block.get("accessory"), block.get("element"), *block.get("elements", [])]
        found += [(block, e) for e in elements if isinstance(e, dict) and target.fits(block, e)]
    if not found:
        raise SlackError("action_not_found")
    exact = [(block, e) for block, e in found if value is not None and e.get("value") == value]
    return (exact or found)[0]


def _action(block: Json, element: Json, value: Any, now: str) -> Json:
    kind = element["type"]
    action: Json = {
        "type": kind,
        "action_id": element["action_id"],
        "block_id": block["block_id"],
        "action_ts": now,
    }
    if kind in BUTTONS:
        action |= {key: element[key] for key in ("text", "value", "style", "url") if key in element}
    else:
        action |= element_state(element, value)
    return action
