"""A playbook run: its steps with what each found, and the buttons for the one that waits for a person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.app.ports import Message
from bot.domain.spans import span
from bot.slack import blocks
from bot.slack.blocks import Markup

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.domain.view import IncidentView, RunSummary, StepSummary
    from bot.slack.blocks import Block

STEPS_SHOWN: Final = 12
STEP_TITLE: Final = 150
STEP_TEXT: Final = 700
_STEP: Final[Mapping[str, tuple[str, str]]] = {
    "pending": ("⚪", "not yet"),
    "waiting_approval": ("✋", "waits for approval"),
    "running": ("⏳", "running"),
    "waiting": ("⏳", "waiting"),
    "succeeded": ("✅", "done"),
    "failed": ("❌", "failed"),
    "skipped": ("⏭️", "passed over"),
    "unknown": ("❓", "nobody knows whether it happened"),
    "rejected": ("🚫", "rejected"),
}
_RUN: Final[Mapping[str, tuple[str, str]]] = {
    "pending": ("⚪", "about to start"),
    "running": ("⏳", "running"),
    "waiting_approval": ("✋", "waits for your approval"),
    "waiting": ("⏳", "waiting"),
    "needs_person": ("❓", "needs you to decide"),
    "succeeded": ("✅", "done"),
    "failed": ("❌", "failed"),
    "cancelled": ("🚫", "stopped"),
}


def run_card(view: IncidentView, run: RunSummary) -> Message:
    """Draw it; at most 28 blocks and 12,500 characters."""
    mark, word = _RUN.get(run.state, ("▫️", run.state))
    title = blocks.one_line(run.title or run.playbook)
    kept = _shown(run.steps)
    drawn: list[Block] = [blocks.header(f"{mark} Playbook: {title}"), blocks.context(_footer(run, word))]
    for place in kept:
        drawn += _step(place + 1, run, run.steps[place])
    left_out = len(run.steps) - len(kept)
    if left_out:
        drawn.append(blocks.context(Markup(f"{left_out} of {len(run.steps)} steps are not shown here")))
    text = f"{view.incident.name}: playbook {blocks.clip(title, 300)}: {word}"
    return Message(blocks.fallback(text), tuple(drawn))


def _shown(steps: tuple[StepSummary, ...]) -> list[int]:
    """Which steps fit: those that ask come first, then the latest that began, then those to come."""

    def urgency(place: int) -> tuple[bool, bool, int]:
        began = steps[place].state != "pending"
        return (not steps[place].asks, not began, -place if began else place)

    return sorted(sorted(range(len(steps)), key=urgency)[:STEPS_SHOWN])


def _step(number: int, run: RunSummary, step: StepSummary) -> list[Block]:
    mark, word = _STEP.get(step.state, ("▫️", step.state))
    line = blocks.joined((f"{mark} {number}.", blocks.bold(step.title or step.name, STEP_TITLE)), " ")
    # What was posted as a message is read there; at night nobody wants to read it twice.
    text = Markup("") if step.posted else blocks.escape(blocks.paragraph(step.text), STEP_TEXT)
    head = blocks.joined((line, blocks.said(word, 50)))
    drawn = [blocks.section(blocks.joined((head, text), "\n"))]
    return drawn + (_question(number, run, step) if step.asks else [])


def _question(number: int, run: RunSummary, step: StepSummary) -> list[Block]:
    value = {"run": run.id, "step": step.name}
    row = f"{step.asks} {number}"
    if step.asks == "approve":
        buttons = (
            blocks.button("Approve", "run.approve", value, style="primary"),
            blocks.button("Reject", "run.reject", value, style="danger"),
        )
        return blocks.actions(row, *buttons)
    return blocks.actions(
        row,
        blocks.button("Retry", "run.retry", value),
        blocks.button("Skip", "run.skip", value),
        blocks.button("Stop", "run.stop", value, style="danger"),
    )


def _footer(run: RunSummary, word: str) -> Markup:
    started = Markup(f"started {blocks.when(run.started_at)}") if run.started_at else Markup("")
    took = Markup("")
    if run.started_at and run.ended_at:
        took = Markup(f"took {span((run.ended_at - run.started_at).total_seconds())}")
    return blocks.joined((blocks.code(run.playbook, 100), blocks.said(word, 50), started, took))
