"""What people can say about a suspect, and what they said: the buttons and lines of the suspects card."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from bot.domain.errors import InvalidInputError
from bot.domain.verdicts import Judgement
from bot.slack import blocks
from bot.slack.blocks import Markup

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bot.domain.change import Change
    from bot.domain.verdicts import Verdict
    from bot.slack.blocks import Block

RULED_OUT_SHOWN: Final = 3
CAUSED: Final = "Caused it"
DID_NOT: Final = "Did not cause it"
NO_CHANGE: Final = "No change caused this"
TAKE_BACK: Final = "Take it back"
KIND: Final = {
    "deploy": "Deploy",
    "config": "Configuration",
    "feature_flag": "Feature flag",
    "infra": "Infrastructure",
    "database": "Database change",
    "rollback": "Rollback",
}


def buttons(incident_id: str, change: Change) -> list[Block]:
    """Both answers about one change, in a row."""
    value = {"incident": incident_id, "source": change.source, "change": change.change_id}
    return blocks.actions(
        # Of this change alone: a press may come just when another one takes its place.
        f"verdict {sha256(json.dumps([change.source, change.change_id]).encode()).hexdigest()}",
        blocks.button(CAUSED, "verdict.caused", value),
        blocks.button(DID_NOT, "verdict.did_not", value),
    )


def menu(incident_id: str, change: Change) -> tuple[Block | None, str]:
    """Both answers behind three dots, and the block id that says which change is meant.

    No menu where the change's names are too long for a block's id, since a cut one would mean another.
    """
    block_id = json.dumps([change.source, change.change_id], ensure_ascii=False, separators=(",", ":"))
    if len(block_id) > blocks.BLOCK_ID:
        return None, ""
    choices = [
        (text, {"incident": incident_id, "say": judgement.value})
        for text, judgement in ((CAUSED, Judgement.CAUSED), (DID_NOT, Judgement.DID_NOT))
    ]
    return blocks.menu("verdict.choose", choices), block_id


def judged_in(block_id: str) -> tuple[str, str]:
    """The source and the id of the change that a menu stands beside.

    Raises:
        InvalidInputError: the block is none of ours.
    """
    try:
        source, change_id = json.loads(block_id)
    except (ValueError, TypeError):
        source, change_id = None, None
    if not isinstance(source, str) or not isinstance(change_id, str):
        raise InvalidInputError("actions.0.block_id", "This menu is broken", "Use /incident blame instead")
    return source, change_id


def no_change_button(incident_id: str) -> list[Block]:
    """The answer that none of the changes did it."""
    value = {"incident": incident_id}
    return blocks.actions("no change", blocks.button(NO_CHANGE, "verdict.no_change", value))


def take_back(verdict: Verdict) -> list[Block]:
    """A word may be wrong."""
    return blocks.actions(_row(verdict), _take_back_button(verdict))


def _row(verdict: Verdict) -> str:
    return f"verdict {verdict.id}"


def _take_back_button(verdict: Verdict) -> Block | None:
    value = {"incident": verdict.incident_id, "verdict": verdict.id}
    return blocks.button(TAKE_BACK, "verdict.withdraw", value)


def ruled_out(verdicts: Sequence[Verdict]) -> Iterator[Block]:
    """The changes that did not do it, the latest first, each with who says so."""
    latest = sorted(verdicts, key=lambda one: one.at, reverse=True)
    for one in latest[:RULED_OUT_SHOWN]:
        yield blocks.section(_ruled_out(one), _take_back_button(one), _row(one))
    more = len(latest) - RULED_OUT_SHOWN
    if more > 0:
        yield blocks.context(Markup(f"and {more} more ruled out"))


def _ruled_out(verdict: Verdict) -> Markup:
    by = blocks.said(verdict.by, 150)
    what = headline(verdict.change) if verdict.change else Markup("")
    return blocks.joined((Markup(f"*Ruled out* by {by}: {what}"), blocks.when(verdict.at)))


def headline(change: Change) -> Markup:
    """What was changed where, and from which version to which."""
    kind = KIND.get(str(change.kind), str(change.kind))
    what = blocks.joined((kind, "of", blocks.code(change.service, 100)), " ")
    versions = blocks.joined(
        (blocks.code(change.previous_version, 80), blocks.code(change.version, 80)), " → "
    )
    return blocks.joined((what, versions))
