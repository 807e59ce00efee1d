from __future__ import annotations

from datetime import UTC
from zoneinfo import ZoneInfo

from bot.domain.conditions import ConditionError
from bot.domain.rules import RuleSet
from bot.domain.schedule import Hours, Schedule
from bot.domain.trials import Part
from tests.domain.conditions import Says
from tests.domain.world import alert, rule


def test_every_rule_up_to_the_one_that_takes_it_with_what_held() -> None:
    rules = RuleSet(
        [
            rule("team=pay", 'tier!="x"', name="matchers"),
            rule(name="hours", active=Schedule((Hours(UTC, start=600, end=660),))),
            rule(name="condition", when=Says(answer=False)),
            rule(name="broken", when=Says(ConditionError("there is no tier"))),
            rule("team=bank", name="takes", active=Schedule((Hours(UTC),)), when=Says(answer=True)),
            rule(name="never"),
        ]
    )
    found = rules.trials(alert(team="bank"))
    assert [(trial.rule.name, trial.matched) for trial in found] == [
        ("matchers", False),
        ("hours", False),
        ("condition", False),
        ("broken", False),
        ("takes", True),
    ]
    assert found[0].parts == (
        Part("match", 'team="pay"', held=False, detail='team is "bank"'),
        Part("match", 'tier!="x"', held=True, detail="tier is not set"),
    )
    assert found[1].parts == (
        Part("active", "10:00-11:00 UTC", held=False, detail="it is Sat 2026-11-21 03:00 UTC"),
    )
    assert found[2].parts == (Part("when", "says", held=False),)
    assert found[3].parts == (Part("when", "says", held=False, detail="there is no tier"),)
    assert [part.held for part in found[4].parts] == [True] * 3


def test_the_hour_is_told_by_the_clock_of_the_rule() -> None:
    tokyo = Schedule((Hours(ZoneInfo("Asia/Tokyo"), start=600, end=660),))
    [trial] = RuleSet([rule(name="hours", active=tokyo)]).trials(alert())
    assert trial.parts[0].detail == "it is Sat 2026-11-21 12:00 JST"


def test_where_no_rule_takes_it_all_were_tried() -> None:
    rules = RuleSet([rule("team=pay", name="one"), rule("team=bank", name="other")])
    assert [trial.rule.name for trial in rules.trials(alert())] == ["one", "other"]


def test_trying_counts_nothing() -> None:
    rules = RuleSet([rule(name="r", when=Says(answer=True))])
    rules.trials(alert())
    assert (rules.watch["r"].matches, rules.watch["r"].evaluations) == (0, 0)
