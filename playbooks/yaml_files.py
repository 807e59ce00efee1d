"""Which files of a folder are meant, and what is in them: YAML ones, wherever links lead, none hidden."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from playbooks.problem import Problem
from playbooks.yaml_tree import MAX_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SUFFIXES: Final = (".yaml", ".yml")


def yaml_files(folder: Path) -> list[Path]:
    """The YAML files in the folder and below, in the order of their names; none where there is no folder.

    Links are followed, and a folder to which several lead is read once. Hidden ones are not meant: a mounted
    ConfigMap holds each file twice, once in a hidden folder. What cannot be looked at, such as a link to
    nothing, is among them, so that it is told by whoever tries to read it.
    """
    return [path for path in _all(folder) if not _misspelt(path)]


def misspelt_files(folder: Path) -> list[Path]:
    """The files that are not read for the capitals of their suffix, as in `A.YAML`."""
    return [path for path in _all(folder) if _misspelt(path)]


def content_of(path: Path, file: str) -> bytes | Problem:
    """What is in the file, or why that cannot be read; `file` is its name in the problem."""
    try:
        # One byte over the limit is enough to know that a file is too large.
        with path.open("rb") as stream:
            return stream.read(MAX_BYTES + 1)
    except OSError as error:
        why = f"it is a link to nothing ({path.readlink()})" if leads_nowhere(path) else error.strerror
        return Problem(file, 1, 1, "", f"cannot be read: {why}")


def leads_nowhere(path: Path) -> bool:
    """Whether it is a link to something that is not there."""
    return path.is_symlink() and not path.exists()


def _misspelt(path: Path) -> bool:
    return path.suffix not in SUFFIXES and path.suffix.lower() in SUFFIXES


def _all(folder: Path) -> list[Path]:
    return sorted(_below(folder, set())) if folder.is_dir() else []


def _below(folder: Path, seen: set[tuple[int, int]]) -> Iterator[Path]:
    """What is called like a YAML file, and what cannot be looked at; nothing of a folder that was `seen`."""
    try:
        found = folder.stat()
        below = sorted(folder.iterdir())
    except OSError:
        yield folder
        return
    if (found.st_dev, found.st_ino) in seen:
        return
    seen.add((found.st_dev, found.st_ino))
    for path in below:
        if path.name.startswith("."):
            continue
        if path.suffix.lower() in SUFFIXES or leads_nowhere(path):
            yield path
        elif path.is_dir():
            yield from _below(path, seen)
