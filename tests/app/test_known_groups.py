from __future__ import annotations

from bot.app.known_groups import KnownGroups
from bot.domain.decisions import Decision, DecisionKind
from bot.domain.incident import Reason
from bot.domain.rules import Action, Routed, RuleSet
from tests.domain.world import alert, ended, rule

RULES = RuleSet([rule('alertname="Quiet"', name="quiet", action=Action.SUPPRESS), rule()])
WHY = Reason("test", "")


def heard(groups: KnownGroups, kind: DecisionKind, one: Routed) -> None:
    groups.learn({one.event.event_id: one}, [Decision(kind, one.event.event_id, None, WHY)])


def test_a_group_that_was_found_open_needs_no_lock() -> None:
    groups, one = KnownGroups(), RULES.route(alert("web"))
    assert groups.likely_locks([one]) == {"production"}
    heard(groups, DecisionKind.HOLD, one)
    assert groups.likely_locks([one]) == {"production"}
    heard(groups, DecisionKind.OPEN, one)
    assert groups.likely_locks([one]) == frozenset()
    groups.forget([one])
    assert groups.likely_locks([one]) == {"production"}


def test_what_opens_nothing_needs_no_lock() -> None:
    quiet, over = RULES.route(alert("web", name="Quiet")), RULES.route(ended(alert("web"), 1))
    unrouted = RuleSet([]).route(alert("web"))
    assert KnownGroups().likely_locks([quiet, over, unrouted]) == frozenset()


def test_the_oldest_are_forgotten() -> None:
    groups = KnownGroups(bound=2)
    first, second, third = (RULES.route(alert(service)) for service in ("a", "b", "c"))
    for one in (first, second, first, third):
        heard(groups, DecisionKind.ATTACH, one)
    assert groups.likely_locks([first, third]) == frozenset()
    assert groups.likely_locks([second]) == {"production"}
