"""One sentence in the channel."""

from __future__ import annotations

from bot.app.ports import Message
from bot.slack import blocks


def note(text: str) -> Message:
    """The sentence, shown literally."""
    shown = blocks.escape(blocks.paragraph(text), blocks.SECTION)
    return Message(blocks.fallback(text), (blocks.section(shown),))
