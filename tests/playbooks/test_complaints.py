from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict, ValidationError

from playbooks.complaints import complaints
from playbooks.yaml_tree import Tree, read


class Inner(BaseModel):
    model_config = ConfigDict(extra="forbid")

    colour: str = ""


class Outer(BaseModel):
    model_config = ConfigDict(extra="forbid")

    items: list[Inner] = []
    one: Inner | None = None
    free: dict[str, Any] = {}
    size: int


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("size: x", "f:1:7: size: input should be a valid integer, unable to parse string as an integer"),
        ("one: {}", "f:1:1: size: is missing"),
        ("{size: 1, sice: 2}", "f:1:11: sice: there is no such field (did you mean size?)"),
        ("{size: 1, one: {color: x}}", "f:1:17: one.color: there is no such field (did you mean colour?)"),
        ("{size: 1, items: [{zz: x}]}", "f:1:20: items[0].zz: there is no such field"),
    ],
)
def test_a_complaint_has_its_place_and_a_proposal(text: str, said: str) -> None:
    tree = read(text, "f")
    assert isinstance(tree, Tree)
    with pytest.raises(ValidationError) as caught:
        Outer.model_validate(tree.value)
    (problem,) = complaints(caught.value, Outer, tree, ())
    assert str(problem).split("\n", 1)[0] == said
