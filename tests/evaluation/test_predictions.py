"""What is written about a case: the documented rows, at the documented moments, and nothing of the future."""

from __future__ import annotations

import json
from io import BytesIO
from typing import TYPE_CHECKING, Any

from bot.domain.correlation import DEFAULT_PARAMETERS
from bot.domain.rules import DEFAULT_RULE, RuleSet
from bot.evaluation.cases import read_case
from bot.evaluation.predictions import predict, predict_given, write
from tests.evaluation.casework import Folder, bad_deploy, stamp

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from bot.evaluation.predictions import Prediction

RULES = RuleSet([DEFAULT_RULE])


def own(folder: Folder) -> list[Prediction]:
    return predict(read_case("case", folder.write(truth=False)), RULES, DEFAULT_PARAMETERS)


def given(folder: Folder, groups: Mapping[str, str]) -> list[Prediction]:
    return predict_given(read_case("case", folder.write(truth=False)), DEFAULT_PARAMETERS, groups)


def moments(rows: list[Prediction]) -> list[tuple[float, int]]:
    return [(row.since_first_alert, len(row.alert_ids)) for row in rows]


def written(folder: Folder) -> list[dict[str, Any]]:
    stream = BytesIO()
    case = read_case("case", folder.write(truth=False))
    write(predict(case, RULES, DEFAULT_PARAMETERS), case, stream)
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_ids_that_are_numbers_are_numbers_in_the_rows(tmp_path: Path) -> None:
    folder = bad_deploy(tmp_path / "one")
    for number, row in enumerate([*folder.alerts, *folder.changes]):
        row["id"] = number
    last = written(folder)[-1]
    assert last["alert_ids"] == [0, 1]
    assert last["suspects"][0]["change_id"] in {row["id"] for row in folder.changes}


def test_a_row_is_of_the_documented_form(tmp_path: Path) -> None:
    rows = written(bad_deploy(tmp_path / "one"))
    assert list(rows[-1]) == [
        "case",
        "incident",
        "group",
        "at",
        "since_first_alert",
        "alert_ids",
        "suspects",
        "no_change_probability",
        "shown",
    ]
    assert (rows[-1]["case"], rows[-1]["group"], rows[-1]["alert_ids"]) == ("case", None, ["a1", "a2"])
    assert rows[-1]["suspects"][0]["change_id"] == "c-bad"
    chances = [one["probability"] for one in rows[-1]["suspects"]]
    assert chances == sorted(chances, reverse=True)
    assert 0.99 < sum(chances) + rows[-1]["no_change_probability"] <= 1.0 + 1e-9
    assert rows[-1]["shown"] is True
    assert rows[0]["at"] == 1_772_452_800


def test_rows_come_at_0_300_and_900_seconds_and_when_an_alert_joins(tmp_path: Path) -> None:
    rows = own(bad_deploy(tmp_path / "one"))
    assert moments(rows) == [(0, 1), (60, 2), (300, 2), (900, 2)]


def test_alerts_of_one_moment_make_one_row(tmp_path: Path) -> None:
    folder = bad_deploy(tmp_path / "one")
    folder.alert("a3", "web", 0)
    folder.alert("a4", "web", 5, fingerprint="later")
    assert moments(own(folder)) == [(0, 2), (60, 3), (300, 4), (900, 4)]


def test_the_alerts_of_a_storm_make_a_row_every_three_seconds(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "one")
    for second in range(8):
        folder.alert(f"a{second}", "web", second / 60, fingerprint=f"f{second}")
    assert moments(own(folder)) == [(0, 1), (3, 4), (6, 7), (9, 8), (300, 8), (900, 8)]


def test_alerts_just_before_a_fixed_moment_do_not_cost_its_row(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "one")
    for second in (0, 298, 299):
        folder.alert(f"a{second}", "web", second / 60, fingerprint=f"f{second}")
    assert moments(own(folder)) == [(0, 1), (298, 2), (300, 3), (900, 3)]


def test_a_late_change_makes_a_row_when_it_is_heard_of(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "one")
    folder.change("c-late", "payments", -3, received_ts=stamp(8))
    folder.alert("a1", "payments", 0)
    rows = own(folder)
    assert [(row.since_first_alert, bool(row.suspects)) for row in rows] == [
        (0, False),
        (300, False),
        (480, True),
        (900, True),
    ]


def test_one_alert_under_two_ids_and_a_repetition(tmp_path: Path) -> None:
    folder = bad_deploy(tmp_path / "one")
    folder.alert("a1", "payments", 0, received_ts=stamp(2))
    folder.alert("a1-again", "payments", 0, received_ts=stamp(3))
    rows = own(folder)
    assert {row.incident for row in rows} == {"incident-1"}
    assert moments(rows) == [(0, 1), (60, 2), (180, 3), (300, 3), (900, 3)]
    assert rows[-1].alert_ids == ("a1", "a2", "a1-again")


def test_the_true_grouping_is_kept_to_whatever_the_rules_would_say(tmp_path: Path) -> None:
    folder = bad_deploy(tmp_path / "one")
    folder.alert("noise", "ledger", 2)
    rows = given(folder, {"a1": "one", "a2": "two"})
    assert [(row.group, row.alert_ids) for row in rows if row.since_first_alert == 300] == [
        ("one", ("a1",)),
        ("two", ("a2",)),
    ]


def test_the_same_alert_in_two_groups_that_overlap(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "one")
    folder.alert("a1", "payments", 0, resolved_ts=stamp(2))
    folder.alert("b1", "payments", 4)
    folder.alert("a2", "checkout", 6)
    rows = given(folder, {"a1": "a", "b1": "b", "a2": "a"})
    last = {row.group: row.alert_ids for row in rows}
    assert last == {"a": ("a1", "a2"), "b": ("b1",)}
    assert len({row.incident for row in rows}) == 2


def test_a_group_that_is_heard_of_again_after_days_is_one_incident(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "one")
    folder.alert("a1", "payments", 0, resolved_ts=stamp(5))
    folder.alert("a2", "checkout", 3_000)
    rows = given(folder, {"a1": "a", "a2": "a"})
    assert {row.incident for row in rows} == {"incident-1"}
    assert rows[-1].alert_ids == ("a1", "a2")


def test_an_id_that_is_told_of_two_firings_stands_once(tmp_path: Path) -> None:
    folder = bad_deploy(tmp_path / "one")
    folder.alert("a1", "payments", 2)
    assert {row.alert_ids for row in own(folder)} == {("a1",), ("a1", "a2")}


def test_a_firing_that_is_heard_of_after_a_later_one_of_its_alert_is_told_of_there(tmp_path: Path) -> None:
    folder = bad_deploy(tmp_path / "one")
    folder.alert("a0", "payments", -2, received_ts=stamp(4))
    folder.alert("b0", "ledger", -2, received_ts=stamp(4), fingerprint="quiet")
    rows = own(folder)
    assert rows[-1].alert_ids == ("b0",)
    assert [row.alert_ids for row in rows if row.incident == "incident-1"][-1] == ("a1", "a2", "a0")
