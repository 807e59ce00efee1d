"""What follows from what was decided: the effects of an outcome, and whom they wake."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from bot.domain.decisions import Happening
from bot.domain.effects import invite, opening, page, page_once, post_note, publish, set_topic, status_card

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from datetime import datetime

    from bot.domain.decisions import Outcome
    from bot.domain.effects import Effect
    from bot.domain.incident import Incident, Severity
    from bot.domain.rules import RuleSet


_ONLY_COUNTS: Final = frozenset(
    {Happening.GREW, Happening.AFTER_QUIET, Happening.SHRANK, Happening.STORM_GREW}
)
_IN_TOPIC: Final = frozenset(
    {
        Happening.REOPENED,
        Happening.REFIRED,
        Happening.MONITORING,
        Happening.NEW_SERVICE,
        Happening.ESCALATED,
        Happening.FLAPPING,
        Happening.CALM,
        Happening.STORM_OVER,
    }
)


COUNTS_WAIT: Final = timedelta(seconds=3)
"""How long a card waits on which only the number of alerts changes.

Slack takes about one update a second; a busy incident would spend them all on counting.
"""


def effects_of(outcome: Outcome, rules: RuleSet, later: datetime | None = None) -> Iterator[Effect]:
    """Every effect that a decided batch asks for, incident by incident.

    A card on which only the number of alerts changes may wait until `later`, so that it shows many at once.
    """
    for incident_id, happened in outcome.happened.items():
        incident = outcome.incidents[incident_id]
        yield from _effects(incident, happened, rules, later)
        yield from _pages(incident, happened, rules, outcome.waking.get(incident_id, ()))


def pages_of(outcome: Outcome, rules: RuleSet) -> Iterator[Effect]:
    """Those of the effects that wake somebody."""
    for incident_id, happened in outcome.happened.items():
        yield from _pages(
            outcome.incidents[incident_id], happened, rules, outcome.waking.get(incident_id, ())
        )


def _effects(
    incident: Incident, happened: set[Happening], rules: RuleSet, later: datetime | None
) -> Iterator[Effect]:
    rule = rules.of(incident)
    told = happened
    if incident.flapping_since is not None:
        # What it does over and over is shown, and not said each time.
        told = happened - {Happening.REFIRED, Happening.MONITORING}
    if Happening.OPENED in happened:
        yield from opening(incident, rule.playbooks if rule else ())
        yield publish(incident, "opened")
    else:
        yield status_card(incident, due_at=later if told <= _ONLY_COUNTS else None)
        if told & _IN_TOPIC:
            yield set_topic(incident)
        if Happening.NEW_SERVICE in happened:
            yield invite(incident)
    if Happening.REOPENED in happened:
        yield post_note(incident, "Reopened: an alert of its group fired after it was resolved.")
        yield publish(incident, "reopened")
    yield from _notes(incident, told)
    if Happening.REFIRED in happened:
        yield publish(incident, str(incident.state))
    if Happening.MONITORING in happened:
        yield publish(incident, "monitoring")
    if Happening.ESCALATED in happened and Happening.OPENED not in happened:
        yield publish(incident, "escalated")


def _pages(
    incident: Incident, happened: set[Happening], rules: RuleSet, waking: Collection[Severity]
) -> Iterator[Effect]:
    """Wake somebody as the incident's rule asks, else once for each severity that other rules wake for."""
    why = _page_reason(incident, happened)
    if why and incident.severity in rules.page_of(incident):
        yield page(incident, why)
    elif waking:
        worst = min(waking, key=lambda one: one.rank)
        anew = f":{incident.version}" if Happening.REOPENED in happened else ""
        text = why or f"An alert of severity {worst} has joined {incident.name}: {incident.title}"
        yield page_once(incident, text, f"{worst}{anew}")


def _notes(incident: Incident, told: set[Happening]) -> Iterator[Effect]:
    if Happening.REFIRED in told:
        yield post_note(incident, "An alert fires; the incident is no longer only monitored.")
    if Happening.MONITORING in told:
        yield post_note(incident, "All alerts have ended. Monitoring; resolve the incident when you agree.")
    if Happening.FLAPPING in told:
        text = f"Flapping: the alerts have all ended and fired again {incident.flips} times. "
        yield post_note(incident, text + "Nothing more is said of each time until it is calm.")
    if Happening.CALM in told:
        yield post_note(incident, "No longer flapping: the alerts have been steady for a while.")
    if Happening.STORM_OVER in told:
        yield post_note(incident, "The storm is over: new alerts make incidents of their own again.")


def _page_reason(incident: Incident, happened: set[Happening]) -> str:
    if Happening.OPENED in happened:
        return incident.reason.text
    if Happening.REOPENED in happened:
        return f"Reopened: an alert of {incident.name}'s group fired after it was resolved."
    if Happening.ESCALATED in happened:
        return f"The severity of {incident.name} has risen to {incident.severity}."
    return ""
