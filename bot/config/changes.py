"""Whether the folder has changed since it was last looked at."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from bot.config.folder import FOLDERS
from playbooks.yaml_files import yaml_files

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Look = frozenset[tuple[str, int, int, int]]
"""Each file by its name, with what changes when it is written or, as in a ConfigMap, its link is swapped."""


def look(root: Path) -> Look:
    """What the folder looks like; a file that goes while we look is not there.

    That something cannot be looked into is a part of what it looks like: loading then says so.
    """
    seen: list[tuple[str, int, int, int]] = []
    for path in _files(root):
        try:
            found = path.stat()
        except OSError:
            continue
        seen.append((str(path), found.st_ino, found.st_mtime_ns, found.st_size))
    return frozenset(seen)


def _files(root: Path) -> Iterator[Path]:
    yield from root.glob("tocsin.y*ml")
    for folder in FOLDERS:
        with contextlib.suppress(OSError):
            yield from yaml_files(root / folder)
