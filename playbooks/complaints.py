"""What pydantic says of a form, as problems with a place and a proposal."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from playbooks.durations import show_duration
from playbooks.problem import Problem, closest, in_order

if TYPE_CHECKING:
    from pydantic import BaseModel, ValidationError

    from playbooks.yaml_tree import Tree, Where

_BOUND: Final = re.compile(r"datetime\.timedelta\((?:(days|seconds)=)?(\d+)\)")  # how pydantic tells a bound
_LITERAL: Final = re.compile(r"\\(\{\w+)\\(\})")
_CHOICE: Final = re.compile(r"'([^']*)'")
_LONGEST_CHOICE: Final = 64
_CHOICES: Final = frozenset({"enum", "literal_error"})
_NO_MAPPING: Final = frozenset({"dict_type", "model_attributes_type", "model_type"})
_MESSAGES: Final = {
    "extra_forbidden": "there is no such field",
    "missing": "is missing",
}


def complaints(error: ValidationError, model: type[BaseModel], tree: Tree, base: Where) -> list[Problem]:
    """Every complaint of the form `model` about the part of the tree at `base`, from its top to its end.

    A validator may raise PydanticCustomError with `offset` (of a character in the text) and `meant` (a
    proposal) in its context.
    """
    return in_order(_complaint(dict(each), model, tree, base) for each in error.errors(include_url=False))


def _complaint(each: dict[str, Any], model: type[BaseModel], tree: Tree, base: Where) -> Problem:
    path: Where = (*base, *each["loc"])
    message = _message(each, model)
    if each["type"] != "extra_forbidden":
        context = each.get("ctx", {})
        message = message[:1].lower() + message[1:]
        meant = context.get("meant", "")
        if each["type"] in _CHOICES:
            meant = closest(str(each["input"])[:_LONGEST_CHOICE], _CHOICE.findall(context["expected"]))
        return tree.problem(path, message, meant, offset=context.get("offset"))
    name = str(each["loc"][-1])
    return tree.problem(path, message, closest(name, _fields(model, each["loc"][:-1])), at_key=True)


def _message(each: dict[str, Any], model: type[BaseModel]) -> str:
    kind, context = each["type"], each.get("ctx", {})
    if kind in _NO_MAPPING:
        fields = ", ".join(_fields(model, each["loc"]))
        return f"a mapping is expected here, with {fields}" if fields else "a mapping is expected here"
    if kind == "list_type":
        one = each["input"]
        short = isinstance(one, str | int | float) and len(str(one)) <= _LONGEST_CHOICE
        return (
            f"a list is expected here: [{json.dumps(one, ensure_ascii=False)}]"
            if short
            else "a list is expected here"
        )
    if kind == "too_short":
        least = context["min_length"]
        return f"needs at least {least} {'entry' if least == 1 else 'entries'}"
    if kind == "string_pattern_mismatch":
        literal = _LITERAL.fullmatch(context["pattern"])
        return (
            f"must hold {literal[1]}{literal[2]}"
            if literal
            else f"must match the pattern {context['pattern']}"
        )
    return _MESSAGES.get(kind, durations_shown(each["msg"].removeprefix("Value error, ")))


def durations_shown(message: str) -> str:
    """Pydantic's sentence with bounds of time as they are written here, as in `30d`."""
    return _BOUND.sub(lambda found: show_duration(timedelta(**{found[1] or "days": int(found[2])})), message)


def _fields(model: type[BaseModel], path: Where) -> list[str]:
    """The fields that are known at the path, for a proposal."""
    schema = model.model_json_schema()
    node: dict[str, Any] = schema
    for part in path:
        following = (
            node.get("items", {}) if isinstance(part, int) else node.get("properties", {}).get(part, {})
        )
        following = next((o for o in following.get("anyOf", ()) if "$ref" in o or "items" in o), following)
        node = schema["$defs"][following["$ref"].rpartition("/")[2]] if "$ref" in following else following
    return list(node.get("properties", {}))
