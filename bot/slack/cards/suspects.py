"""The suspects: which change most probably did it, why we think so, and how sure we are that none did."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.app.ports import Message
from bot.domain.spans import span
from bot.slack import blocks
from bot.slack.blocks import Markup
from bot.slack.cards.words import percent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.domain.suspects import Ranking, Suspect, Term
    from bot.domain.view import IncidentView
    from bot.slack.blocks import Block

SUSPECTS_SHOWN: Final = 5
WORTH_READING: Final = 0.01
REASONS_SHOWN: Final = 4
_KIND: Final = {
    "deploy": "Deploy",
    "config": "Configuration",
    "feature_flag": "Feature flag",
    "infra": "Infrastructure",
    "database": "Database change",
    "rollback": "Rollback",
}
UNCALIBRATED: Final = Markup("Uncalibrated: the percentages have not been measured on past incidents.")


def suspects_card(view: IncidentView) -> Message:
    """Draw it; at most 9 blocks and 12,000 characters."""
    ranking = view.ranking
    name = view.incident.name
    if ranking is None:
        text = "The changes before this incident have not been ranked yet."
        return Message(blocks.fallback(f"{name}: {text}"), (blocks.section(Markup(text)),))
    shown = _worth_reading(ranking)
    onset = view.incident.onset.timestamp()
    drawn: list[Block] = [blocks.header("Suspect changes" if shown else "No suspect change")]
    drawn += [blocks.section(_suspect(place, suspect, onset)) for place, suspect in enumerate(shown, start=1)]
    drawn.append(blocks.section(_no_change(ranking, named=bool(shown))))
    drawn.append(blocks.context(_footer(ranking)))
    return Message(blocks.fallback(_summary(name, shown, ranking)), tuple(drawn))


def _worth_reading(ranking: Ranking) -> tuple[Suspect, ...]:
    """The first suspect and those that are not next to impossible beside it; none where none is named."""
    listed = ranking.suspects[:SUSPECTS_SHOWN] if ranking.shown else ()
    return (*listed[:1], *(other for other in listed[1:] if other.probability >= WORTH_READING))


def _suspect(place: int, suspect: Suspect, onset: float) -> Markup:
    change = suspect.change
    kind = _KIND.get(str(change.kind), str(change.kind))
    what = blocks.joined(
        (f"*{place}. {percent(suspect.probability)}*", kind, "of", blocks.code(change.service, 100)), " "
    )
    versions = blocks.joined(
        (blocks.code(change.previous_version, 80), blocks.code(change.version, 80)), " → "
    )
    who = blocks.joined(("by", blocks.said(change.author, 100)), " ") if change.author else Markup("")
    moment = Markup(f"{blocks.when(change.time)} ({_distance(onset - change.time.timestamp())})")
    lines = (
        blocks.joined((what, versions)),
        blocks.joined((moment, who, blocks.link(change.url, "Look at it"))),
        blocks.said(change.summary, 300),
        *_reasons(suspect.reasons),
    )
    return blocks.joined(lines, "\n")


def _distance(seconds_before: float) -> str:
    from_onset = "before the first alert" if seconds_before >= 0 else "after the first alert"
    return f"{span(abs(seconds_before))} {from_onset}"


def _reasons(reasons: Sequence[Term]) -> list[Markup]:
    strongest = sorted(reasons, key=lambda term: -abs(term.value))[:REASONS_SHOWN]
    return [Markup(f"{_sign(term.value)} {blocks.said(term.text or term.name, 160)}") for term in strongest]


def _sign(value: float) -> str:
    if value == 0:
        return "="
    return "+" if value > 0 else "−"


def _no_change(ranking: Ranking, *, named: bool) -> Markup:
    chance = percent(ranking.no_change)
    title = f"*{chance}* that no change is behind it" if named else f"*No suspect change* ({chance} sure)"
    return blocks.joined((title, *_reasons(ranking.no_change_reasons)), "\n")


def _footer(ranking: Ranking) -> Markup:
    looked = "change" if ranking.considered == 1 else "changes"
    considered = Markup(f"{ranking.considered} {looked} looked at · {blocks.when(ranking.at)}")
    return blocks.joined((considered, "" if ranking.calibrated else UNCALIBRATED))


def _summary(name: str, shown: Sequence[Suspect], ranking: Ranking) -> str:
    if not shown:
        return f"{name}: no suspect change ({percent(ranking.no_change)})"
    first = shown[0]
    kind = _KIND.get(str(first.change.kind), str(first.change.kind)).lower()
    service = blocks.clip(blocks.one_line(first.change.service), 100)
    return f"{name}: most suspect is the {kind} of {service}, {percent(first.probability)}"
