"""Kinds of fields that several of the folder's files share: names, labels, matchers, conditions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final, NoReturn

from pydantic import Field, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from bot.config.cel import condition
from bot.config.cel_bounds import ExpressionError
from bot.domain.alert import UNKNOWN
from bot.domain.conditions import Condition as DomainCondition
from bot.domain.errors import InvalidInputError
from bot.domain.matchers import Matcher as DomainMatcher
from bot.ingest.patterns import parse_matcher

if TYPE_CHECKING:
    from collections.abc import Callable

Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]
Label = Annotated[str, Field(pattern=r"^[^\s\"'{},=!~|\\]{1,256}$")]
Target = Annotated[str, Field(pattern=r"^(#[^\s#]{1,80}|[CDGUW][A-Z0-9]{2,})$")]
"""Whom Slack can be told to post to: `#channel`, a channel's id, a person's id."""
_NEVER_EMPTY: Final = ("service", "environment")
"""What every alert has, whatever its labels are."""
_ANYTHING: Final = (".+", "..*", ".*.")
_NO_TEXT: Final = "a text is expected here"


def refused(problem: str, *, offset: int | None = None, meant: str = "") -> NoReturn:
    """Refuse a field, at one of its characters and with a proposal, where there are such.

    Raises:
        PydanticCustomError: always; `playbooks.complaints` reads its context.
    """
    context: dict[str, Any] = {"problem": problem, "meant": meant}
    if offset is not None:
        context["offset"] = offset
    raise PydanticCustomError("refused", "{problem}", context)


def _matcher(value: Any) -> DomainMatcher:
    if isinstance(value, DomainMatcher):
        return value
    if not isinstance(value, str):
        refused(_NO_TEXT)
    try:
        matcher = parse_matcher(value)
    except InvalidInputError as error:
        refused("; ".join(filter(None, (error.problem, error.fix))))
    if matcher.name in _NEVER_EMPTY and _asks_for_nothing(matcher):
        problem = f"never holds: an alert that names no {matcher.name} reads {UNKNOWN}"
        refused(problem, meant=f'{matcher.name}="{UNKNOWN}"')
    return matcher


def _asks_for_nothing(matcher: DomainMatcher) -> bool:
    """Whether it holds for the empty value alone, as people write that."""
    if matcher.op == "=":
        return not matcher.value
    whole = matcher.value.removeprefix("^").removesuffix("$")
    return not whole if matcher.op == "=~" else matcher.op == "!~" and whole in _ANYTHING


def _condition(value: Any) -> DomainCondition:
    if not isinstance(value, str):
        refused(_NO_TEXT)
    try:
        return condition(value)
    except ExpressionError as error:
        refused(error.problem, offset=error.offset, meant=error.meant)


def _text(validate: Callable[[Any], Any], description: str, example: str) -> tuple[Any, Any]:
    schema = {"type": "string", "description": description, "examples": [example]}
    return PlainValidator(validate), WithJsonSchema(schema)


Matcher = Annotated[
    DomainMatcher, *_text(_matcher, "an Alertmanager matcher: =, !=, =~ or !~", 'team="payments"')
]
Condition = Annotated[
    DomainCondition | None, *_text(_condition, "a condition in CEL", 'labels.?tier.orValue("") != "batch"')
]
