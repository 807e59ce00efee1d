"""Reads files of rows, one JSON object a line; a bad row is reported at its place and skipped."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, TypeVar

from bot.domain.errors import InvalidInputError
from bot.ingest.document import as_text, read_json, require_object
from bot.ingest.instants import read_instant, utc, within_reason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

T = TypeVar("T")
MAX_PROBLEMS: Final = 100
"""So many problems are kept in words; a file that is all wrong says nothing more after that."""


@dataclass(slots=True)
class Problems:
    """What was wrong with rows, each as `file:line: what`; `count` is how many of them were skipped."""

    texts: list[str] = field(default_factory=list)
    count: int = 0

    def add(self, path: Path, line: int, error: InvalidInputError) -> None:
        """Note that a row was skipped."""
        self.count += 1
        self.note(path, line, error)

    def passed_over(self, path: Path, line: int, error: InvalidInputError) -> None:
        """Note that a part of a row was passed over."""
        self.note(path, line, error, "; ignored")

    def note(self, path: Path, line: int, error: InvalidInputError, then: str = "") -> None:
        """Note what a row says, of which nothing is lost but what `then` names."""
        if len(self.texts) < MAX_PROBLEMS:
            fix = f" ({error.fix})" if error.fix else ""
            self.texts.append(f"{path}:{line}: {error.path or 'row'}: {error.problem}{fix}{then}")


@dataclass(frozen=True, slots=True)
class Forgiving:
    """Reads what a row need not say: what of that cannot be read is noted, and the default stands."""

    problems: Problems
    path: Path
    line: int

    def read(self, read: Callable[[], T], default: T) -> T:
        """What `read` gives."""
        try:
            return read()
        except InvalidInputError as error:
            self.problems.passed_over(self.path, self.line, error)
            return default

    def text(self, row: dict[str, Any], *names: str, default: str = "") -> str:
        """As `text`."""
        return self.read(lambda: text(row, *names, default=default), default)

    def moment(self, row: dict[str, Any], name: str) -> datetime | None:
        """As `moment`."""
        return self.read(lambda: moment(row, name), None)

    def labels(self, row: dict[str, Any], name: str) -> dict[str, str]:
        """As `labels`."""
        return self.read(lambda: labels(row, name), {})


def objects(path: Path, problems: Problems) -> Iterator[tuple[int, dict[str, Any]]]:
    """The rows of a file with their line numbers, from 1; empty lines are no rows."""
    with path.open("rb") as stream:
        for number, line in enumerate(stream, 1):
            if not line.strip():
                continue
            try:
                yield number, require_object(read_json(line))
            except InvalidInputError as error:
                problems.add(path, number, error)


def text(row: dict[str, Any], *names: str, default: str = "") -> str:
    """The first of these fields that is there and not empty, as text.

    Raises:
        InvalidInputError: it is neither a text nor a number.
    """
    for name in names:
        value = row.get(name)
        if value is None or value == "":
            continue
        if isinstance(value, str):
            return value
        if isinstance(value, int | float) and not isinstance(value, bool):
            return str(value)
        raise InvalidInputError(name, "must be a text")
    return default


def identifier(row: dict[str, Any], name: str) -> str:
    """A field that every row has.

    Raises:
        InvalidInputError: it is missing or empty.
    """
    value = text(row, name)
    if not value:
        raise InvalidInputError(name, "is missing or empty")
    return value


def numbering(
    rows: Iterable[tuple[int, dict[str, Any]]], numbers: dict[str, int | float]
) -> Iterator[tuple[int, dict[str, Any]]]:
    """The rows; their ids that are numbers are noted by the text that they go by here."""
    for line, row in rows:
        value = row.get("id")
        if isinstance(value, int | float) and not isinstance(value, bool):
            numbers[str(value)] = value
        yield line, row


def moment(row: dict[str, Any], name: str) -> datetime | None:
    """A time in UTC: `<name>_epoch` in seconds, else `name` as RFC 3339 or in seconds; None where neither is.

    What lies before 1970 says no time, in seconds as in RFC 3339.

    Raises:
        InvalidInputError: it is no time, or out of range.
    """
    epoch = row.get(f"{name}_epoch")
    value = row.get(name) if epoch is None else epoch
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            found = utc(datetime.fromtimestamp(value, UTC), name)
        except (ValueError, OverflowError, OSError) as error:
            raise InvalidInputError(name, f"{value!r} is not a time") from error
    else:
        found = read_instant(value, name)
    within_reason(found, name)
    return found


def require_moment(row: dict[str, Any], name: str) -> datetime:
    """A time that every row has.

    Raises:
        InvalidInputError: it is missing, or no time.
    """
    found = moment(row, name)
    if found is None:
        raise InvalidInputError(name, "is missing, or says no time")
    return found


def texts(row: dict[str, Any], name: str) -> tuple[str, ...]:
    """A list of identifiers; a single one counts as a list.

    Raises:
        InvalidInputError: it is something else.
    """
    value = row.get(name)
    if value is None:
        return ()
    if isinstance(value, str):
        return (value,)
    if not isinstance(value, list):
        raise InvalidInputError(name, "must be a list")
    return tuple(str(item) for item in value if isinstance(item, str | int | float))


def labels(row: dict[str, Any], name: str) -> dict[str, str]:
    """A mapping of texts; values that are none are written as JSON would.

    Raises:
        InvalidInputError: it is no object.
    """
    value = row.get(name)
    if not value:
        return {}
    return {key: as_text(item) for key, item in require_object(value, name).items() if item is not None}
