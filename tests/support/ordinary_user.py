"""Files as an ordinary user finds them: permissions that hold root, too."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_NOBODY: Final = 65534


@contextlib.contextmanager
def ordinary_user() -> Iterator[Path]:
    """A folder, and for as long as the block runs nobody's rights in it where we are root.

    pytest's own folders are closed to everybody else, so it is another one.
    """
    with tempfile.TemporaryDirectory(prefix="tocsin-") as name:
        folder = Path(name)
        if os.geteuid() != 0:
            yield folder
            return
        folder.chmod(0o755)
        os.chown(folder, _NOBODY, -1)
        os.seteuid(_NOBODY)
        try:
            yield folder
        finally:
            os.seteuid(0)


@contextlib.contextmanager
def closed(path: Path, mode: int = 0) -> Iterator[None]:
    """Nobody may look into it while the block runs."""
    before = path.stat().st_mode
    path.chmod(mode)
    try:
        yield
    finally:
        path.chmod(before)
