"""`tocsin simulate` writes case folders that `tocsin evaluate` reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.evaluation.best import best_answers
from bot.evaluation.cases import case_folders, read_case
from bot.evaluation.truth import read_truth

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result

    Tocsin = Callable[..., Result]

SMALL = ("--incidents", "10", "--services", "20", "--rate", "5")


def test_one_seed_is_one_case(tocsin: Tocsin, tmp_path: Path) -> None:
    assert tocsin("simulate", "--seed", "7", "--out", str(tmp_path), *SMALL).exit_code == 0
    [(name, folder)] = case_folders(tmp_path)
    case = read_case(name, folder)
    assert not case.problems.texts
    assert len(read_truth(name, folder, case.problems)) == 10
    assert best_answers(case) is not None


def test_several_seeds_lie_side_by_side(tocsin: Tocsin, tmp_path: Path) -> None:
    assert tocsin("simulate", "--seeds", "1-2,5", "--out", str(tmp_path), *SMALL).exit_code == 0
    assert [name for name, _ in case_folders(tmp_path)] == ["seed-001", "seed-002", "seed-005"]


def test_a_case_does_not_depend_on_its_company(tocsin: Tocsin, tmp_path: Path) -> None:
    tocsin("simulate", "--seeds", "1-2", "--out", str(tmp_path / "two"), *SMALL)
    tocsin("simulate", "--seed", "2", "--out", str(tmp_path / "one"), *SMALL)
    for name in ("alerts.jsonl", "changes.jsonl", "truth.jsonl", "topology.json"):
        assert (tmp_path / "two/seed-002" / name).read_bytes() == (tmp_path / "one" / name).read_bytes()


def test_cases_of_other_settings_that_stay_are_named(tocsin: Tocsin, tmp_path: Path) -> None:
    def stays(*options: str) -> str:
        done = tocsin("simulate", "--out", str(tmp_path), *SMALL, *options)
        assert done.exit_code == 0
        return done.stderr.partition("still holds cases that other settings made: ")[2].strip()

    assert stays("--seeds", "1-2") == ""
    assert stays("--seeds", "2-4") == ""
    assert stays("--seeds", "3-4", "--rate", "6") == "seed-001, seed-002"
    assert stays("--seeds", "1-4", "--rate", "6") == ""
    (tmp_path / "seed-004/simulation.json").write_text("broken")
    assert stays("--seeds", "1-2", "--rate", "6") == "seed-004"
    assert stays("--seed", "1") == "seed-001, seed-002, seed-003, seed-004"
    assert stays("--seeds", "1-4", "--rate", "6") == "."


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((), "either --seed or --seeds"),
        (("--seed", "1", "--seeds", "1-2"), "either --seed or --seeds"),
        (("--seeds", "one"), "not of the form"),
        (("--seeds", "5-1"), "no range"),
        (("--seeds", "1-99999"), "no range"),
        (("--seed", "1", "--missing-edges", "2"), "not in the range"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    tocsin: Tocsin, tmp_path: Path, options: tuple[str, ...], said: str
) -> None:
    result = tocsin("simulate", "--out", str(tmp_path), *options)
    assert result.exit_code == 2
    assert said in result.output


def test_too_few_changes_are_one_line(tocsin: Tocsin, tmp_path: Path) -> None:
    result = tocsin("simulate", "--seed", "1", "--rate", "0.1", "--gap", "0.5", "--out", str(tmp_path))
    assert result.exit_code == 1
    assert "raise --gap" in result.output
