from __future__ import annotations

import pytest
from pydantic import ValidationError

from playbooks.errors import UnknownVariableError
from playbooks.kinds import KINDS
from playbooks.kinds.http_get import HttpGetParams
from playbooks.kinds.http_request import HttpRequestParams
from playbooks.kinds.kind import place_of, render_params
from playbooks.template import Place
from tests.playbooks.samples import VARIABLES


def test_each_field_is_filled_in_for_its_place() -> None:
    params = HttpRequestParams.model_validate(
        {
            "url": "{{ changed.links.rollback }}/{{ incident.title }}",
            "headers": {"X-Incident": "{{ incident.id }}"},
            "body": {"services": "{{ incident.services }}"},
            "check": {"url": "http://x.test/{{ incident.title }}", "equals": "{{ incident.id }}"},
        }
    )
    filled = render_params(params, VARIABLES)
    assert filled.url == "http://deploy.test/rollback/Errors%20in%20checkout"
    assert filled.headers == {"X-Incident": "INC-12"}
    assert filled.body == {"services": ["checkout", "cart"]}
    assert filled.check
    assert (filled.check.url, filled.check.equals) == ("http://x.test/Errors%20in%20checkout", "INC-12")


def test_a_variable_that_is_not_set_is_named() -> None:
    with pytest.raises(UnknownVariableError, match=r"alert.name is not set"):
        render_params(HttpGetParams(url="http://x.test/{{ alert.name }}"), VARIABLES)


@pytest.mark.parametrize(
    ("path", "place"),
    [
        (("url",), Place.URL),
        (("headers", "A"), Place.HEADER),
        (("body", "a", 0), Place.JSON),
        (("check", "url"), Place.URL),
        (("check", "pick"), None),
        (("method",), None),
        (("nothing",), None),
        ((), None),
    ],
)
def test_the_place_of_a_text(path: tuple[str | int, ...], place: Place | None) -> None:
    assert place_of(HttpRequestParams, path) is place


def test_every_kind_is_named_described_and_strict() -> None:
    for name, kind in KINDS.items():
        assert kind.name == name
        assert kind.summary.endswith(".")
        with pytest.raises(ValidationError):
            kind.params.model_validate({"no such field": 1})
