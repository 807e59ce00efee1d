"""What is wrong with a form, in the words of whoever writes it and not of the library that reads it."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from playbooks.complaints import complaints, durations_shown
from playbooks.yaml_tree import Tree, read_all


class Inner(BaseModel):
    label: str = "severity"
    values: dict[str, int] = Field(default_factory=dict)


class Form(BaseModel):
    model_config = ConfigDict(extra="forbid")

    inner: Inner = Field(default_factory=Inner)
    texts: dict[str, str] = Field(default_factory=dict)
    names: Annotated[list[str], Field(min_length=1)] = Field(default_factory=lambda: ["a"])
    pair: Annotated[list[str], Field(min_length=2)] = Field(default_factory=lambda: ["a", "b"])
    channel: str = Field("{number}", pattern=r"\{number\}")
    url: str = Field("http://x", pattern="^http")
    window: timedelta = Field(timedelta(1), le=timedelta(days=30))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("inner: critical", "inner: a mapping is expected here, with label, values"),
        ("texts: critical", "texts: a mapping is expected here"),
        ("names: []", "names: needs at least 1 entry"),
        ("pair: [a]", "pair: needs at least 2 entries"),
        ("channel: inc", "channel: must hold {number}"),
        ("url: ftp", "url: must match the pattern ^http"),
        ("window: 3000000", "window: input should be less than or equal to 30 days"),
        ("innner: {}", "innner: there is no such field"),
    ],
)
def test_it_is_said_in_plain_words(text: str, said: str) -> None:
    documents: Any = read_all(text.encode(), "a.yaml")
    (tree,) = documents
    assert isinstance(tree, Tree)
    with pytest.raises(ValidationError) as caught:
        Form.model_validate(tree.value)
    (problem,) = complaints(caught.value, Form, tree, ())
    assert str(problem).splitlines()[0].partition(": ")[2].startswith(said)


def test_a_bound_of_time_is_written_as_here() -> None:
    assert durations_shown("less than datetime.timedelta(seconds=90)") == "less than 1 min 30 s"
