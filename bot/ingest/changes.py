"""Reads a change: bare JSON as in the public contract, or the same as the data of a CloudEvent."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from bot.domain.alert import UNKNOWN
from bot.domain.change import Change, ChangeKind
from bot.domain.errors import InvalidInputError
from bot.domain.places import concerned
from bot.ingest.alerts import bounded, cut
from bot.ingest.document import as_text, json_type
from bot.ingest.envelope import Unwrapped, unwrap
from bot.ingest.instants import FIX, read_instant
from bot.ingest.waves import read_waves

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

CHANGE_TYPE: Final = "dev.tocsin.change.v1"
DEFAULT_SOURCE: Final = "api"
MAX_IDENTIFIER: Final = 256
MAX_TEXT: Final = 4096
MAX_AHEAD: Final = timedelta(days=1)
_OURS: Final = "dev.tocsin."
_NEEDED: Final = {"service": "name the service, or * where it concerns every one"}
_KINDS: Final = ", ".join(kind.value for kind in ChangeKind)


def parse_change(
    body: bytes, content_type: str, attributes: Mapping[str, str], received_at: datetime
) -> Change:
    """Read one change, received then, whatever it says of that itself.

    `attributes` are CloudEvents headers without their prefix, in lower case; empty where there are none. The
    envelope's `id`, `time` and `source` stand in for those that the data does not have, and its `type` for
    the kind if it is the name of one.

    Raises:
        InvalidInputError: with the path of the field.
    """
    return change_of(unwrap(body, content_type, attributes), received_at)


def change_of(event: Unwrapped, received_at: datetime) -> Change:
    """The change that an event tells of; its envelope is off already.

    Raises:
        InvalidInputError: with the path of the field.
    """
    ours = event.attributes.get("type", "")
    if ours.startswith(_OURS) and ours != CHANGE_TYPE:
        raise InvalidInputError("type", f"{ours[:64]!r} is no change", f"use {CHANGE_TYPE}")
    data, scope = event.data, _scope(event.data.get("scope"))
    return Change(
        change_id=_identifier(data, "id", event.attributes.get("id", "")),
        source=_identifier(data, "source", event.attributes.get("source", "") or DEFAULT_SOURCE),
        kind=_kind(data, ours),
        service=_service(data, scope),
        environment=_identifier(data, "environment", UNKNOWN),
        time=_time(data, event.attributes.get("time"), received_at),
        received_at=received_at,
        summary=_text(data, "summary"),
        version=_text(data, "version"),
        previous_version=_text(data, "previous_version"),
        author=_text(data, "author"),
        url=_text(data, "url"),
        scope=scope,
        ended_at=read_instant(data.get("ended_at"), "ended_at"),
        waves=read_waves(data.get("waves")),
        rolls_back=_reference(data, "rolls_back"),
        maintenance=_flag(data, "maintenance"),
    )


def _service(data: dict[str, Any], scope: Mapping[str, str]) -> str:
    named = _text(data, "service")
    # What names none says by its scope whether it concerns every one.
    return _identifier({"service": concerned(named, scope)}, "service")


def _reference(data: dict[str, Any], name: str) -> str:
    return _identifier(data, name) if data.get(name) else ""


def _flag(data: dict[str, Any], name: str) -> bool:
    value = data.get(name, False)
    if not isinstance(value, bool):
        raise InvalidInputError(name, f"must be true or false, not {json_type(value)}")
    return value


def _identifier(data: dict[str, Any], name: str, default: str = "") -> str:
    value = _text(data, name) or default
    if not value:
        raise InvalidInputError(name, "is missing or empty", _NEEDED.get(name, "every change names it"))
    if len(value) > MAX_IDENTIFIER:
        raise InvalidInputError(name, f"has {len(value)} characters", f"use at most {MAX_IDENTIFIER}")
    return value


def _text(data: dict[str, Any], name: str) -> str:
    value = data.get(name)
    if value is None:
        return ""
    # Version 7 and build 1234 come as numbers often enough, and mean their digits.
    if isinstance(value, int) and not isinstance(value, bool):
        return cut(str(value), MAX_TEXT)
    if not isinstance(value, str):
        raise InvalidInputError(name, f"must be a text, not {json_type(value)}")
    return cut(value.strip(), MAX_TEXT)


def _kind(data: dict[str, Any], event_type: str) -> ChangeKind:
    value = data.get("type")
    named = event_type if value is None else value
    for kind in ChangeKind:
        if named == kind.value:
            return kind
    if value is None:
        raise InvalidInputError("type", "is missing", f"one of {_KINDS}")
    shown = f"{value[:64]!r}" if isinstance(value, str) else json_type(value)
    raise InvalidInputError("type", f"{shown} is not known", f"one of {_KINDS}")


def _time(data: dict[str, Any], fallback: str | None, received_at: datetime) -> datetime:
    moment = read_instant(data.get("time") or fallback, "time")
    if moment is None:
        raise InvalidInputError("time", "is missing", FIX)
    if moment - received_at > MAX_AHEAD:
        raise InvalidInputError(
            "time", f"{moment.isoformat()} is more than a day ahead", "send a change when it is made"
        )
    return moment


def _scope(value: Any) -> dict[str, str]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise InvalidInputError("scope", f"must be an object, not {json_type(value)}")
    return bounded({name: as_text(item) for name, item in value.items()}, MAX_TEXT, "scope")
