"""`tocsin evaluate`: predictions first, then the truth; and what is reported."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.evaluation.casework import Folder, bad_deploy, stamp

if TYPE_CHECKING:
    from collections.abc import Callable

    from click.testing import Result

    Run = Callable[..., Result]


def results(tocsin: Run, *arguments: str) -> dict[str, Any]:
    done = tocsin("evaluate", *arguments, "-o", "json")
    assert done.exit_code == 0, done.output
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_everything_of_the_protocol_is_in_the_results(tmp_path: Path, tocsin: Run) -> None:
    bad_deploy(tmp_path / "cases/one").write()
    quiet = Folder(tmp_path / "cases/two")
    quiet.alert("q1", "ledger", 0)
    quiet.fault("q1")
    quiet.write()
    found = results(tocsin, str(tmp_path / "cases"), "--out", "results.json", "--markdown", "table.md")
    assert json.loads(Path("results.json").read_text()) == found
    assert found["command"].startswith("tocsin")
    assert (found["faults"], found["by_change"]) == (2, 1)
    mine = found["methods"]["tocsin"]
    assert mine["ranking"]["top1"] == {"value": 1.0, "interval": [1.0, 1.0], "n": 1}
    assert mine["abstention"]["auroc"]["value"] == 1.0
    assert mine["strata"]["delay"]["under 10 min"]["top1"]["value"] == 1.0
    assert found["incidents"]["incidents_per_fault"]["value"] == 1.0
    assert found["time_to_cause"] == {"n": 1, "p50": 0.0, "p95": 0.0, "never": 0.0}
    assert set(found["paired"]) == set(found["methods"]) - {"tocsin", "always abstain"}
    assert {bar["name"] for bar in found["bars"]} >= {"shown_precision", "false_merge_rate", "split_rate"}
    # Only the bad deploy is named; a threshold that named more would be right in half.
    assert found["in_hindsight"] == {"shown_precision": 1.0, "shown_recall": 1.0, "false_accusations": 0.0}
    table = Path("table.md").read_text()
    assert "| four-term sum |" in table
    assert "| recall of suspects shown at a precision of 0.80, by hindsight; ceiling | 1.000 |" in table


def test_the_truth_is_opened_after_the_predictions_are_written(
    tmp_path: Path, tocsin: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("one", "two"):
        bad_deploy(tmp_path / "cases" / name).write()
    opened: list[str] = []
    written: list[int] = []
    really_open = Path.open

    def watched(path: Path, *arguments: Any, **further: Any) -> Any:
        opened.append(path.name)
        if path.name == "truth.jsonl":
            written.append(len(Path("predictions.jsonl").read_bytes().splitlines()))
        return really_open(path, *arguments, **further)

    monkeypatch.setattr(Path, "open", watched)
    results(tocsin, str(tmp_path / "cases"), "--predictions", "predictions.jsonl")
    assert opened.count("truth.jsonl") == 2
    assert written == [8, 8]


def test_a_truth_that_cannot_be_read_changes_no_prediction(tmp_path: Path, tocsin: Run) -> None:
    path = bad_deploy(tmp_path / "one").write()
    results(tocsin, str(path), "--predictions", "with.jsonl")
    (path / "truth.jsonl").write_text("garbage\n")
    found = results(tocsin, str(path), "--predictions", "without.jsonl")
    assert found["faults"] == 0
    assert found["problems"][0].startswith(f"{path}/truth.jsonl:1: row: is not JSON")
    assert Path("with.jsonl").read_bytes() == Path("without.jsonl").read_bytes() != b""


def test_a_fault_that_nothing_was_heard_of_counts_as_never_found(tmp_path: Path, tocsin: Run) -> None:
    folder = bad_deploy(tmp_path / "one")
    folder.alert("lost", "web", 3, ts="yesterday")
    folder.fault("lost", by="c-old", service="web")
    folder.fault("never-sent", by="c-old")
    folder.fault()
    path = folder.write()
    found = results(tocsin, str(path))
    assert found["problems"][1:] == [
        f"{path}/truth.jsonl: 3 faults have no alert in alerts.jsonl: never found"
    ]
    assert (found["faults"], found["by_change"]) == (4, 3)
    for method in ("tocsin", "four-term sum"):
        top = found["methods"][method]["ranking"]["top5"]
        assert (top["value"], top["n"]) == (1 / 3, 3)
    types = found["methods"]["tocsin"]["strata"]["change type"]
    assert types["deploy"]["top1"]["n"] == 3
    assert (found["time_to_cause"]["n"], found["time_to_cause"]["never"]) == (3, 2 / 3)
    incidents = found["incidents"]
    assert incidents["missed_rate"]["value"] == 0.75
    assert incidents["compression"]["value"] == incidents["compression_possible"]["value"] == 0.5


def test_of_no_fault_was_anything_heard(tmp_path: Path, tocsin: Run) -> None:
    folder = Folder(tmp_path / "one")
    folder.alert("a1", "web", 0)
    folder.fault("a2")
    found = results(tocsin, str(folder.write()))
    assert found["incidents"]["missed_rate"]["value"] == 1.0
    assert found["incidents"]["compression"]["value"] is None
    assert found["problems"] == [
        f"{folder.path}/truth.jsonl: 1 fault has no alert in alerts.jsonl: never found"
    ]


@pytest.mark.parametrize("grouping", ["own", "given"])
def test_a_case_of_a_set_whose_alerts_are_missing_is_told_and_its_faults_count_as_never_found(
    tmp_path: Path, tocsin: Run, grouping: str
) -> None:
    bad_deploy(tmp_path / "set" / "one").write()
    lost = bad_deploy(tmp_path / "set" / "two").write()
    (lost / "alerts.jsonl").unlink()
    found = results(tocsin, str(tmp_path / "set"), "--grouping", grouping)
    assert found["problems"] == [
        f"{lost}/alerts.jsonl: is missing; nothing is predicted",
        f"{lost}/truth.jsonl: 1 fault has no alert in alerts.jsonl: never found",
    ]
    assert (found["read"]["cases"], found["faults"]) == (2, 2)


def test_what_is_wrong_is_told_once(tmp_path: Path, tocsin: Run) -> None:
    folder = bad_deploy(tmp_path / "set" / "one")
    folder.change("c-odd", "web", -9, author=["ada"])
    folder.truth.append({"alert_ids": 7})
    path = folder.write()
    bad_deploy(tmp_path / "set" / "two").write()
    found = results(tocsin, str(tmp_path / "set"), "--grouping", "given")
    assert [text.removeprefix(f"{path}/") for text in found["problems"]] == [
        "changes.jsonl:3: author: must be a text; ignored",
        "truth.jsonl:2: root_cause: is missing; the fault counts as one without a change",
        "truth.jsonl:2: alert_ids: must be a list",
    ]
    assert found["read"]["rows_skipped"] == 1


def test_a_change_that_is_told_at_each_wave_is_one(tmp_path: Path, tocsin: Run) -> None:
    folder = bad_deploy(tmp_path / "one")
    folder.changes[1] |= {"waves": [stamp(-4), stamp(-3), stamp(-2)], "ended_ts": stamp(9)}
    read = results(tocsin, str(folder.write()))["read"]
    assert (read["alerts"], read["changes"]) == (2, 2)


def test_a_case_without_truth_is_predicted_and_not_scored(tmp_path: Path, tocsin: Run) -> None:
    path = bad_deploy(tmp_path / "one").write(truth=False)
    found = results(tocsin, str(path), "--predictions", "predictions.jsonl")
    assert found["read"]["scored"] == 0
    assert len(Path("predictions.jsonl").read_bytes().splitlines()) == 4
    assert "Nothing could be scored" in tocsin("evaluate", str(path)).stdout


def test_the_true_grouping_can_be_given_and_is_missed_where_there_is_none(
    tmp_path: Path, tocsin: Run
) -> None:
    path = bad_deploy(tmp_path / "one").write()
    found = results(tocsin, str(path), "--grouping", "given", "--predictions", "predictions.jsonl")
    rows = [json.loads(line) for line in Path("predictions.jsonl").read_text().splitlines()]
    assert (found["grouping"], {row["group"] for row in rows}) == ("given", {"1"})
    (path / "truth.jsonl").unlink()
    found = results(tocsin, str(path), "--grouping", "given")
    assert found["problems"] == [f"{path}: no grouping is given; nothing is predicted"]


def test_rules_of_a_folder_group_the_alerts(tmp_path: Path, tocsin: Run) -> None:
    path = bad_deploy(tmp_path / "one").write()
    (tmp_path / "config/rules").mkdir(parents=True)
    rules = "rules:\n  - {name: each, group_by: [service], join: {hops: 0}}\n"
    (tmp_path / "config/rules/each.yaml").write_text(rules)
    found = results(tocsin, str(path), "--rules", str(tmp_path / "config"))
    assert found["incidents"]["split_rate"]["value"] == 1.0
    assert found["incidents"]["incidents_per_fault"]["value"] == 2.0


def test_damage_is_done_to_what_tocsin_is_told(tmp_path: Path, tocsin: Run) -> None:
    path = bad_deploy(tmp_path / "one").write()
    whole = results(tocsin, str(path), "--skew", "120")
    assert whole["incidents"]["incidents_per_fault"]["value"] == 1.0
    for option in ("--skew", "--calls-missing"):
        refused = tocsin("evaluate", str(path), option, "nan")
        assert refused.exit_code == 2
        assert "'nan' is not a number" in refused.stderr
    cut = results(tocsin, str(path), "--calls-missing", "1")
    assert cut["incidents"]["incidents_per_fault"]["value"] == 2.0


def test_no_case_at_all(tmp_path: Path, tocsin: Run) -> None:
    done = tocsin("evaluate", str(tmp_path))
    assert done.exit_code == 78
    assert "holds no case" in done.stderr


@pytest.mark.parametrize("option", ["--out", "--markdown", "--predictions"])
def test_a_file_in_no_folder_is_refused_before_the_work(tmp_path: Path, tocsin: Run, option: str) -> None:
    path = bad_deploy(tmp_path / "one").write()
    (path / "topology.json").write_text("the work would end here")
    done = tocsin("evaluate", str(path), option, str(tmp_path / "none/x"))
    assert done.exit_code == 2
    assert f"there is no folder '{tmp_path}/none'" in done.stderr


@pytest.mark.parametrize(
    "text", ['{"seed": 1, "rate": 12}', "[]", '{"settings": {"extra": 1}, "graph": {}, "change_share": {}}']
)
def test_a_simulation_that_is_not_ours_has_no_ceiling_and_is_scored_all_the_same(
    tmp_path: Path, tocsin: Run, text: str
) -> None:
    folder = bad_deploy(tmp_path / "cases/one").write()
    (folder / "simulation.json").write_text(text)
    found = results(tocsin, str(tmp_path / "cases"))
    assert found["methods"]["tocsin"]["ranking"]["top1"]["value"] == 1.0
    assert any("simulation.json" in problem and "no ceiling" in problem for problem in found["problems"])
