"""The world outside: Kafka, Slack and the pager."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from bot.domain.view import ChannelRef, IncidentView, RunSummary


@dataclass(frozen=True, slots=True)
class OutRecord:
    """One record to produce; `topic` is the contract's name, without the installation's prefix.

    A key of our own is text; that of somebody else's record may be any bytes.
    """

    topic: str
    key: str | bytes
    value: bytes
    headers: tuple[tuple[str, bytes], ...] = ()

    @property
    def key_bytes(self) -> bytes:
        """The key as it is sent."""
        return self.key if isinstance(self.key, bytes) else self.key.encode()


class Publisher(Protocol):
    """The producer's side of Kafka."""

    async def publish(self, records: Sequence[OutRecord], within: float) -> None:
        """Send, and return when the broker has acknowledged all of them.

        Raises:
            BrokerUnavailableError: not all were acknowledged within so many seconds.
        """

    async def check(self) -> None:
        """Make sure that the broker answers.

        Raises:
            BrokerUnavailableError: it does not.
        """


@dataclass(frozen=True, slots=True)
class Message:
    """What to show: `text` is the fallback for notifications, `blocks` are Block Kit as JSON."""

    text: str
    blocks: tuple[Mapping[str, Any], ...] = ()


class Chat(Protocol):
    """Slack, call by call.

    Every method raises RateLimitedError, RemoteUnavailableError (it may have acted), RemoteMisconfiguredError
    (it did nothing: a token or a permission is missing) or RemoteRefusedError. The `detail` of the last two
    is Slack's error name.
    """

    async def create_channel(self, name: str) -> ChannelRef:
        """Create a public channel; `detail` is `name_taken` where there is one."""

    async def find_own_channel(self, name: str, not_before: datetime) -> ChannelRef | None:
        """The channel of that name, if our own bot created it, not before then."""

    async def find_channel(self, name: str) -> str | None:
        """The id of the public channel of that name; None where there is none."""

    async def can_post(self, channel_id: str) -> bool:
        """Whether the channel is there, not archived, and we are in it."""

    async def set_topic(self, channel_id: str, topic: str) -> None:
        """Set the topic (cut to 250 characters)."""

    async def invite(self, channel_id: str, people: Sequence[str]) -> Mapping[str, str]:
        """Invite users (ids or e-mail addresses) and user groups (`@handle` or id).

        Those there already count as invited, and one that cannot be invited does not keep the others out.
        Gives those who could not be, as they were named (members of a group by id), each with the reason.
        """

    async def unknown(self, people: Sequence[str]) -> Mapping[str, str]:
        """Those of them, named as for `invite`, whom nobody is found by, each with the reason."""

    async def post(self, channel_id: str, message: Message, key: str, thread_ts: str | None = None) -> str:
        """Post with `key` in the metadata; gives the message's ts. A channel may also go by `#name` here."""

    async def find_message(
        self, channel_id: str, key: str, not_before: datetime, thread_ts: str | None = None
    ) -> str | None:
        """The ts of our newest message with that key, if there is one (in that thread, if one is named)."""

    async def update(self, channel_id: str, ts: str, message: Message) -> None:
        """Replace what a message shows."""

    async def check(self) -> None:
        """Make sure that the token is accepted."""


class Cards(Protocol):
    """Draws what people see in Slack; pure."""

    def status(self, view: IncidentView) -> Message:
        """The living message at the top of the channel."""

    def suspects(self, view: IncidentView) -> Message:
        """The suspects with their reasons."""

    def run(self, view: IncidentView, run: RunSummary) -> Message:
        """A playbook run: its steps, results, and the buttons that it waits for."""

    def note(self, text: str) -> Message:
        """One sentence."""

    def announcement(self, view: IncidentView) -> Message:
        """What other channels hear when the incident opens."""

    def postmortem(self, view: IncidentView, markdown: str, url: str) -> Message:
        """The draft, with a link to the whole."""

    def topic(self, view: IncidentView) -> str:
        """The channel's topic."""


class Pager(Protocol):
    """The generic signed webhook that wakes somebody."""

    async def page(self, body: Mapping[str, Any], key: str) -> None:
        """Send it, with `key` as the Idempotency-Key.

        Raises:
            RemoteUnavailableError: it did not answer, or with a server error.
            RemoteRefusedError: it answered with a client error.
        """
