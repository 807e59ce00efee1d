"""Writes a case as a folder of the documented form; the same case is always the same bytes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from bot.domain.errors import InvalidInputError
from bot.ingest.document import read_json, require_object

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from bot.evaluation.simulator.case import Case
    from bot.evaluation.simulator.settings import Settings

_SIMULATION: Final = "simulation.json"


def write_case(case: Case, folder: Path) -> None:
    """Write (or overwrite) the six files of a case; the folder is made where it is not there."""
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / "topology.json", json.dumps(case.topology, indent=1, sort_keys=True) + "\n")
    _write(folder / "alerts.jsonl", _lines(case.alerts))
    _write(folder / "changes.jsonl", _lines(case.changes))
    _write(folder / "truth.jsonl", _lines(case.truth))
    _write(folder / "groups.jsonl", _lines(case.groups))
    _write(folder / _SIMULATION, json.dumps(case.simulation, indent=1, sort_keys=True) + "\n")


def made_otherwise(root: Path, settings: Settings, besides: Iterable[Path]) -> list[str]:
    """The simulated cases in a folder that other settings made; those that lie in `besides` are left out."""
    mine = json.loads(json.dumps(settings.as_json()))
    found = {path.parent for path in (root / _SIMULATION, *root.glob(f"*/{_SIMULATION}")) if path.is_file()}
    return [
        folder.relative_to(root).as_posix()
        for folder in sorted(found.difference(besides))
        if _settings(folder / _SIMULATION) != mine
    ]


def _settings(path: Path) -> Any:
    try:
        return require_object(read_json(path.read_bytes())).get("settings")
    except InvalidInputError:
        return None


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


def _lines(rows: Iterable[dict[str, Any]]) -> str:
    return "".join(json.dumps(row, sort_keys=True) + "\n" for row in rows)
