"""A channel of the local Slack as people see it: what is in it, and what they do there."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.support.waiting import NeverHappenedError, eventually

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from tests.harness.workspace import Hand

Json = dict[str, Any]
WITHIN_S = 20.0


@dataclass(frozen=True, slots=True)
class Button:
    """A button of a message."""

    label: str
    block_id: str
    action_id: str
    value: str
    confirm: Json | None


@dataclass(frozen=True, slots=True)
class Message:
    """A message as its readers see it."""

    ts: str
    user: str
    words: str
    buttons: tuple[Button, ...] = ()
    only_for: str | None = None
    subtype: str = ""
    edited: bool = False
    raw: Json = field(default_factory=dict, repr=False)

    def button(self, label: str) -> Button:
        """The button with this label.

        Raises:
            LookupError: there is none.
        """
        for one in self.buttons:
            if one.label == label:
                return one
        raise LookupError(f"no button {label!r} among {[one.label for one in self.buttons]}:\n{self.words}")


def read_message(raw: Json) -> Message:
    """Read a message of the local Slack."""
    return Message(
        ts=raw["ts"],
        user=raw["user"],
        words="\n".join(texts(raw["blocks"])) if raw.get("blocks") else raw.get("text", ""),
        buttons=tuple(_buttons(raw.get("blocks", ()))),
        only_for=raw.get("only_for"),
        subtype=raw.get("subtype", ""),
        edited=bool(raw.get("edited")),
        raw=raw,
    )


def texts(value: Any) -> Iterator[str]:
    """Every text in Block Kit, in order."""
    if isinstance(value, dict):
        if isinstance(value.get("text"), str):
            yield value["text"]
        for name, part in value.items():
            if name != "confirm":
                yield from texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from texts(part)


def _buttons(blocks: Any) -> Iterator[Button]:
    for block in blocks:
        for element in block.get("elements", ()) if block["type"] == "actions" else ():
            yield Button(
                element["text"]["text"],
                block["block_id"],
                element["action_id"],
                element.get("value", ""),
                element.get("confirm"),
            )


@dataclass(frozen=True, slots=True)
class Channel:
    """One channel; people are named as in `ada`."""

    id: str
    name: str
    hand: Hand

    async def messages(self, as_: str = "ada") -> list[Message]:
        """Its messages as one person sees them, oldest first."""
        seen = await self.hand.see(f"channels/{self.id}/messages", user=as_)
        return [read_message(raw) for raw in seen["messages"] if not raw.get("deleted")]

    async def posts(self) -> list[Message]:
        """What was written, without joins and topics."""
        return [message for message in await self.messages() if not message.subtype]

    async def expect(self, *wanted: str, as_: str = "ada", within: float = WITHIN_S) -> Message:
        """Wait until one message holds all of the texts, and give the latest that does."""

        async def found() -> Message | None:
            every = await self.messages(as_)
            return next((m for m in reversed(every) if all(text in m.words for text in wanted)), None)

        what = f"a message with {' and '.join(map(repr, wanted))}"
        message: Message = await self._until(found, within, what, as_)
        return message

    async def expect_card(self, within: float = WITHIN_S) -> Message:
        """Wait for the incident's living message."""
        return await self.expect("Why it opened", within=within)

    async def expect_topic(self, *wanted: str) -> str:
        """Wait until the topic holds all of the texts."""

        async def found() -> str:
            topic: str = (await self.state())["topic"]["value"]
            return topic if all(text in topic for text in wanted) else ""

        what = f"a topic with {' and '.join(map(repr, wanted))}"
        topic: str = await self._until(found, WITHIN_S, what)
        return topic

    async def expect_members(self, *people: str) -> None:
        """Wait until these people are in it."""

        async def there() -> bool:
            state = await self.hand.see("state")
            names = {user["id"]: user["name"] for user in state["users"]}
            members = (await self.state())["members"]
            return set(people) <= {names.get(member, member) for member in members}

        await self._until(there, WITHIN_S, f"members {', '.join(people)}")

    async def state(self) -> Json:
        """Its record: topic, members, whether it is archived."""
        for one in (await self.hand.see("state"))["channels"]:
            if one["id"] == self.id:
                return dict(one)
        raise LookupError(f"#{self.name} is not there")

    async def click(self, label: str, *, as_: str, within: float = WITHIN_S) -> Message:
        """Wait for a button, press it, and give the message that held it."""

        async def found() -> Message | None:
            every = await self.messages(as_)
            return next((m for m in reversed(every) if any(b.label == label for b in m.buttons)), None)

        message: Message = await self._until(found, within, f"a button {label!r}", as_)
        await self.press(message, message.button(label), as_=as_)
        return message

    async def press(self, message: Message, button: Button, *, as_: str) -> None:
        """Press a button that was seen, whether it is still there or not."""
        await self.hand.do(
            "actions",
            user=as_,
            channel=self.id,
            ts=message.ts,
            block_id=button.block_id,
            action_id=button.action_id,
            value=button.value,
        )

    async def describe(self, as_: str = "ada") -> str:
        """What it shows, for a failure's message."""
        lines = [f"#{self.name} shows:"]
        for message in await self.messages(as_):
            labels = "".join(f" [{button.label}]" for button in message.buttons)
            lines.append("  | " + message.words.replace("\n", "\n  |   ") + labels)
        return "\n".join(lines)

    async def _until(
        self, condition: Callable[[], Awaitable[Any]], within: float, what: str, as_: str = "ada"
    ) -> Any:
        try:
            return await eventually(condition, within=within, what=f"{what} in #{self.name}")
        except NeverHappenedError as error:
            raise NeverHappenedError(f"{error}\n{await self.describe(as_)}") from None
