from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from deploy.coverage_floors import judge, main

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def file(covered: int, total: int, missing: list[int] | None = None) -> dict[str, Any]:
    summary = {
        "covered_lines": covered,
        "num_statements": total,
        "covered_branches": 0,
        "num_branches": 0,
    }
    return {"summary": summary, "missing_lines": missing or [], "missing_branches": []}


def test_floors_that_hold_say_so() -> None:
    said, wrong = judge({"files": {"bot/domain/a.py": file(10, 10), "bot/web/b.py": file(9, 10)}})
    assert wrong == []
    assert said[0].split() == ["bot/domain/", "100.00", "%", "(at", "least", "100", "%)"]


def test_a_gap_in_a_pure_package_is_named() -> None:
    _, wrong = judge({"files": {"playbooks/a.py": file(99, 100, [7])}})
    assert wrong == ["playbooks/: 99.00 % is under 100 %", "playbooks/a.py:7 never runs"]


def test_a_branch_that_is_never_taken_is_named() -> None:
    domain = file(1, 1)
    domain["summary"] |= {"covered_branches": 1, "num_branches": 2}
    domain["missing_branches"] = [[3, -1]]
    _, wrong = judge({"files": {"bot/domain/a.py": domain}})
    assert wrong[1] == "bot/domain/a.py:3 never goes to its end"


def test_the_whole_has_a_floor_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = tmp_path / "report.json"
    report.write_text(json.dumps({"files": {"bot/web/b.py": file(89, 100)}}))
    assert main(str(report)) == 1
    assert "overall: 89.00 % is under 90 %" in capsys.readouterr().err
