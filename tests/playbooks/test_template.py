from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playbooks.errors import TemplateSyntaxError, UnknownVariableError
from playbooks.template import Place, parse, parse_path, render, render_tree, show, texts

VARIABLES = {
    "incident": {"id": "INC-12", "services": ["a b", "c"], "empty": "", "none": None},
    "base": "http://x.test/p?q=1",
    "n": 0.1 + 0.2,
    "flag": True,
}


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("plain", "plain"),
        ("", ""),
        ("{{ incident.id }}!", "INC-12!"),
        ("{{incident.services[1]}}", "c"),
        ("{{ incident.services }}", "a b, c"),
        ("{{ nothing ?? incident.id }}", "INC-12"),
        ("{{ nothing ?? 'x' }}{{ nothing ?? \"y\" }}", "xy"),
        ("{{ incident.empty ?? incident.none ?? '' }}", ""),
        ("{{ flag }} {{ n }}", "true 0.3"),
        ("a }} b", "a }} b"),
        ("{{ '{{' }}", "{{"),
    ],
)
def test_renders(template: str, expected: str) -> None:
    assert render(template, VARIABLES) == expected


@pytest.mark.parametrize(
    "template", ["{{ a", "{{ }}", "{{ a b }}", "{{ a..b }}", "{{ __import__('os') }}", "{{ a[x] }}"]
)
def test_what_cannot_be_read_is_refused(template: str) -> None:
    with pytest.raises(TemplateSyntaxError):
        render(template, VARIABLES)


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("{{ incident.idd }}", "incident.idd is not set; did you mean incident.id?"),
        ("{{ incdent.id }}", "incdent.id is not set; did you mean incident.id?"),
        ("{{ incident.zzz }}", "incident.zzz is not set"),
        ("{{ incident.services[7] }}", "incident.services[7] is not set"),
        ("{{ incident[0] }}", "incident[0] is not set"),
        ("{{ incident.id.more }}", "incident.id.more is not set"),
        ("{{ incident.empty }}", "incident.empty is not set"),
        ("{{ incident.none ?? nothing }}", "incident.none is not set"),
    ],
)
def test_a_variable_that_is_not_set_is_named_with_its_nearest(template: str, message: str) -> None:
    with pytest.raises(UnknownVariableError) as caught:
        render(template, VARIABLES)
    assert str(caught.value) == message


def test_in_an_address_values_are_encoded_but_for_the_address_itself() -> None:
    assert (
        render("{{ base }}&s={{ incident.services[0] }}", VARIABLES, Place.URL)
        == "http://x.test/p?q=1&s=a%20b"
    )


def test_in_a_query_and_a_header_values_cannot_break_out() -> None:
    evil = {"v": 'a"} or up{x="', "h": "x\r\nEvil: 1"}
    assert render('up{a="{{ v }}"}', evil, Place.QUERY) == 'up{a="a\\"} or up{x=\\""}'
    assert render("{{ h }}", evil, Place.HEADER) == "x  Evil: 1"


def test_in_json_a_lone_expression_keeps_its_type() -> None:
    body = {"list": ["{{ incident.services }}", "n={{ n }}"], "n": "{{ n }}", "k": 3}
    rendered = render_tree(body, VARIABLES, Place.JSON)
    assert rendered == {"list": [["a b", "c"], "n=0.3"], "n": VARIABLES["n"], "k": 3}
    assert render_tree("{{ flag }}", VARIABLES, Place.TEXT) == "true"
    assert render_tree("plain", VARIABLES, Place.JSON) == "plain"


def test_values_are_shown_as_people_read_them() -> None:
    assert [show(v) for v in (1_234_567.8, 0.000012345678, {"a": 1}, 3, False)] == [
        "1234568",
        "1.23457e-05",
        '{"a": 1}',
        "3",
        "false",
    ]


def test_paths_are_names_and_positions() -> None:
    assert parse_path("steps.look-up.values[2].x").parts == ("steps", "look-up", "values", 2, "x")


def test_every_text_is_found_with_its_path() -> None:
    assert list(texts({"a": ["x", {"b": "y"}], "c": 1})) == [(("a", 0), "x"), (("a", 1, "b"), "y")]


@given(st.text(alphabet=st.sampled_from("{}[]?.'\"ab0 \n"), max_size=40), st.sampled_from(Place))
def test_a_template_renders_or_is_refused_by_name(template: str, place: Place) -> None:
    try:
        render(template, {"a": {"b": "v"}}, place)
    except (TemplateSyntaxError, UnknownVariableError):
        return
    assert parse(template) is not None


@given(st.text(max_size=30))
def test_a_value_is_never_read_as_a_template(value: str) -> None:
    assert render("<{{ a ?? '' }}>", {"a": value}) == f"<{value}>"
