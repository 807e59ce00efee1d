from __future__ import annotations

import contextlib
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.config.cel import LONGEST_TEXT, condition
from bot.config.cel_bounds import ExpressionError
from bot.domain.conditions import VARIABLES, ConditionError, variables_of
from bot.domain.incident import Severity
from tests.domain.world import alert


def asked(source: str, **labels: str) -> bool:
    event = alert("checkout", 12, started=0, annotations={"summary": "Errors"})
    given = {**event.labels, **labels}
    return condition(source).holds(variables_of(event, given, Severity.WARNING, None))


@pytest.mark.parametrize(
    ("source", "answer"),
    [
        ('service == "checkout" && environment == "production"', True),
        ('labels.team == "pay"', True),
        ('"team" in labels', True),
        ('has(labels.tier) && labels.tier == "1"', False),
        ('labels.?tier.orValue("1") == "1"', True),
        ('severity in ["critical", "error"]', False),
        ('summary.startsWith("Err") && annotations.summary.contains("rror")', True),
        (r'name.matches("^High[A-Z]\\w+$")', True),
        (r'matches(name, r"^High\w+$")', True),
        ('received_at - starts_at > duration("10m")', True),
        ('starts_at.getDayOfWeek("Europe/Berlin") == 6', True),
        ('labels.exists(k, k.startsWith("te"))', True),
        ('labels.all(k, labels[k] != "")', True),
        ('owner == "" && title == "" && status == "firing" && source == "am"', True),
        ("true // a comment with map( in it", True),
        ('labels.?stage.orValue("page") == "page" && "firing" == status', True),
        ('service + severity == "checkoutwarning"', True),
        ('severity == "warn" + "ing" && status != ""', True),
        ('labels.exists(status, status == "team")', True),
    ],
)
def test_conditions_over_the_documented_variables(source: str, *, answer: bool) -> None:
    assert asked(source, team="pay") is answer


@pytest.mark.parametrize(
    ("source", "at", "problem", "meant"),
    [
        ('servce == "x"', "servce", "there is no servce", "service"),
        ('true && team == "x"', "team", "there is no team", "labels.team"),
        ('name.startWith("x")', "startWith", "there is no startWith", "startsWith"),
        ("service + 1 == 2", "+", "+ does not take (string, int)", ""),
        ("true &&\n  severity == 3", "==", "== does not take (string, int)", ""),
        ("service", "service", "gives string; a condition gives true or false", ""),
        ('name = "x"', "= ", "token recognition error", "=="),
        ('name == "a" and true', "and", "mismatched input 'and' expecting <EOF>", "&&"),
        ("not has(labels.x)", "not", "there is no not", "!"),
        ("severity == critical", "critical", "there is no critical", '"critical"'),
        (r'name.matches("^disk \d+")', '"', 'written twice, or the text as r"..."', ""),
        ('severity == "page"', '"page"', "severity is never", ""),
        ('"critcal" != severity', '"critcal"', "one of critical, error, warning, info", '"critical"'),
        ('labels.status == "x" && status == "fired"', '"fired"', "status is never", ""),
        ("(true", "", "missing ')' at '<EOF>'", ""),
        ("", "", "mismatched input '<EOF>'", ""),
        ('"é€😀" == nme', "nme", "there is no nme", "name"),
        ("(" * 40 + "true" + ")" * 40, "(", "nested too deeply", ""),
        ("labels.a.b == 1", ".b", "cannot be the operand of a select operation", ""),
    ],
)
def test_what_is_no_condition_is_told_at_its_place(source: str, at: str, problem: str, meant: str) -> None:
    with pytest.raises(ExpressionError) as refused:
        condition(source)
    assert problem in refused.value.problem
    assert refused.value.meant == meant
    assert refused.value.offset == (source.index(at) if at else len(source))


@pytest.mark.parametrize(
    ("source", "at", "problem", "meant"),
    [
        (
            'received_at - starts_at > duration("1d")',
            '"1d"',
            "is no duration; write it in h, m and s",
            '"24h"',
        ),
        ("received_at - starts_at > duration('2 weeks')", "'2", "is no duration", '"336h"'),
        ('received_at - starts_at > duration( "10 minutes" )', '"10', "is no duration", '"10m"'),
        ('received_at - starts_at > duration(r"soon")', 'r"', "is no duration", ""),
        ('received_at - starts_at > duration("99999999h")', '"9', "is no duration", ""),
        ('starts_at > timestamp("nope")', '"nope"', "is no time; write it as 2026-01-31T12:00:00Z", ""),
        ('name == "é" &&\n starts_at < timestamp("2026-01-01")', '"2026', "is no time", ""),
        ('starts_at.getHours("Europe/Berln") > 3', '"Eur', "is no time zone; write", "Europe/Berlin"),
        ('received_at.getMilliseconds("moon") == 0', '"moon"', "is no time zone", ""),
    ],
)
def test_a_constant_that_always_fails_is_told_at_its_place(
    source: str, at: str, problem: str, meant: str
) -> None:
    with pytest.raises(ExpressionError) as refused:
        condition(source)
    assert problem in refused.value.problem
    assert refused.value.meant == meant
    assert refused.value.offset == source.index(at)


@pytest.mark.parametrize(
    "source",
    [
        'starts_at > timestamp("2026-01-01T00:00:00+01:00")',
        'received_at - starts_at > duration("1h30m")',
        'starts_at.getHours("+02:00") < 24 && starts_at.getHours("CET") < 24 && starts_at.getHours("") < 24',
        """summary != 'duration("1d")' // timestamp("nope")""",
        'summary.startsWith("1d") && string(name) != string("nope")',
        'timestamp(string(starts_at)).getHours() < 24 && duration(string("1") + "s") > duration("0s")',
    ],
)
def test_other_constants_are_as_they_were(source: str) -> None:
    assert asked(source) in {True, False}


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ('labels.tier == "1"', "there is no tier; ask has(labels.tier) first"),
        ("1 / 0 == 1", "divide by zero"),
        ('int(service) == 1 || labels.x == "y"', ""),
        ("starts_at.getHours(name) == 1", "Invalid timezone"),
    ],
)
def test_what_goes_wrong_as_it_runs_is_an_error_never_an_answer(source: str, why: str) -> None:
    with pytest.raises(ConditionError) as failed:
        asked(source)
    assert why in failed.value.detail


def test_the_budget_of_iterations_is_an_error_too() -> None:
    labels = {str(number): "x" for number in range(20_000)}
    variables = variables_of(alert(), labels, Severity.WARNING, None)
    with pytest.raises(ConditionError, match="budget"):
        condition('labels.all(k, k != "none")').holds(variables)


def test_texts_are_cut_and_have_an_encoding() -> None:
    assert asked(f"size(labels.huge) == {LONGEST_TEXT}", huge="x" * 1_000_000)
    assert asked('labels.odd == "a?"', odd="a\ud800")


def test_each_alert_has_its_own_variables() -> None:
    """The activation is shared between rules, and never between alerts."""
    one, other = (variables_of(alert(name), {}, Severity.WARNING, None) for name in ("one", "other"))
    is_one, is_other = condition('service == "one"'), condition('service == "other"')
    assert [is_one.holds(one), is_other.holds(one)] == [True, False]
    assert [is_one.holds(other), is_other.holds(other)] == [False, True]
    assert is_one.holds(one)


@pytest.mark.parametrize(
    ("source", "reads"),
    [
        ('received_at - starts_at > duration("10m")', True),
        ('received_at.getHours("UTC") >= 9', True),
        ('.received_at.getHours("UTC") >= 9', True),
        ("starts_at < starts_at", False),
        ('labels.received_at == "now"', False),
        ('labels.?received_at.orValue("") == "now"', False),
        ("(has(labels.a) ? received_at : starts_at) > starts_at", True),
        ('name == "received_at" // received_at', False),
    ],
)
def test_whether_its_answer_changes_with_time_is_known(source: str, *, reads: bool) -> None:
    assert condition(source).reads_time is reads


def test_equal_texts_are_equal_conditions() -> None:
    assert condition("true") == condition("true")
    assert condition("true") != condition("false")
    assert len({condition("true"), condition("true")}) == 1


@given(st.text(st.sampled_from("abc.()[]{}'\"\\+&|!=<>,: \n\rmatchesml1"), max_size=60))
def test_whatever_is_written_is_a_condition_or_an_expression_error(source: str) -> None:
    offset = 0
    with contextlib.suppress(ExpressionError):
        try:
            assert condition(source).source == source
        except ExpressionError as error:
            offset = error.offset
            raise
    assert 0 <= offset <= len(source)


def test_the_library_knows_every_documented_variable() -> None:
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    assert moment.tzinfo is UTC
    for name in VARIABLES:
        assert condition(f"{name} == {name}").source == f"{name} == {name}"
