"""What a fit has learnt, told: each number beside the one in force, and both judged on later incidents."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bot.domain.spans import span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.domain.suspicion import Parameters
    from bot.evaluation.fit import Quality

_MOST_SERVICES: Final = 20


@dataclass(frozen=True, slots=True)
class Lesson:
    """A fit on `examples` incidents, of which the `judged_on` latest judge.

    `before` is how good the parameters in force are on these, `after` those learnt from the earlier ones;
    `learnt` is learnt from all.
    """

    examples: int
    judged_on: int
    in_force: Parameters
    learnt: Parameters
    before: Quality
    after: Quality

    @property
    def is_better(self) -> bool:
        """Whether what was learnt predicts later incidents better."""
        return self.after.log_loss < self.before.log_loss


def lesson_text(lesson: Lesson) -> str:
    """A table in plain text."""
    before, after = lesson.before, lesson.after
    told = [
        f"{lesson.examples} labelled incidents; the latest {lesson.judged_on} judge what the others teach.",
        "",
        f"{'':<34}{'in force':>10}{'learnt':>10}",
        _line("log loss on later incidents", before.log_loss, after.log_loss),
        f"{'first suspect right':<34}{before.top1:>10.0%}{after.top1:>10.0%}   of {after.of_changes}",
        "",
        *_numbers(lesson.in_force, lesson.learnt),
    ]
    if after.missed:
        told.append(f"\n{after.missed} later incidents were caused by a change that was no candidate.")
    return "\n".join(told)


def _numbers(now: Parameters, new: Parameters) -> Iterator[str]:
    yield _line("caused by a change", now.change, new.change)
    for kind in sorted(new.kinds):
        yield _line(f"kind {kind}", now.kinds[kind], new.kinds[kind])
    for old, part in zip(now.delay.parts, new.delay.parts, strict=False):
        yield _line(f"delay of about {span(part.median)}", old.weight, part.weight)
    yield _line("root alerts itself", now.spread.root, new.spread.root)
    for (old_share, _), (share, chance) in zip(now.spread.strengths, new.spread.strengths, strict=False):
        yield _line(f"faults that reach {chance:.0%} of callers", old_share, share)
    yield _line("faults from caller to caller", now.spread.cascade, new.spread.cascade)
    telling = sorted({*now.services, *new.services}, key=lambda name: -new.services.get(name, 1.0))
    for name in telling[:_MOST_SERVICES]:
        yield _line(f"service {name}", now.services.get(name, 1.0), new.services.get(name, 1.0))
    if len(telling) > _MOST_SERVICES:
        yield f"and {len(telling) - _MOST_SERVICES} more services"
    yield _line("shown from", now.shown_from, new.shown_from)


def _line(name: str, now: float, new: float) -> str:
    return f"{name[:33]:<34}{now:>10.3f}{new:>10.3f}"
