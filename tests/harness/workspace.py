"""The local Slack of a story: its server, and a hand on what people and tests can do there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from bot.localslack.server import start
from bot.localslack.settings import AppSettings, LocalSlackSettings
from bot.slack.listeners.events import EVENTS
from bot.slack.manifest import SCOPES

if TYPE_CHECKING:
    import aiohttp

    from bot.localslack.server import RunningLocalSlack
    from tests.harness.background import Background

Json = dict[str, Any]


class LocalSlack:
    """A workspace with our app as its manifest says: its scopes and its events.

    Rate tiers are off until a story wants them.
    """

    def __init__(self, background: Background, settings: LocalSlackSettings | None = None) -> None:
        self._background = background
        chosen = settings or LocalSlackSettings(
            rate_limits=False,
            # At Slack these are three seconds; a busy machine is no reason to fail.
            ack_timeout=10,
            trigger_lifetime=15,
            app=AppSettings(scopes=SCOPES, events=EVENTS),
        )
        self._running: RunningLocalSlack = background.run(start(chosen))
        self.app = chosen.app
        self.url = self._running.url
        self.api_url = self._running.api_url

    def send_to(self, request_url: str | None) -> None:
        """Deliver events, clicks and commands to this address; with None over Socket Mode alone."""
        self._running.send_to(request_url)

    def close(self) -> None:
        """End the server."""
        self._background.run(self._running.stop())


class RefusedError(AssertionError):
    """The local Slack refused what a person wanted to do."""


class Hand:
    """The control API of a local Slack."""

    def __init__(self, url: str, session: aiohttp.ClientSession) -> None:
        self.url = url
        self._session = session

    @classmethod
    def on(cls, slack: LocalSlack, session: aiohttp.ClientSession) -> Self:
        """A hand on this workspace."""
        return cls(slack.url, session)

    async def see(self, path: str, **query: str) -> Json:
        """Read something.

        Raises:
            RefusedError: with Slack's error.
        """
        async with self._session.get(f"{self.url}local/{path}", params=query) as response:
            return _accepted(path, await response.json())

    async def do(self, path: str, **body: Any) -> Json:
        """Do something as a person.

        Raises:
            RefusedError: with Slack's error.
        """
        async with self._session.post(f"{self.url}local/{path}", json=body) as response:
            return _accepted(path, await response.json())

    async def try_to(self, path: str, **body: Any) -> Json:
        """Do something that may be refused, and give the whole answer."""
        async with self._session.post(f"{self.url}local/{path}", json=body) as response:
            return dict(await response.json())

    async def calls(self, method: str = "", since: int = 0) -> list[Json]:
        """The Web API calls that were made, oldest first; `since` is the number of an earlier one."""
        query = {"since": str(since), **({"method": method} if method else {})}
        return list((await self.see("calls", **query))["calls"])

    async def fail(self, method: str, kind: str, **how: Any) -> None:
        """Let the next calls of a method go wrong: `error`, `ratelimited`, `unavailable`, `cut` or `hang`."""
        await self.do("faults", method=method, kind=kind, **how)

    async def heal(self) -> None:
        """Forget every planned fault."""
        async with self._session.delete(f"{self.url}local/faults") as response:
            _accepted("faults", await response.json())


def _accepted(path: str, answer: Json) -> Json:
    if not answer.get("ok"):
        told = {key: value for key, value in answer.items() if key != "ok"}
        raise RefusedError(f"{path}: the local Slack refused: {told}")
    return answer
