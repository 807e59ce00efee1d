"""CloudEvents 1.0: takes the envelope off, structured (a JSON object) or binary (headers), or finds none."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from bot.domain.errors import InvalidInputError
from bot.ingest.document import json_type, read_json, require_object

if TYPE_CHECKING:
    from collections.abc import Mapping

STRUCTURED: Final = "application/cloudevents+json"
BATCH: Final = "application/cloudevents-batch+json"
REQUIRED: Final = ("id", "source", "type")


@dataclass(frozen=True, slots=True)
class Unwrapped:
    """The data of an event and the context attributes around it (none for a bare document)."""

    data: dict[str, Any]
    attributes: Mapping[str, str] = field(default_factory=dict)


def unwrap(body: bytes, content_type: str, attributes: Mapping[str, str]) -> Unwrapped:
    """Take the envelope off.

    `attributes` are the context attributes that arrived as headers, in lower case and without their prefix
    (`ce-` in HTTP, `ce_` in Kafka); with them this is the binary mode, and the body is the data.

    Raises:
        InvalidInputError: the body is no JSON object, or the envelope lacks what CloudEvents requires.
    """
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type == BATCH:
        raise InvalidInputError("", "is a batch of CloudEvents", "send one event a request")
    document = require_object(read_json(body))
    if "specversion" in attributes:
        return Unwrapped(document, _checked(attributes))
    if media_type == STRUCTURED or "specversion" in document:
        return _structured(document)
    return Unwrapped(document)


def _structured(document: dict[str, Any]) -> Unwrapped:
    attributes: dict[str, str] = {}
    for name in ("specversion", *REQUIRED, "time", "subject"):
        value = document.get(name)
        if value is None:
            continue
        if not isinstance(value, str):
            raise InvalidInputError(name, f"must be a text, not {json_type(value)}")
        attributes[name] = value
    if "data" not in document:
        raise InvalidInputError("data", "is missing", "put the change there as a JSON object")
    return Unwrapped(require_object(document["data"], "data"), _checked(attributes))


def _checked(attributes: Mapping[str, str]) -> Mapping[str, str]:
    version = attributes.get("specversion", "")
    if version != "1.0":
        raise InvalidInputError("specversion", f"{version[:16]!r} is not known", 'only "1.0" is')
    for name in REQUIRED:
        if not attributes.get(name):
            raise InvalidInputError(name, "is missing or empty", "CloudEvents requires it")
    return attributes
