"""`response_url`: the address at which an app may answer an interaction, five times within thirty minutes."""

import json
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from bot.localslack import messages
from bot.localslack.blockkit.payloads import check_attachments, check_message_blocks
from bot.localslack.errors import SlackError
from bot.localslack.messages import Draft
from bot.localslack.model import Message
from bot.localslack.workspace import Workspace

MAX_USES = 5
LIFETIME = 30 * 60
_KEPT = 5_000
Json = dict[str, Any]


@dataclass(slots=True)
class _Place:
    channel: str
    user: str
    ts: str | None
    given: float
    uses: int = 0


class ResponseUrls:
    """The addresses that were given out, and what may still be done with them."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._places: dict[str, _Place] = {}

    def new(self, base_url: str, channel: str, user: str, ts: str | None = None) -> str:
        """Return an address for what a user did in a channel, on the message `ts` if on one."""
        key = self._workspace.ids("r")
        self._places[key] = _Place(channel, user, ts, self._workspace.clock())
        while len(self._places) > _KEPT:
            del self._places[next(iter(self._places))]
        return f"{base_url}/response/{self._workspace.settings.team_id}/{key}"

    async def handle(self, request: web.Request) -> web.Response:
        """Take an answer that is posted to an address."""
        place = self._places.get(request.match_info["key"])
        if place is None:
            return web.Response(status=404, text="no_such_url")
        if self._workspace.clock() - place.given > LIFETIME or place.uses >= MAX_USES:
            return web.Response(status=404, text="used_url" if place.uses >= MAX_USES else "expired_url")
        try:
            body = json.loads(await request.text())
        except ValueError:
            return web.Response(status=400, text="invalid_payload")
        place.uses += 1
        try:
            answer(self._workspace, place.channel, place.user, body, place.ts)
        except SlackError as error:
            return web.json_response(error.body(), status=500 if error.error == "no_text" else 400)
        return web.Response(text="ok")


def answer(
    workspace: Workspace, channel_id: str, user: str, body: Any, ts: str | None = None
) -> Message | None:
    """Do what an answer says: post to the channel or to the user alone, or replace or delete the message."""
    body = body if isinstance(body, dict) else {"text": str(body)}
    channel = workspace.channels[channel_id]
    original = workspace.messages.get(channel_id, {}).get(ts or "")
    if original is not None and not original.deleted:
        if body.get("delete_original"):
            messages.delete(workspace, channel, original)
            return None
        if body.get("replace_original"):
            return messages.update(workspace, workspace.app.bot_user_id, channel, original, _draft(body))
    only_for = None if body.get("response_type") == "in_channel" else user
    return messages.post(workspace, workspace.app.bot_user_id, channel, _draft(body), only_for=only_for)


def _draft(body: Json) -> Draft:
    draft = Draft(
        text=str(body.get("text") or ""),
        blocks=check_message_blocks(body.get("blocks")),
        attachments=check_attachments(body.get("attachments")),
        thread_ts=body.get("thread_ts"),
    )
    if not (draft.text or draft.blocks or draft.attachments):
        raise SlackError("no_text")
    return draft
