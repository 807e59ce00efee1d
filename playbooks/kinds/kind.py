"""What every step kind declares: its parameters, whether it may be repeated, and how it is done."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar, get_args

from pydantic import BaseModel, ConfigDict

from playbooks.template import Place, render_tree

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from datetime import datetime, timedelta

    from playbooks.model import StepResult
    from playbooks.toolbox import Toolbox


class Params(BaseModel):
    """Parameters of a step. A field annotated with a `Place` is a template, escaped for that place."""

    model_config = ConfigDict(extra="forbid", frozen=True)


P = TypeVar("P", bound=Params)


@dataclass(frozen=True, slots=True)
class StepContext:
    """What a step is told beside its parameters; `idempotency_key` is the same for every attempt."""

    idempotency_key: str
    now: datetime
    timeout: timedelta
    approved_by: str = ""


@dataclass(frozen=True, slots=True)
class StepKind(Generic[P]):
    """One kind of step. `results` are the names in `StepResult.data` that later steps can use.

    `check` looks whether an earlier attempt has done it: its result, or None where it has not.
    """

    name: str
    summary: str
    params: type[P]
    run: Callable[[P, StepContext, Toolbox], Awaitable[StepResult]]
    results: frozenset[str] = frozenset()
    idempotent: Callable[[P], bool] = field(default=lambda _: True)
    checkable: Callable[[P], bool] = field(default=lambda _: False)
    check: Callable[[P, StepContext, Toolbox], Awaitable[StepResult | None]] | None = None
    hold: Callable[[P], timedelta | None] = field(default=lambda _: None)
    needs_approval: bool = False


def render_params(params: P, variables: Mapping[str, Any]) -> P:
    """The parameters with their templates filled in.

    Raises:
        UnknownVariableError: a variable is not set.
    """
    changed: dict[str, Any] = {}
    for name, about in type(params).model_fields.items():
        value = getattr(params, name)
        place = _place(about.metadata)
        if isinstance(value, Params):
            changed[name] = render_params(value, variables)
        elif place:
            changed[name] = render_tree(value, variables, place)
    return params.model_copy(update=changed)


def place_of(model: type[BaseModel], path: Sequence[str | int]) -> Place | None:
    """Where the text at `path` in a model's parameters goes; None where no template is possible."""
    about = model.model_fields.get(str(path[0])) if path else None
    if about is None:
        return None
    place = _place(about.metadata)
    if place:
        return place
    for candidate in (about.annotation, *get_args(about.annotation)):
        if isinstance(candidate, type) and issubclass(candidate, BaseModel):
            return place_of(candidate, path[1:])
    return None


def _place(metadata: Sequence[Any]) -> Place | None:
    return next((item for item in metadata if isinstance(item, Place)), None)
