"""Keeps a workspace in a file: one JSON line a changed record, of which the last one of a key counts."""

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, get_args

from pydantic import TypeAdapter

from bot.localslack.model import Entity
from bot.localslack.workspace import Workspace

_ADAPTERS: dict[str, TypeAdapter[Any]] = {
    kind.__name__.lower(): TypeAdapter(kind) for kind in get_args(Entity)
}


class Store:
    """An append-only log. Each line goes to the kernel at once, so that a killed process loses nothing."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[bytes] | None = None

    def open(self, workspace: Workspace) -> None:
        """Load the file into the workspace, write it anew without what was superseded, and follow changes."""
        for entity in _read(self._path):
            workspace.load(entity)
        self.rewrite(workspace)
        workspace.watch(self._append)

    def rewrite(self, workspace: Workspace) -> None:
        """Replace the file by the workspace as it is, in one step."""
        self.close()
        self._path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._path.with_suffix(self._path.suffix + ".new")
        with fresh.open("wb") as out:
            out.writelines(_line(entity) for entity in workspace.entities())
        fresh.replace(self._path)
        self._file = self._path.open("ab", buffering=0)

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _append(self, entity: Entity) -> None:
        if self._file is not None:
            self._file.write(_line(entity))


def _line(entity: Entity) -> bytes:
    kind = type(entity).__name__.lower()
    return b'{"kind":"' + kind.encode() + b'","value":' + _ADAPTERS[kind].dump_json(entity) + b"}\n"


def _read(path: Path) -> Iterator[Entity]:
    """Yield the records of a file; a last line that was cut short by a crash is passed over."""
    if not path.exists():
        return
    with path.open("rb") as lines:
        for line in lines:
            with contextlib.suppress(json.JSONDecodeError):
                record = json.loads(line)
                yield _ADAPTERS[record["kind"]].validate_python(record["value"], strict=False)
