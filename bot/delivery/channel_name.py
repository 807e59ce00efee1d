"""Names for channels within Slack's rules: `[a-z0-9_-]`, at most 80 characters. Pure."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.domain.incident import Incident

LONGEST: Final = 80
LONGEST_SLUG: Final = 48
CANDIDATES: Final = 20
_FIELD: Final = re.compile(r"\{(\w+)\}")
_FOREIGN: Final = re.compile(r"[^a-z0-9_]+")


def slug(text: str, longest: int = LONGEST) -> str:
    """The text in lower-case ASCII letters, digits and underscores, with hyphens between."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return _FOREIGN.sub("-", plain).strip("-")[:longest].rstrip("-")


def channel_names(template: str, incident: Incident) -> Iterator[str]:
    """The wished name, then the same with `-2`, `-3` and so on.

    `template` knows number, slug (of the title), service, severity and environment, each in braces.
    """
    service = incident.services[0] if incident.services else ""
    values = {
        "number": str(incident.number),
        "slug": slug(incident.title, LONGEST_SLUG),
        "service": slug(service, LONGEST_SLUG),
        "severity": str(incident.severity),
        "environment": slug(incident.environment, LONGEST_SLUG),
    }
    filled = _FIELD.sub(lambda found: values.get(found[1], ""), template)
    name = slug(filled) or f"inc-{incident.number}"
    yield name
    for count in range(2, CANDIDATES + 1):
        suffix = f"-{count}"
        yield name[: LONGEST - len(suffix)].rstrip("-") + suffix
