from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.app.explaining import IncidentExplained
from bot.domain.decisions import DecisionKind, Snapshot
from bot.domain.explanation import Recorded, foresee, recall
from bot.domain.rules import RuleSet
from bot.slack.cards.why import ALERTS_SHOWN, JOINED_SHOWN, why_card, why_not_card
from tests.domain.world import alert, catalog, rule
from tests.slack.checks import assert_slack_takes, words
from tests.support.incident_views import MANY, incident

if TYPE_CHECKING:
    from bot.domain.explanation import Explanation

CONSOLE = "https://tocsin.example"
RULES = RuleSet([rule('team="pay"', 'service="checkout"', name="pay"), rule(name="rest")])


def opened(rules: RuleSet = RULES) -> Explanation:
    recorded = Recorded(alert(), DecisionKind.OPEN, "opened", "0195")
    return recall(recorded, rules, incident=incident(), rule="old", text="Because of <it>.")


def joined(name: str = "Slow") -> Explanation:
    return recall(Recorded(alert(name=name), DecisionKind.ATTACH, "same_group", "0195"), RULES)


def suppressed(name: str = "High") -> Explanation:
    return recall(Recorded(alert(name=name), DecisionKind.SUPPRESS, "silenced", None), RULES, text="By @ada.")


def test_why_an_incident_opened() -> None:
    card = why_card(IncidentExplained(incident(), opened(), (joined(),), more=True), CONSOLE)
    shown = words(card)
    assert "Why INC-12 opened" in shown
    assert "It opened an incident at 2026-11-21 03:00:00 UTC: Because of &lt;it&gt;." in shown
    assert '✗ rule `pay` team="pay" (team is not set)' in shown
    assert "✓ rule `rest` asks for nothing" in shown
    assert "The rules have changed since: rule old took it then, rule rest would today." in shown
    assert "*Slow* on `checkout`" in shown
    assert "An incident of the same group is open." in shown
    assert "… and more" in shown
    assert f"<{CONSOLE}/incidents/INC-12/why|All of it in the console>" in shown
    assert_slack_takes(card)


def test_without_an_event_there_is_only_the_reason() -> None:
    card = why_card(IncidentExplained(incident(), None), "")
    assert "HighErrorRate fires on checkout and nothing is open for it" in words(card)
    assert "No event of its opening is kept" in words(card)
    assert "console" not in words(card)


def test_what_became_of_an_alert() -> None:
    card = why_not_card([suppressed()])
    assert "It made no incident at 2026-11-21 03:00:00 UTC: By @ada." in words(card)
    assert card.text.startswith("High: It made no incident")
    assert "No such alert fired in the last 24 hours" in why_not_card([]).text


def test_it_names_the_incident_that_the_alert_came_to() -> None:
    assert "INC-12 Checkout fails" in words(why_not_card([opened()]))
    foreseen = foresee(alert(), Snapshot(), RULES, catalog())
    assert "INC-" not in words(why_not_card([foreseen]))


def test_of_many_rules_the_last_ones_are_shown() -> None:
    many = RuleSet([*(rule(f'team="{n}"', name=f"r{n}") for n in range(9)), rule(name="rest")])
    shown = words(why_not_card([opened(many)]))
    assert "6 rules before did not match" in shown
    assert "`r5`" not in shown
    assert "`r6`" in shown
    five = RuleSet(many.rules[5:])
    assert "1 rule before did not match" in words(why_not_card([opened(five)]))
    assert "There are no rules." in words(why_not_card([opened(RuleSet([]))]))


@settings(max_examples=MANY, deadline=None)
@given(st.text(max_size=3_000), st.integers(0, 30))
def test_slack_takes_it_whatever_is_said(text: str, count: int) -> None:
    rules = RuleSet([rule(f'label{n}="x{"y" * 500}"', name="r" * 63) for n in range(12)])
    event = alert(name=text or "x", service=text or "x", severity="warning")
    recorded = Recorded(event, DecisionKind.SUPPRESS, "silenced", None)
    long = recall(recorded, rules, incident=incident(title=text), rule=text, text=text)
    assert_slack_takes(why_card(IncidentExplained(incident(), long, (long,) * count), CONSOLE))
    assert_slack_takes(why_not_card([long] * count))
    assert ALERTS_SHOWN == JOINED_SHOWN == 5
