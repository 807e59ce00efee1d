"""The small forms that a test of rules is written in: moments, series, labels, suspects."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Annotated, Any, Final

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    WithJsonSchema,
)

from bot.config.fields import Label
from playbooks.durations import Duration, parse_duration

MOST_REPEATS: Final = 10_000
NONE: Final = "none"
_LATEST: Final = timedelta(days=30)
_YEARS: Final = range(1970, 9000)
_MOMENT: Final = r"^(?=.)(\d{1,6}d)?(\d{1,6}h)?(\d{1,6}m)?(\d{1,6}s)?$"
_LABELS: Final = {
    "type": "object",
    "minProperties": 1,
    "additionalProperties": {"type": ["string", "number"]},
}
_SERIES: Final = r"^every (\S+) x([1-9]\d{0,4})$"

Text = Annotated[str, Field(min_length=1)]


FORM: Final = ConfigDict(extra="forbid", coerce_numbers_to_str=True, populate_by_name=True)
"""What all forms keep to: no unknown field; a label's value that YAML reads as a number is its digits."""

Moment = Annotated[
    timedelta,
    BeforeValidator(parse_duration),
    Field(ge=timedelta(0), le=_LATEST),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "pattern": _MOMENT},
                {"type": "number", "minimum": 0, "maximum": _LATEST.total_seconds()},
            ]
        }
    ),
]
"""So long after the test's start, as in `0m` or `5m30s`."""


def _in_reach(value: datetime) -> datetime:
    """A start with room on both sides for what happens before and after it."""
    if value.year not in _YEARS:
        raise ValueError(f"out of range; write a time of the years {_YEARS[0]} to {_YEARS[-1]}")
    return value


Start = Annotated[AwareDatetime, AfterValidator(_in_reach)]
"""When a test's clock begins."""


def _series(value: Any) -> Any:
    if not isinstance(value, str):
        raise ValueError("not a series such as every 1m x10")  # noqa: TRY004 - pydantic reports ValueError
    found = re.fullmatch(_SERIES, value)
    if found is None:
        raise ValueError("not a series such as every 1m x10")
    return parse_duration(found[1]), int(found[2])


Series = Annotated[
    tuple[Duration, Annotated[int, Field(le=MOST_REPEATS)]],
    BeforeValidator(_series),
    WithJsonSchema({"type": "string", "pattern": _SERIES}),
]
"""How often an event comes again and at what distance, as in `every 1m x10` (the first one counts)."""


def _named(value: Any) -> Any:
    return {"alertname": value} if isinstance(value, str) else value


Labels = Annotated[dict[Label, str], Field(min_length=1), WithJsonSchema(_LABELS)]
Named = Annotated[
    dict[Label, str],
    BeforeValidator(_named),
    Field(min_length=1),
    WithJsonSchema({"anyOf": [{"type": "string"}, _LABELS]}),
]
"""An alert by some of its labels; a text alone is its `alertname`."""


class SuspectForm(BaseModel):
    """A suspect change, by its id, with the least probability that it must have."""

    model_config = FORM

    change: Text
    at_least: float = Field(0.0, ge=0, le=1)


def _suspects(value: Any) -> Any:
    if value == NONE:
        return []
    if not isinstance(value, list):
        return value
    return [{"change": one} if isinstance(one, str) else one for one in value]


Suspects = Annotated[
    list[SuspectForm],
    BeforeValidator(_suspects),
    WithJsonSchema(
        {
            "anyOf": [
                {"const": NONE},
                {
                    "type": "array",
                    "items": {
                        "anyOf": [
                            {"type": "string", "minLength": 1},
                            {
                                "type": "object",
                                "properties": {
                                    "change": {"type": "string", "minLength": 1},
                                    "at_least": {"type": "number", "minimum": 0, "maximum": 1},
                                },
                                "required": ["change"],
                                "additionalProperties": False,
                            },
                        ]
                    },
                },
            ]
        }
    ),
]
"""The first suspects, best first, each as its change's id or with `at_least`; `none`: no suspect change."""
