"""Hold branch coverage to its floors: all of the pure packages, nine tenths overall."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

FLOORS: Final = {"bot/domain/": 100.0, "bot/ingest/": 100.0, "playbooks/": 100.0, "": 90.0}
"""Percent of statements and branches covered, by the prefix of a file's path."""


@dataclass(slots=True)
class Tally:
    """Statements and branches, covered and in all."""

    covered: int = 0
    total: int = 0

    def add(self, summary: dict[str, Any]) -> None:
        """Count one file's summary."""
        self.covered += summary["covered_lines"] + summary["covered_branches"]
        self.total += summary["num_statements"] + summary["num_branches"]

    @property
    def percent(self) -> float:
        """What is covered, 100 where there is nothing to cover."""
        return 100.0 * self.covered / self.total if self.total else 100.0


def gaps(name: str, file: dict[str, Any]) -> list[str]:
    """The uncovered lines and branches of one file, one text a gap."""
    lines = [f"{name}:{line} never runs" for line in file["missing_lines"]]
    branches = [
        f"{name}:{source} never goes to {'its end' if target < 0 else f'line {target}'}"
        for source, target in file["missing_branches"]
        if source not in file["missing_lines"]
    ]
    return lines + branches


def judge(report: dict[str, Any]) -> tuple[list[str], list[str]]:
    """A line for each floor, and what is wrong: gaps where all is asked for, else the shortfall."""
    said: list[str] = []
    wrong: list[str] = []
    for prefix, floor in FLOORS.items():
        files = {name: file for name, file in report["files"].items() if name.startswith(prefix)}
        tally = Tally()
        for file in files.values():
            tally.add(file["summary"])
        said.append(f"{prefix or 'overall':>12} {tally.percent:6.2f} % (at least {floor:g} %)")
        if tally.covered * 100 < floor * tally.total:
            wrong.append(f"{prefix or 'overall'}: {tally.percent:.2f} % is under {floor:g} %")
            if prefix:
                wrong += [gap for name, file in files.items() for gap in gaps(name, file)]
    return said, wrong


def main(path: str) -> int:
    """Print the verdict on a JSON report of coverage; 1 where a floor is broken."""
    said, wrong = judge(json.loads(Path(path).read_text(encoding="utf-8")))
    sys.stdout.write("\n".join(said) + "\n")
    sys.stderr.write("".join(f"coverage: {line}\n" for line in wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
