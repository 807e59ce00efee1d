"""Silences in Slack: ask for one, see which there are, end one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from bot.app.ports import Message
from bot.domain.errors import InvalidInputError, NotFoundError
from bot.slack import blocks
from bot.slack.blocks import Markup
from bot.slack.listeners import answers, silence_window
from bot.slack.listeners.grammar import read_silence
from bot.slack.payloads import actor, channel_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.domain.quieting import Quiet
    from bot.slack.listeners.desk import Desk

SHOWN: Final = 15
_A_SECTION: Final = 3


async def command(desk: Desk, body: Mapping[str, Any], verb: str, rest: str) -> Message | None:
    """Do what one of the three verbs asks for; a window that opens is the answer itself."""
    if verb == "unsilence":
        quiet = await desk.deps.end_silence(await _meant(desk, rest), actor(body))
        return answers.plain(f"{quiet} is no longer silenced. What still fires of it counts again.")
    if verb == "silences" or rest.lower() == "list":
        return silence_list(await desk.deps.silences())
    channel = channel_of(body)
    incident = await desk.deps.incident_of_channel(channel) if channel else None
    if not rest:
        await silence_window.show(desk, body, incident)
        return None
    wanted = read_silence(rest)
    quiet = await desk.deps.silence(wanted.matchers, wanted.length, actor(body), wanted.comment, incident)
    return answers.silenced(quiet)


def silence_list(quiets: list[Quiet]) -> Message:
    """What is kept quiet, the first to end first."""
    if not quiets:
        return answers.plain("Nothing is silenced.")
    lines = [_line(quiet) for quiet in quiets[:SHOWN]]
    drawn = [
        blocks.section(blocks.joined(lines[start : start + _A_SECTION], "\n"))
        for start in range(0, len(lines), _A_SECTION)
    ]
    if len(quiets) > SHOWN:
        drawn.append(blocks.context(Markup(f"and {len(quiets) - SHOWN} more")))
    return Message(blocks.fallback(f"{len(quiets)} silences"), tuple(drawn))


def _line(quiet: Quiet) -> Markup:
    what = blocks.joined((blocks.code(answers.short(quiet), 40), blocks.code(str(quiet), 300)), " ")
    when = Markup(f"until {blocks.when(quiet.ends_at)}")
    by = blocks.said(quiet.by, 100)
    where = blocks.said(quiet.source, 100) if quiet.source != "tocsin" else Markup("")
    return blocks.joined((what, when, by, where, blocks.said(quiet.comment, 200)))


async def _meant(desk: Desk, typed: str) -> str:
    """The id of the one that a person names by the end of its id.

    Raises:
        InvalidInputError: nothing is named, or more than one could be meant.
        NotFoundError: none is.
    """
    if not typed:
        raise InvalidInputError("id", "Say which one", "*/incident silences* shows them")
    found = [quiet.id for quiet in await desk.deps.silences() if quiet.id.endswith(typed)]
    if not found:
        raise NotFoundError(f"silence {typed[:64]!r}")
    if len(found) > 1:
        raise InvalidInputError("id", f"{len(found)} silences end in {typed[:64]!r}", "write more of its id")
    return found[0]
