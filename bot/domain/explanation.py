"""Why an alert did what it did, or what it would do now: rules tried, decision, effects.

Pure, and without consequences: no rule's record is touched, nothing that `decide` says here is kept.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from bot.domain.belonging import FIRED_AGAIN, SAME_GROUP
from bot.domain.consequences import effects_of
from bot.domain.decide import REPEATED, RESOLVED_UNSEEN, SUPERSEDED, decide
from bot.domain.decisions import Decision, DecisionKind, Happening
from bot.domain.effects import EffectKind, announcements, decorations
from bot.domain.incident import Reason
from bot.domain.rules import Passed, Routed, labels_of, routed
from bot.domain.suppression import NO_RULE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from bot.domain.alert import AlertEvent
    from bot.domain.catalog import Catalog
    from bot.domain.decisions import Outcome, Snapshot
    from bot.domain.effects import Effect
    from bot.domain.incident import Incident
    from bot.domain.rules import RuleSet
    from bot.domain.trials import Trial

_NEW: Final = "new"
_KNOWN_REASONS: Final = {
    one.name: one.text for one in (FIRED_AGAIN, NO_RULE, REPEATED, RESOLVED_UNSEEN, SAME_GROUP, SUPERSEDED)
}
_EFFECTS: Final = {
    EffectKind.OPEN_CHANNEL: "open a channel",
    EffectKind.STATUS_CARD: "draw the status card",
    EffectKind.SUSPECTS_CARD: "draw the suspects",
    EffectKind.SET_TOPIC: "set the channel's topic",
    EffectKind.INVITE: "invite the responders",
}


@dataclass(frozen=True, slots=True)
class Recorded:
    """An alert event that is kept, with what was decided about it: the reason by its name alone."""

    event: AlertEvent
    kind: DecisionKind
    reason: str
    incident_id: str | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """One alert, from the rules that were tried on it to what followed.

    `trials` are of the rules as they are now, in order, the one that takes the alert last. `decided_at` is
    None where nothing was decided and this is what would be. `incident` is the one that it came or would come
    to, None for none; `new` where that one would only be opened. `effects` say in words what would be done
    outside; of the past they are not told. `notes` say what else one should know.
    """

    event: AlertEvent
    trials: tuple[Trial, ...]
    decision: Decision
    incident: Incident | None = None
    new: bool = False
    effects: tuple[str, ...] = ()
    decided_at: datetime | None = None
    notes: tuple[str, ...] = ()

    @property
    def rule(self) -> str:
        """The name of the rule that takes the alert now; empty where none does."""
        return self.trials[-1].rule.name if self.trials and self.trials[-1].matched else ""


def routed_by(event: AlertEvent, trials: Sequence[Trial]) -> Routed:
    """What the rules make of the alert, as `RuleSet.route` says it."""
    taken_by = trials[-1].rule if trials and trials[-1].matched else None
    passed = Passed(
        early=[trial.rule for trial in trials if trial.is_early],
        unmet=[trial.rule for trial in trials if trial.is_unmet],
    )
    return routed(event, labels_of(event), taken_by, passed)


def foresee(event: AlertEvent, snapshot: Snapshot, rules: RuleSet, catalog: Catalog) -> Explanation:
    """What would be decided about the alert, were it heard at its `received_at` with that snapshot known."""
    trials = rules.trials(event)
    outcome = decide(
        (routed_by(event, trials),), snapshot, rules=rules, catalog=catalog, locked=None, new_id=lambda: _NEW
    )
    [decision] = outcome.decisions
    known = snapshot.occurrences.get(event.key)
    owner = decision.incident_id or (known.incident_id if known is not None else None)
    incident = _incident(owner, outcome, snapshot)
    return Explanation(
        event,
        tuple(trials),
        decision,
        incident,
        new=decision.incident_id == _NEW,
        effects=tuple(dict.fromkeys(_in_words(one) for one in _effects(outcome, rules))),
    )


def foresee_afresh(event: AlertEvent, snapshot: Snapshot, rules: RuleSet, catalog: Catalog) -> Explanation:
    """The same, as if nothing had ever been heard of this alert."""
    others = {key: one for key, one in snapshot.occurrences.items() if key != event.key}
    held = {group: [key for key in keys if key != event.key] for group, keys in snapshot.held.items()}
    return foresee(event, replace(snapshot, occurrences=others, held=held), rules, catalog)


def recall(
    recorded: Recorded,
    rules: RuleSet,
    *,
    incident: Incident | None = None,
    rule: str | None = None,
    text: str = "",
) -> Explanation:
    """What was decided about an alert, beside the rules of today.

    `rule` is the rule that took it then, None where that is not known; `text` the reason's sentence, where it
    was kept.
    """
    event, name = recorded.event, recorded.reason
    reason = Reason(name, text or _KNOWN_REASONS.get(name, ""))
    decision = Decision(recorded.kind, event.event_id, recorded.incident_id, reason)
    told = Explanation(event, tuple(rules.trials(event)), decision, incident, decided_at=event.received_at)
    if rule is None or rule == told.rule:
        return told
    then, now = (f"rule {one}" if one else "no rule" for one in (rule, told.rule))
    note = f"The rules have changed since: {then} took it then, {now} would today."
    return replace(told, notes=(note,))


def _effects(outcome: Outcome, rules: RuleSet) -> Iterator[Effect]:
    """What is done, and what follows as soon as the channel is open."""
    yield from effects_of(outcome, rules)
    for incident_id, happened in outcome.happened.items():
        if Happening.OPENED not in happened:
            continue
        incident = outcome.incidents[incident_id]
        yield from decorations(incident, "")
        rule = rules.of(incident)
        yield from announcements(incident, rule.announce if rule else ())


def _incident(incident_id: str | None, outcome: Outcome, snapshot: Snapshot) -> Incident | None:
    if incident_id is None:
        return None
    return outcome.incidents.get(incident_id) or snapshot.incidents.get(incident_id)


def _in_words(effect: Effect) -> str:
    payload = effect.payload
    match effect.kind:
        case EffectKind.PAGE:
            return "page somebody"
        case EffectKind.PUBLISH:
            return f"tell others on Kafka: {payload['event']}"
        case EffectKind.START_PLAYBOOKS:
            return f"start {', '.join(payload['playbooks'])}"
        case EffectKind.ANNOUNCE:
            return f"announce it in {payload['channel']}"
        case EffectKind.POST_NOTE:
            return f"say: {payload['text']}"
        case _:
            return _EFFECTS[effect.kind]
