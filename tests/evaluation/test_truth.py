"""The truth and the true grouping as they are read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.evaluation.rows import Problems
from bot.evaluation.truth import has_truth, read_groups, read_truth
from tests.evaluation.casework import Folder, bad_deploy

if TYPE_CHECKING:
    from pathlib import Path


def test_a_fault_by_a_change_and_one_without(tmp_path: Path) -> None:
    folder = bad_deploy(tmp_path / "one")
    folder.fault("a9", "a9")
    folder.truth.append({"root_cause": "who knows", "alert_ids": []})
    problems = Problems()
    first, second = read_truth("case", folder.write(), problems)
    assert (first.by_change, first.causes, first.service) == (True, frozenset({"c-bad"}), "payments")
    assert (second.by_change, second.causes, second.alert_ids, second.number) == (
        False,
        frozenset(),
        ("a9",),
        1,
    )
    assert problems.texts == [f"{folder.path}/truth.jsonl:3: root_cause: must be an object, not a text"]


def test_ids_that_are_numbers_are_read_as_those_of_alerts(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "one")
    folder.truth.append({"root_cause": {"kind": "change", "change_ids": [0.5]}, "alert_ids": [0.5, 7, None]})
    (fault,) = read_truth("case", folder.write(), Problems())
    assert (fault.alert_ids, fault.causes) == (("0.5", "7"), frozenset({"0.5"}))


def test_groups_are_taken_from_their_file_and_else_from_the_truth(tmp_path: Path) -> None:
    folder = bad_deploy(tmp_path / "one")
    path = folder.write()
    assert read_groups(path, Problems()) == {"a1": "1", "a2": "1"}
    folder.lines(
        "groups.jsonl", [{"group": "g", "alert_ids": ["a1"]}, {"alert_ids": ["a2"]}, {"alert_ids": 3}]
    )
    problems = Problems()
    assert read_groups(path, problems) == {"a1": "g", "a2": "2"}
    assert problems.count == 1


def test_neither(tmp_path: Path) -> None:
    path = Folder(tmp_path / "one").write(truth=False)
    assert read_groups(path, Problems()) is None
    assert not has_truth(path)
