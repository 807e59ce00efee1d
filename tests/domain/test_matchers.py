from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.errors import InvalidInputError
from bot.domain.matchers import Matcher
from bot.ingest.patterns import leading_matchers, parse_matcher


@pytest.mark.parametrize(
    ("text", "matching", "other"),
    [
        ('team="pay"', "pay", "play"),
        ("team = pay", "pay", ""),
        ('team!="pay"', "", "pay"),
        ('team=~"pa.*|bank"', "bank", "the bank"),
        ('team!~"pa.*"', "the pa", "pay"),
        ('team=~".*"', "two\nlines", None),
        (r'team="say \"hi\"\n\\"', 'say "hi"\n\\', "say"),
        (r'team=~"db\d+\.eu"', "db12.eu", "db12_eu"),
        (r"team=~db\d+", "db12", "dbd"),
        (r'team="C:\\new\dir\n"', "C:\\new\\dir\n", None),
        ('team=""', "", "x"),
        ("team=", "", "x"),
        ('"team"=pay', "pay", "play"),
    ],
)
def test_matchers_read_as_alertmanager_s(text: str, matching: str, other: str | None) -> None:
    matcher = parse_matcher(text)
    assert matcher.matches({"team": matching})
    assert other is None or not matcher.matches({"team": other})


def test_a_name_that_is_not_plain_stands_in_quotes() -> None:
    matcher = parse_matcher(r'"service.name \"x\""=~"a.*"')
    assert matcher.matches({'service.name "x"': "ab"})
    assert str(matcher) == r'"service.name \"x\""=~"a.*"'
    assert leading_matchers('{"service.name"="q", team=x}')[0] == (
        Matcher("service.name", "=", "q"),
        Matcher("team", "=", "x"),
    )


def test_an_absent_label_reads_as_empty() -> None:
    assert parse_matcher('team=""').matches({})
    assert not parse_matcher('team=~".+"').matches({})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "team",
        "1team=x",
        'team="x',
        "team==x",
        "team=~=x",
        "team=~~x",
        "team=x y",
        'team=x"y',
        "team<3",
        'team="x,y',
    ],
)
def test_what_is_no_matcher_says_how_to_write_one(text: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        parse_matcher(text)
    assert refused.value.path == "match"
    assert repr(text) in refused.value.problem
    assert "label=" in refused.value.fix


@pytest.mark.parametrize(
    "text",
    ["team=pay,tier=a", "team=~pay,bank", r"team=a\,b", 'team="pay",tier="a"', "team = pay , tier", "team=,"],
)
def test_a_comma_outside_of_quotes_is_refused(text: str) -> None:
    """Alertmanager reads a list there; a single matcher would look for a value with a comma in it."""
    with pytest.raises(InvalidInputError) as refused:
        parse_matcher(text)
    assert refused.value.problem == f"{text!r} has a comma outside of quotes"
    assert refused.value.fix == "write two matchers, or quote the value"
    assert parse_matcher('team="pay,tier=a"').matches({"team": "pay,tier=a"})


@pytest.mark.parametrize("pattern", ["(", "a{2,1}", "*", "a{1001}"])
def test_a_regular_expression_that_does_not_compile_is_named(pattern: str) -> None:
    with pytest.raises(InvalidInputError, match="regular expression"):
        parse_matcher(f'team=~"{pattern}"')


@given(st.sampled_from(("=", "!=")), st.text())
def test_what_is_written_is_read_back(op: str, value: str) -> None:
    matcher = Matcher("team", op, value)
    assert parse_matcher(str(matcher)) == matcher


LABELS = st.dictionaries(st.sampled_from(["team", "tier"]), st.text("abc|.", max_size=4))
TEXTS = st.builds(
    '{}{}"{}"'.format,
    st.sampled_from(["team", "tier"]),
    st.sampled_from(["=", "!=", "=~", "!~"]),
    st.sampled_from(["", "a", "a|b", "a.*", "a|", ".", "ab?"]),
)


@given(TEXTS, LABELS)
def test_the_opposite_operator_gives_the_opposite_answer(text: str, labels: dict[str, str]) -> None:
    opposite = {"=": "!=", "!=": "=", "=~": "!~", "!~": "=~"}
    one = parse_matcher(text)
    other = parse_matcher(text.replace(one.op, opposite[one.op], 1))
    assert one.matches(labels) != other.matches(labels)


@given(TEXTS, LABELS)
def test_the_choices_are_all_the_values_that_there_could_be(text: str, labels: dict[str, str]) -> None:
    matcher = parse_matcher(text)
    if matcher.choices:
        assert matcher.matches(labels) == (labels.get(matcher.name, "") in matcher.choices)


@given(TEXTS, LABELS)
def test_regular_expressions_match_the_whole_value_as_python_s_do(text: str, labels: dict[str, str]) -> None:
    matcher = parse_matcher(text)
    if matcher.op in {"=~", "!~"}:
        whole = re.fullmatch(matcher.value, labels.get(matcher.name, ""), re.DOTALL) is not None
        assert matcher.matches(labels) == (whole == (matcher.op == "=~"))


@pytest.mark.parametrize(
    ("text", "matchers", "rest"),
    [
        ("", (), ""),
        ("team=pay", ("team=pay",), ""),
        (" , team=pay\tkind!=x,\n\ntier=~a|b ,", ("team=pay", "kind!=x", "tier=~a|b"), ""),
        ('team="pay",kind="a, b" for 2h', ("team=pay", 'kind="a, b"'), "for 2h"),
        ("team = pay kind= tier=", ("team=pay", "kind=", "tier="), ""),
        ("team= kind=x", ("team=", "kind=x"), ""),
        (r'team="say \"}\"" x', (r'team="say \"}\""',), "x"),
        ("team=~x{2} kind=a}", ("team=~x{2}", "kind=a}"), ""),
        ('{team="pay}",kind=x} for 2h', ('team="pay}"', "kind=x"), "for 2h"),
        (" {team=, kind=x , } ", ("team=", "kind=x"), ""),
        ("{}", (), ""),
        ("team=pay team", ("team=pay",), "team"),
        ('team=pay kind="x', ("team=pay",), 'kind="x'),
        ('team="pay"x', (), 'team="pay"x'),
        ("forever team=pay", (), "forever team=pay"),
    ],
)
def test_matchers_are_read_as_far_as_they_go(text: str, matchers: tuple[str, ...], rest: str) -> None:
    assert leading_matchers(text) == (tuple(map(parse_matcher, matchers)), rest)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{", "the brace is not closed"),
        ("{team=pay", "the brace is not closed"),
        ("{team=pay kind}", "'kind}' is not a matcher"),
        ("team==pay", "'team==pay' is not a matcher"),
        ('team=~"("', "missing )"),
    ],
)
def test_what_stands_where_a_matcher_should_is_named(text: str, problem: str) -> None:
    with pytest.raises(InvalidInputError, match=re.escape(problem)):
        leading_matchers(text)


EQUALITIES = st.builds(
    Matcher,
    st.sampled_from(["team", "a:b", "service.name", 'say "x"\\']),
    st.sampled_from(["=", "!="]),
    st.text(),
)


@given(st.lists(EQUALITIES))
def test_a_list_that_is_written_is_read_back(wanted: list[Matcher]) -> None:
    written = [str(one) for one in wanted]
    for text in (" ".join(written), ",".join(written), "{" + ", ".join(written) + "}"):
        assert leading_matchers(text) == (tuple(wanted), "")
