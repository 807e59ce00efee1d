"""`docker-compose.yml` as an engine would read it, so that tests can check it without one."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import yaml

if TYPE_CHECKING:
    from collections.abc import Mapping

FILE: Final = Path(__file__).parents[2] / "docker-compose.yml"
_VARIABLE: Final = re.compile(r"\$\{(?P<name>\w+)(?::(?P<kind>[-?])(?P<rest>[^}]*))?\}")


class RequiredVariableError(LookupError):
    """A variable that the file insists on is not set."""


def interpolate(text: str, environment: Mapping[str, str]) -> str:
    """Fill in `${NAME}`, `${NAME:-default}` and `${NAME:?message}`.

    Raises:
        RequiredVariableError: one with a message is not set.
    """

    def value(match: re.Match[str]) -> str:
        given = environment.get(match["name"], "")
        if given or match["kind"] is None:
            return given
        if match["kind"] == "?":
            raise RequiredVariableError(f"{match['name']}: {match['rest']}")
        return match["rest"]

    return _VARIABLE.sub(value, text)


def compose(environment: Mapping[str, str]) -> dict[str, Any]:
    """The file with variables and merge keys filled in."""
    document: dict[str, Any] = yaml.safe_load(interpolate(FILE.read_text(), environment))
    return document
