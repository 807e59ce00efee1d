"""One call of a method: its arguments, whatever form they came in, and what the handler may touch."""

import json
from dataclasses import dataclass
from typing import Any

from bot.localslack.errors import SlackError, invalid
from bot.localslack.limits import Rate, RateLimiter
from bot.localslack.model import Channel, Message
from bot.localslack.triggers import Triggers
from bot.localslack.workspace import Workspace

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Call:
    """A call by the app's bot. `base_url` is the address under which the caller reached this server."""

    workspace: Workspace
    triggers: Triggers
    limiter: RateLimiter
    args: Json
    base_url: str
    open_socket: Any = None

    @property
    def bot(self) -> str:
        """Return the id of the calling bot user."""
        return self.workspace.app.bot_user_id

    def text(self, name: str, default: str = "") -> str:
        """Return an argument as text."""
        value = self.args.get(name)
        return default if value is None else str(value)

    def flag(self, name: str, *, default: bool = False) -> bool:
        """Return an argument as a truth value: `true`, `1` and `True` are true."""
        value = self.args.get(name)
        return default if value is None else str(value).lower() in {"1", "true"}

    def number(self, name: str, default: int, error: str = "invalid_arguments") -> int:
        """Return an argument as a whole number."""
        try:
            return int(self.args.get(name) or default)
        except (TypeError, ValueError):
            raise SlackError(error) from None

    def json(self, name: str, error: str) -> Any:
        """Return a structured argument, which a form carries as JSON; raise `error` if it is not."""
        value = self.args.get(name)
        if not isinstance(value, str):
            return value
        if not value:
            return None
        try:
            return json.loads(value)
        except ValueError:
            problem = f"must be valid JSON [json-pointer:/{name}]"
            raise (invalid(error, [problem]) if error == "invalid_arguments" else SlackError(error)) from None

    def names(self, name: str) -> list[str]:
        """Return a comma-separated argument, or a JSON list, as a list."""
        value = self.args.get(name)
        parts = value if isinstance(value, list) else str(value or "").split(",")
        return [str(part).strip() for part in parts if str(part).strip()]

    def channel(self, name: str = "channel") -> Channel:
        """Return the channel that an argument names, as far as the bot may know of it."""
        return self.workspace.channel(self.text(name), self.bot)

    def message(self, channel: Channel, name: str) -> Message:
        """Return the message that an argument names."""
        return self.workspace.message(channel.id, self.text(name), self.bot)

    def limit(self, key: str, rate: Rate) -> None:
        """Take one from a bucket, or raise `ratelimited` with the seconds to wait."""
        wait = self.limiter.take(key, rate)
        if wait is not None:
            raise RateLimitedError(wait)


class RateLimitedError(SlackError):
    """Too many calls; `retry_after` is in seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__("ratelimited")
        self.retry_after = retry_after
