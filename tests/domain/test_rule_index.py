"""The index leaves out only what could not match, and little more than what could."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.rule_index import RuleIndex
from bot.domain.rules import Rule
from bot.ingest.patterns import parse_matcher
from tests.domain.world import rule

MATCHERS = st.sampled_from(
    [f"{name}{op}{value}" for name in "abc" for op in ("=", "!=") for value in ("", "x", "y")]
    + ['a=~"x|y"', 'b=~"x|y|z"', 'c=~"x.*"', 'a!~"x|y"', 'b=~"|x"']
).map(parse_matcher)
RULES = st.lists(st.lists(MATCHERS, max_size=3).map(lambda found: Rule("r", tuple(found))), max_size=12)
LABELS = st.dictionaries(st.sampled_from("abc"), st.sampled_from(["", "x", "y", "z"]))


@given(RULES, LABELS)
def test_every_rule_that_matches_is_a_candidate_in_order(rules: list[Rule], labels: dict[str, str]) -> None:
    candidates = list(RuleIndex(rules).candidates(labels))
    matching = [
        position
        for position, one in enumerate(rules)
        if all(matcher.matches(labels) for matcher in one.matchers)
    ]
    assert set(matching) <= set(candidates)
    assert candidates == sorted(set(candidates))


def test_a_rule_is_filed_under_what_the_fewest_share() -> None:
    rules = [rule("environment=production", f"team=t{number}") for number in range(1000)]
    index = RuleIndex([*rules, rule("severity=~crit.*")])
    assert index.candidates({"environment": "production", "team": "t7"}) == [7, 1000]
    assert index.candidates({"environment": "production"}) == [1000]


def test_listed_values_are_filed_one_by_one() -> None:
    index = RuleIndex([rule('team=~"a|b"'), rule("team=b"), rule("team=")])
    assert index.candidates({"team": "a"}) == [0, 2]
    assert index.candidates({"team": "b"}) == [0, 1, 2]
    assert index.candidates({}) == [2]
