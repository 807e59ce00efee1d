# ruff: noqa: INP001 - a script, in no package
"""Makes `docs/explanation/correlation-results.md`: simulates, evaluates, and writes the tables.

`python docs/correlation_results.py` from the top; with `--petshop FOLDER` those cases are measured, too.
Seeds 101-110 are for this report alone: what is developed looks at 1-20.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

PAGE = Path(__file__).parent / "explanation" / "correlation-results.md"
SCRIPT = "python docs/correlation_results.py"
RATES = (3, 12, 40)
SPOILT_RATES = (3, 12)
GLANCE = """\
Measured, of what is wanted; what is not met is bold. Wanted of top-1 and top-3 is the ceiling less .03 (end
to end less .06), of the area under the curve less .02; of a bar above the ceiling, the ceiling less .03."""
FLAWS = {
    "half of the calls missing": ("--calls-missing", "0.5"),
    "10 % of events unnamed": ("--unnamed", "0.1"),
    "clocks 2 minutes off": ("--skew", "120"),
}
SHOWN = ("top1", "top3")


def tocsin(*words: str) -> None:
    """Run a command of the installed Tocsin."""
    program = str(Path(sys.executable).with_name("tocsin"))
    subprocess.run([program, *words], check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own command


def measured(cases: Path, grouping: str, *flaw: str) -> tuple[dict[str, Any], str]:
    """The results of one evaluation and its tables."""
    name = "-".join([cases.name, grouping, *flaw])
    out, table = cases.parent / f"{name}.json", cases.parent / f"{name}.md"
    tocsin("evaluate", str(cases), "--grouping", grouping, "--out", str(out), "--markdown", str(table), *flaw)
    print(f"{name} is done", file=sys.stderr)  # noqa: T201 - a script that takes an hour says how far it is
    found: dict[str, Any] = json.loads(out.read_text())
    return found, table.read_text()


def loss(rate: int, name: str, found: dict[str, Any], whole: dict[str, Any]) -> str:
    """What a flaw leaves of the ranking with the true grouping given, as a row."""
    figures = [
        f"{after:.3f} ({after - before:+.3f})"
        for top in SHOWN
        for after, before in [
            tuple(one["methods"]["tocsin"]["ranking"][top]["value"] for one in (found, whole))
        ]
    ]
    return f"| {rate}/h, {name} | {' | '.join(figures)} |"


def glance(titled: list[tuple[str, str]]) -> str:
    """The bars of all runs side by side, each with what was measured and whether that is enough."""
    found: dict[str, dict[str, str]] = {}
    for title, table in titled:
        inside = False
        for line in table.splitlines():
            inside = line.startswith("| bar |") or (inside and line.startswith("|"))
            cells = [cell.strip() for cell in line.strip("|").split("|")]
            if inside and cells[-1] in {"met", "**not met**"}:
                name, measured_, wanted, _, verdict = cells
                name = name.split(" (four")[0].split(" (latest")[0].split(" (log")[0]
                short = f"{measured_} of {wanted.removeprefix('at least ').replace('at most ', '≤ ')}"
                found.setdefault(name, {})[title] = short if verdict == "met" else f"**{short}**"
    titles = [title for title, _ in titled]
    rows = [f"| | {' | '.join(titles)} |", "|---" * (len(titles) + 1) + "|"]
    for name, by_title in found.items():
        rows.append(f"| {name} | {' | '.join(by_title.get(title, '') for title in titles)} |")
    return "\n".join(rows)


def main() -> None:
    """Write the page."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--seeds", default="101-110")
    asked.add_argument("--incidents", default="400")
    asked.add_argument("--jobs", type=int, default=2, help="evaluations side by side")
    asked.add_argument("--petshop", type=Path)
    arguments = asked.parse_args()
    command = f"{SCRIPT} --seeds {arguments.seeds} --incidents {arguments.incidents}"
    if arguments.petshop is not None:
        command += " --petshop FOLDER"
    titled: list[tuple[str, str]] = []
    flaws = ["| spoilt | top-1 (loss) | top-3 (loss) |", "|---|---|---|"]
    with TemporaryDirectory() as folder, ThreadPoolExecutor(arguments.jobs) as jobs:
        cases = {rate: Path(folder) / f"rate-{rate}" for rate in RATES}
        simulation = ("--seeds", arguments.seeds, "--incidents", arguments.incidents)
        list(
            jobs.map(
                lambda rate: tocsin("simulate", *simulation, "--rate", str(rate), "--out", str(cases[rate])),
                RATES,
            )
        )
        # The longest first, so that no job is left alone at the end.
        plain = {
            (rate, grouping): jobs.submit(measured, cases[rate], grouping)
            for rate in reversed(RATES)
            for grouping in ("own", "given")
        }
        spoilt = {
            (rate, name): jobs.submit(measured, cases[rate], "given", *flaw)
            for rate in SPOILT_RATES
            for name, flaw in FLAWS.items()
        }
        for rate in RATES:
            for grouping in ("given", "own"):
                table = plain[rate, grouping].result()[1]
                titled.append((f"{rate} changes an hour, grouping {grouping}", table))
        for (rate, name), job in spoilt.items():
            flaws.append(loss(rate, name, job.result()[0], plain[rate, "given"].result()[0]))
    if arguments.petshop is not None:
        for grouping in ("given", "own"):
            with TemporaryDirectory() as folder:
                petshop = Path(folder) / "petshop"
                petshop.symlink_to(arguments.petshop.resolve())
                titled.append((f"PetShop, grouping {grouping}", measured(petshop, grouping)[1]))
    PAGE.write_text(page(command, titled, flaws), encoding="utf-8")


def page(command: str, titled: list[tuple[str, str]], flaws: list[str]) -> str:
    """The whole page."""
    parts = [
        "# Correlation, measured",
        f"Made by `{command}`; [how to read it](../how-to/evaluate-correlation.md).",
        "## Bars at a glance",
        GLANCE,
        glance(titled),
    ]
    for title, table in titled:
        parts += [f"## {title}", table]
    parts += ["## What is lost where data is wrong", "\n".join(flaws)]
    return "\n\n".join(part.strip() for part in parts) + "\n"


if __name__ == "__main__":
    main()
