"""Configuration folders for tests: file names to texts."""

from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING

from bot.config.folder import Configuration, load_configuration

if TYPE_CHECKING:
    from pathlib import Path


def written(root: Path, files: dict[str, str | bytes]) -> Path:
    """The folder, with these files in it."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else dedent(text).lstrip("\n").encode())
    return root


def loaded(root: Path, files: dict[str, str | bytes]) -> Configuration:
    """What the folder says; fails where it has problems."""
    found = load_configuration(written(root, files))
    assert isinstance(found, Configuration), "\n".join(map(str, found))
    return found


def problems(root: Path, files: dict[str, str | bytes]) -> list[str]:
    """What is wrong with the folder, as people see it."""
    found = load_configuration(written(root, files))
    assert isinstance(found, list), "no problem was found"
    return [str(problem) for problem in found]
