"""The truth and the true grouping as they are read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.domain.suspicion import Parameters
from bot.evaluation.cases import read_case
from bot.evaluation.predictions import predict_given
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


@pytest.mark.parametrize("kind", [{"kind": "Change"}, {"kind": "deploy"}, {"kind": None}, {}])
def test_a_named_change_was_it_however_its_kind_is_spelt(tmp_path: Path, kind: dict[str, str]) -> None:
    folder = Folder(tmp_path / "one")
    folder.truth.append({"root_cause": {**kind, "change_ids": ["c1"]}, "alert_ids": ["a1"]})
    (fault,) = read_truth("case", folder.write(), Problems())
    assert (fault.by_change, fault.causes) == (True, frozenset({"c1"}))


def test_a_truth_that_speaks_against_itself_is_named(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "one")
    folder.truth += [{"root_cause": {"kind": kind, "change_ids": ["c1"]}} for kind in ("none", "None")]
    folder.truth += [{"root_cause": {"kind": "load"}}, {"root_cause": {"kind": "Change"}}]
    problems = Problems()
    faults = read_truth("case", folder.write(), problems)
    assert [(one.number, one.by_change) for one in faults] == [(2, False), (3, True)]
    assert [one.split(": ", 1)[1] for one in problems.texts] == [
        "root_cause.kind: is none, but change_ids names a change",
        "root_cause.kind: is None, but change_ids names a change",
    ]


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


def test_the_names_of_groups_are_as_in_their_file(tmp_path: Path) -> None:
    folder = bad_deploy(tmp_path / "one")
    path = folder.write()
    folder.lines("groups.jsonl", [{"group": 7, "alert_ids": ["a1"]}, {"group": 0.5, "alert_ids": ["a2"]}])
    groups = read_groups(path, Problems())
    assert groups == {"a1": 7, "a2": 0.5}
    rows = predict_given(read_case("one", path), Parameters(), groups)
    assert {row.group for row in rows} == {7, 0.5}


def test_an_alert_that_two_groups_name_is_in_the_first_and_that_is_told(tmp_path: Path) -> None:
    folder = bad_deploy(tmp_path / "one")
    path = folder.write()
    groups = [{"group": "g", "alert_ids": ["a1", "a2"]}, {"group": "h", "alert_ids": ["a2", "a3"]}]
    folder.lines("groups.jsonl", groups)
    problems = Problems()
    assert read_groups(path, problems) == {"a1": "g", "a2": "g", "a3": "h"}
    assert [text.partition(":2: ")[2] for text in problems.texts] == [
        "alert_ids: a2: in the group g already; ignored"
    ]


def test_of_a_truth_that_gives_the_groups_problems_are_told_once(tmp_path: Path) -> None:
    folder = bad_deploy(tmp_path / "one")
    folder.truth.append({"alert_ids": 3})
    path, problems = folder.write(), Problems()
    assert read_groups(path, problems) == {"a1": "1", "a2": "1"}
    assert not problems.texts


def test_a_fault_whose_cause_is_not_said_counts_as_one_without_a_change_and_that_is_told(
    tmp_path: Path,
) -> None:
    folder = Folder(tmp_path / "one")
    folder.truth.append({"alert_ids": ["a1"]})
    problems = Problems()
    (fault,) = read_truth("case", folder.write(), problems)
    assert not fault.by_change
    assert problems.count == 0
    assert [text.partition(":1: ")[2] for text in problems.texts] == [
        "root_cause: is missing; the fault counts as one without a change"
    ]


def test_neither(tmp_path: Path) -> None:
    path = Folder(tmp_path / "one").write(truth=False)
    assert read_groups(path, Problems()) is None
    assert not has_truth(path)
