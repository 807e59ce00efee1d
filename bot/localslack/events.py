"""Turns what occurs in the workspace into Events API deliveries, with Slack's three retries."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from bot.localslack.outgoing import Outgoing
from bot.localslack.workspace import Event, Workspace, visible

MAX_PENDING = 2_000
Sleep = Callable[[float], Awaitable[None]]


def wanted(event: Event, workspace: Workspace) -> bool:
    """Tell whether the app subscribed to an event and may see it: messages need membership."""
    if event.name not in workspace.app.events:
        return False
    if event.channel is None:
        return True
    bot = workspace.app.bot_user_id
    channel = workspace.channels.get(event.channel.id, event.channel)
    if event.name.startswith("message.") or event.name == "app_mention":
        return bot in channel.members
    return visible(channel, bot)


def envelope(event: Event, workspace: Workspace) -> dict[str, Any]:
    """Return the `event_callback` around an event."""
    app, team = workspace.app, workspace.settings.team_id
    body = {"event_ts": workspace.timestamps.next(), **event.body}
    authorization = {"enterprise_id": None, "team_id": team, "user_id": app.bot_user_id, "is_bot": True}
    return {
        "token": app.verification_token,
        "team_id": team,
        "api_app_id": app.app_id,
        "event": body,
        "type": "event_callback",
        "event_id": workspace.ids("Ev"),
        "event_time": workspace.now(),
        "authorizations": [{**authorization, "is_enterprise_install": False}],
        "is_ext_shared_channel": False,
    }


class EventDeliveries:
    """Delivers events side by side, each retried by itself; beyond 2,000 waiting ones it drops the new."""

    def __init__(self, workspace: Workspace, outgoing: Outgoing, sleep: Sleep = asyncio.sleep) -> None:
        self._workspace = workspace
        self._outgoing = outgoing
        self._sleep = sleep
        self._pending: set[asyncio.Task[None]] = set()
        self.dropped = 0
        workspace.listen(self.hear)

    def hear(self, event: Event) -> None:
        """Start delivering an event that the app wants."""
        if not wanted(event, self._workspace):
            return
        if len(self._pending) >= MAX_PENDING:
            self.dropped += 1
            return
        self.start(envelope(event, self._workspace))

    def start(self, payload: dict[str, Any]) -> None:
        """Start delivering an envelope; the same one may be given twice, as Slack does at times."""
        task = asyncio.create_task(self._deliver(payload))
        self._pending.add(task)
        task.add_done_callback(self._pending.discard)

    async def close(self) -> None:
        """Give up on what is still waiting."""
        for task in self._pending:
            task.cancel()
        await asyncio.gather(*self._pending, return_exceptions=True)

    async def _deliver(self, payload: dict[str, Any]) -> None:
        reply = await self._outgoing.deliver("events_api", payload)
        for attempt, delay in enumerate(self._workspace.settings.retry_backoff, start=1):
            if reply.ok or reply.final or reply.outcome == "no_receiver":
                return
            await self._sleep(delay)
            reply = await self._outgoing.deliver("events_api", payload, attempt=attempt, reason=reply.outcome)
