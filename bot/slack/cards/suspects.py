"""The suspects: which change most probably did it, why we think so, and how sure we are that none did.

Responders say on it what they found; their word then heads the card, with their name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.app.ports import Message
from bot.domain.reasons import NOT_KNOWN
from bot.domain.spans import span
from bot.domain.verdicts import VERDICT, key_of, standing
from bot.domain.wording import few, percent
from bot.slack import blocks
from bot.slack.blocks import Markup
from bot.slack.cards import verdicts
from bot.slack.cards.verdicts import KIND, headline

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bot.domain.change import Change
    from bot.domain.suspects import LaterTrouble, Ranking, Suspect, Term
    from bot.domain.verdicts import Verdict
    from bot.domain.view import IncidentView
    from bot.slack.blocks import Block

SUSPECTS_SHOWN: Final = 5
WORTH_READING: Final = 0.01
REASONS_SHOWN: Final = 4
UNCALIBRATED: Final = Markup("Uncalibrated: the percentages have not been measured on past incidents.")
ANOTHER: Final = Markup("Another change? `/incident blame CHANGE-ID`")


def suspects_card(view: IncidentView) -> Message:
    """Draw it; at most 15 blocks and 14,000 characters."""
    said = standing(view.verdicts)
    name = view.incident.name
    if said.cause is not None and said.cause.change is not None:
        drawn = [*_cause(view, said.cause, said.cause.change), *verdicts.ruled_out(said.ruled_out)]
        summary = f"{name}: caused by the {_short(said.cause.change)}, says {said.cause.by}"
    elif said.no_change is not None:
        drawn = list(_nothing(said.no_change))
        summary = f"{name}: no change caused it, says {said.no_change.by}"
    elif view.ranking is None:
        text = "The changes before this incident have not been ranked yet."
        drawn, summary = [blocks.section(Markup(text))], f"{name}: {text}"
    else:
        shown = _worth_reading(view.ranking)
        drawn = [*_ranked(view, shown, view.ranking), *verdicts.ruled_out(said.ruled_out)]
        summary = _summary(name, shown, view.ranking)
    if view.ranking is not None:
        drawn.append(blocks.context(_footer(view.ranking, decided=said.decided is not None)))
    return Message(blocks.fallback(summary), tuple(drawn))


def _ranked(view: IncidentView, shown: Sequence[Suspect], ranking: Ranking) -> Iterator[Block]:
    incident, later = view.incident.id, ranking.later
    onset = (later.since if later else view.incident.onset).timestamp()
    former = later.former if later else None
    yield blocks.header("Suspect changes" if shown or former else "No suspect change")
    if later is not None:
        yield from _later(incident, later, shown)
    if ranking.undecided:
        yield blocks.section(
            Markup(f"*A change is probably behind this* ({_some(ranking)}), but none stands out")
        )
    for place, suspect in enumerate(shown, start=1):
        text = _suspect(place, suspect, onset, later=later is not None)
        # The one that is named has its answers in the open; for the others three dots keep the card short.
        if place == 1 and ranking.shown:
            yield blocks.section(text)
            yield from verdicts.buttons(incident, suspect.change)
        else:
            yield blocks.section(text, *verdicts.menu(incident, suspect.change))
    yield blocks.section(_no_change(ranking, listed=bool(shown)))
    yield from verdicts.no_change_button(incident)


def _cause(view: IncidentView, verdict: Verdict, change: Change) -> Iterator[Block]:
    """What a person named as the cause, with what the model had to say about it."""
    suspects = view.ranking.suspects if view.ranking else ()
    known = next((one.reasons for one in suspects if key_of(one.change) == key_of(change)), ())
    by = blocks.joined((f"*Caused it*, says {blocks.said(verdict.by, 150)}", blocks.when(verdict.at)))
    about = _about(change, view.incident.onset.timestamp())
    reasons = _reasons([term for term in known if term.name != VERDICT])
    yield blocks.header("What caused it")
    yield blocks.section(blocks.joined((by, headline(change), *about, *reasons), "\n"))
    yield from verdicts.take_back(verdict)


def _nothing(verdict: Verdict) -> Iterator[Block]:
    by = blocks.said(verdict.by, 150)
    yield blocks.header("No suspect change")
    yield blocks.section(blocks.joined((f"*No change caused this*, says {by}", blocks.when(verdict.at))))
    yield from verdicts.take_back(verdict)


def _worth_reading(ranking: Ranking) -> tuple[Suspect, ...]:
    """The first suspect and those that are not next to impossible beside it; none where none is likely."""
    listed = ranking.suspects[:SUSPECTS_SHOWN] if ranking.shown or ranking.undecided else ()
    return (*listed[:1], *(other for other in listed[1:] if other.probability >= WORTH_READING))


def _later(incident_id: str, later: LaterTrouble, shown: Sequence[Suspect]) -> Iterator[Block]:
    """That the suspects are those of later trouble, and the one for what the incident began with."""
    services = blocks.said(few(later.services), 300)
    since = Markup(f"*New trouble since* {blocks.when(later.since)} ({percent(later.probability)})")
    theirs = "The suspects below are those for it." if shown else "No change stands out as its cause."
    lines = [blocks.joined((since, services)), Markup(theirs)]
    answers: tuple[Block | None, str] = (None, "")
    if later.former is not None:
        change = later.former.change
        chance = Markup(f"For what began before that, *{percent(later.former.probability)}*:")
        lines.append(blocks.joined((chance, headline(change)), " "))
        # A change that is listed below has its answers there.
        if key_of(change) not in {key_of(one.change) for one in shown}:
            answers = verdicts.menu(incident_id, change)
    yield blocks.section(blocks.joined(lines, "\n"), *answers)


def _suspect(place: int, suspect: Suspect, onset: float, *, later: bool) -> Markup:
    first = blocks.joined((f"*{place}. {percent(suspect.probability)}*", headline(suspect.change)), " ")
    about = _about(suspect.change, onset, later=later)
    return blocks.joined((first, *about, *_reasons(suspect.reasons)), "\n")


def _about(change: Change, onset: float, *, later: bool = False) -> tuple[Markup, ...]:
    who = blocks.joined(("by", blocks.said(change.author, 100)), " ") if change.author else Markup("")
    distance = _distance(onset - change.time.timestamp(), later=later)
    moment = Markup(f"{blocks.when(change.time)} ({distance})")
    return (
        blocks.joined((moment, who, blocks.link(change.url, "Look at it"))),
        blocks.said(change.summary, 300),
    )


def _distance(seconds_before: float, *, later: bool) -> str:
    which = "before" if seconds_before >= 0 else "after"
    return f"{span(abs(seconds_before))} {which} the first {'of these alerts' if later else 'alert'}"


def _reasons(reasons: Sequence[Term]) -> list[Markup]:
    strongest = sorted(reasons, key=lambda term: -abs(term.value))[:REASONS_SHOWN]
    return [Markup(f"{_sign(term.value)} {blocks.said(term.text or term.name, 160)}") for term in strongest]


def _sign(value: float) -> str:
    if value == 0:
        return "="
    return "+" if value > 0 else "−"


def _some(ranking: Ranking) -> str:
    return percent(ranking.some_change)


def _no_change(ranking: Ranking, *, listed: bool) -> Markup:
    if ranking.unfounded:
        # Where nobody tells of changes that says nothing, least of all how sure it is.
        return Markup(f"*No changes are known* that could be behind it: {NOT_KNOWN}.")
    chance = percent(ranking.no_change)
    title = f"*{chance}* that no change is behind it" if listed else f"*No suspect change* ({chance} sure)"
    return blocks.joined((title, *_reasons(ranking.no_change_reasons)), "\n")


def _footer(ranking: Ranking, *, decided: bool) -> Markup:
    looked = "change" if ranking.considered == 1 else "changes"
    considered = Markup(f"{ranking.considered} {looked} looked at · {blocks.when(ranking.at)}")
    # Once a person has said it, there is no percentage left to be warned of.
    measured = ranking.calibrated or ranking.unfounded
    open_question = () if decided else (ANOTHER, "" if measured else UNCALIBRATED)
    return blocks.joined((considered, *open_question))


def _short(change: Change) -> str:
    kind = KIND.get(str(change.kind), str(change.kind)).lower()
    return f"{kind} of {blocks.clip(blocks.one_line(change.service), 100)}"


def _summary(name: str, shown: Sequence[Suspect], ranking: Ranking) -> str:
    if ranking.undecided:
        return f"{name}: a change is probably behind it ({_some(ranking)}), but none stands out"
    if not shown and ranking.later and ranking.later.former:
        before = _short(ranking.later.former.change)
        return f"{name}: no suspect change for the new trouble; before it the {before}"
    if ranking.unfounded:
        return f"{name}: no changes are known that could be behind it"
    if not shown:
        return f"{name}: no suspect change ({percent(ranking.no_change)})"
    return f"{name}: most suspect is the {_short(shown[0].change)}, {percent(shown[0].probability)}"
