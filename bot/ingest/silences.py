"""Alertmanager's silences, as `GET /api/v2/silences` tells of them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Final

from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from bot.domain.errors import InvalidInputError
from bot.domain.matchers import Matcher
from bot.domain.quieting import LONGEST_COMMENT, Quiet, QuietKind
from bot.domain.wording import one_line
from bot.ingest.patterns import linear

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST: Final = 10_000
_OPS: Final = {(False, True): "=", (False, False): "!=", (True, True): "=~", (True, False): "!~"}


class _Matcher(BaseModel):
    name: str = Field(max_length=256)
    value: str = Field(max_length=4096)
    regex: bool = Field(alias="isRegex")
    equal: bool = Field(True, alias="isEqual")


class _Status(BaseModel):
    state: str


class _Silence(BaseModel):
    id: str = Field(max_length=128)
    status: _Status
    matchers: list[_Matcher] = Field(min_length=1, max_length=256)
    starts_at: datetime = Field(alias="startsAt")
    ends_at: datetime = Field(alias="endsAt")
    created_by: str = Field("", alias="createdBy")
    comment: str = ""


_SILENCES: Final[TypeAdapter[list[Any]]] = TypeAdapter(Annotated[list[Any], Field(max_length=MOST)])


def parse_silences(body: bytes, source: str) -> tuple[list[Quiet], list[str]]:
    """Those that hold or will, and what is wrong with those that cannot be read.

    `source` is the Alertmanager's address; ids are unique with it.

    Raises:
        InvalidInputError: it is no list of silences.
    """
    try:
        entries = _SILENCES.validate_json(body)
    except ValidationError as error:
        why = error.errors(include_url=False)[0]["msg"]
        raise InvalidInputError("silences", f"is no list of silences: {why}") from None
    quiets: list[Quiet] = []
    problems: list[str] = []
    for entry in entries:
        try:
            quiets += _read(entry, source)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            problems.append(f"{'.'.join(map(str, first['loc']))}: {first['msg']}")
        except InvalidInputError as error:
            problems.append(f"{error.path}: {error.problem}")
    return quiets, problems


def _read(entry: Any, source: str) -> Iterator[Quiet]:
    silence = _Silence.model_validate(entry)
    if silence.status.state == "expired":
        return
    yield Quiet(
        id=f"{source}#{silence.id}",
        kind=QuietKind.SILENCE,
        matchers=tuple(map(_matcher, silence.matchers)),
        starts_at=silence.starts_at,
        ends_at=silence.ends_at,
        by=one_line(silence.created_by) or "Alertmanager",
        comment=one_line(silence.comment, LONGEST_COMMENT),
        source=source,
    )


def _matcher(given: _Matcher) -> Matcher:
    pattern = linear(given.value) if given.regex else None
    return Matcher(given.name, _OPS[given.regex, given.equal], given.value, pattern)
