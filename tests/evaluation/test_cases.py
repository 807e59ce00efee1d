"""Cases as they lie on disk: tolerant of what is wrong, and silent about the future."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from bot.domain.alert import UNKNOWN, AlertEvent, AlertStatus
from bot.domain.change import Change, ChangeKind
from bot.domain.errors import ConfigurationError
from bot.domain.rules import DEFAULT_RULE, RuleSet
from bot.domain.suspicion import DEFAULT_PARAMETERS
from bot.evaluation.cases import case_folders, read_case
from bot.evaluation.predictions import predict
from bot.ingest.changes import parse_change
from bot.ingest.labels import LabelPolicy
from tests.evaluation.casework import Folder, at, bad_deploy, stamp

if TYPE_CHECKING:
    from pathlib import Path

    from bot.evaluation.cases import Case


def read(folder: Folder) -> Case:
    return read_case("case", folder.write())


def told(case: Case) -> list[str]:
    """What is heard, in its order: the ids of rows, with a mark where an alert ends."""
    return [
        f"-{row}" if isinstance(event, AlertEvent) and event.status is AlertStatus.RESOLVED else row
        for row, event in case.events()
    ]


def test_a_folder_of_cases_and_one_case(tmp_path: Path) -> None:
    bad_deploy(tmp_path / "many/one").write()
    bad_deploy(tmp_path / "many/two").write()
    assert [name for name, _ in case_folders(tmp_path / "many")] == ["one", "two"]
    assert case_folders(tmp_path / "many/one") == [("one", tmp_path / "many/one")]
    with pytest.raises(ConfigurationError, match="holds no case"):
        case_folders(tmp_path / "many/one/none")


def test_a_case_behind_a_link_is_one_of_them(tmp_path: Path) -> None:
    bad_deploy(tmp_path / "elsewhere/group/three").write()
    bad_deploy(tmp_path / "many/one").write()
    (tmp_path / "many/again").symlink_to(tmp_path / "many/one")
    (tmp_path / "many/round").symlink_to(tmp_path / "many")
    (tmp_path / "many/there").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "elsewhere/back").symlink_to(tmp_path / "many")
    assert [name for name, _ in case_folders(tmp_path / "many")] == ["one", "there/group/three"]


def test_the_call_graph_of_the_parent_serves_a_case_without_one(tmp_path: Path) -> None:
    path = bad_deploy(tmp_path / "many/one").write()
    (path / "topology.json").rename(tmp_path / "many/topology.json")
    case = read_case("one", path)
    assert dict(case.catalog.callees("web")) == {"web": 0, "checkout": 1, "payments": 2}
    (tmp_path / "many/topology.json").unlink()
    assert not read_case("one", path).catalog.names()


def test_labels_name_the_service_by_the_policy_where_the_row_does_not(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "one")
    folder.alert("stated", "web", 0, labels={"team_service": "other", "tier": "test"})
    labelled = {"team_service": "pay", "service": "pod-7", "tier": "test"}
    folder.alert("labelled", None, 1, labels=labelled, resolved_ts=stamp(5))
    folder.alert("apart", None, 2, fingerprint="f", labels=labelled)
    folder.alert("end", None, 6, status="resolved", fingerprint="f", labels=labelled)
    policy = LabelPolicy(service=("team_service",), environment=("tier",))
    case = read_case("one", folder.write(), policy)
    assert [(one.alert_id, one.fired.service) for one in case.alerts] == [
        ("stated", "web"),
        ("labelled", "pay"),
        ("apart", "pay"),
    ]
    assert {one.fired.environment for one in case.alerts} == {"test"}
    ends = [(one.ended.service, one.ended.environment) for one in case.alerts if one.ended is not None]
    assert ends == [("pay", "test")] * 2
    assert {one.fired.service for one in read_case("one", folder.path).alerts} == {"web", "pod-7"}


def test_an_environment_of_changes_goes_by_the_alerts_name(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "one")
    folder.alert("a", "web", 0, environment="prod")
    folder.change("c", "web", 0, env="prd")
    case = read_case("one", folder.write(), LabelPolicy(of_changes={"prd": "prod"}))
    assert (case.alerts[0].fired.environment, case.changes[0].environment) == ("prod", "prod")


def test_of_a_call_graph_what_can_be_read_counts_and_the_rest_is_said(tmp_path: Path) -> None:
    path = bad_deploy(tmp_path / "one").write()
    edges = [{"caller": "web"}, ["web", "checkout"], {"caller": "checkout", "callee": "db"}, 7]
    (path / "topology.json").write_text(json.dumps({"services": [7, "lone"], "edges": edges}))
    case = read_case("one", path)
    assert dict(case.catalog.callees("web")) == {"web": 0, "checkout": 1, "db": 2}
    assert case.catalog.names() == {"web", "checkout", "db", "lone"}
    assert [text.partition(":1: ")[2] for text in case.problems.texts] == [
        "services: must be an object, not a number; ignored",
        "callee: is missing or empty; ignored",
        "edges: must be an object, not a number; ignored",
    ]
    (path / "topology.json").write_text("")
    assert not read_case("one", path).catalog.names()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"services": 5}', "services: must be a list, not a number"),
        ('{"services": "db"}', "services: must be a list, not a text"),
        ('{"edges": 7}', "edges: must be a list, not a number"),
        ('{"edges": {"caller": "a", "callee": "b"}}', "edges: must be a list, not an object"),
    ],
)
def test_a_call_graph_that_is_no_list_is_passed_over(tmp_path: Path, text: str, said: str) -> None:
    path = bad_deploy(tmp_path / "one").write()
    (path / "topology.json").write_text(text)
    case = read_case("one", path)
    assert said in case.problems.texts[0]
    assert case.alerts


def test_a_call_graph_without_calls(tmp_path: Path) -> None:
    path = bad_deploy(tmp_path / "one").write()
    (path / "topology.json").write_text('{"services": ["web", {"name": "db"}], "edges": null}')
    assert read_case("one", path).catalog.names() == {"web", "db"}


@pytest.mark.parametrize("share", [float("nan"), 101, -0.1, "half", True])
def test_waves_that_cannot_be_read_are_passed_over(tmp_path: Path, share: object) -> None:
    folder = bad_deploy(tmp_path / "one")
    folder.changes[0]["waves"] = [{"ts": stamp(-300), "share": share}]
    case = read(folder)
    assert [(change.change_id, change.waves) for change in case.changes] == [("c-old", ()), ("c-bad", ())]
    assert "changes.jsonl:1: waves.share: " in case.problems.texts[0]


def test_what_a_change_says_beside_its_id_and_its_times_may_be_unreadable(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "one")
    odd = {"scope": "eu", "ended_ts": "unknown", "author": ["ada"], "waves": [{"ts": stamp(0), "share": 25}]}
    folder.change("c1", "web", 0, kind="migration", **odd)
    case = read(folder)
    (change,) = case.changes
    assert (change.kind, change.scope, change.ended_at, change.author) == (ChangeKind.DEPLOY, {}, None, "")
    assert [wave.share for wave in change.waves] == [0.25]
    assert [text.rpartition("/")[2].split(": ")[1] for text in case.problems.texts] == [
        *("scope", "type", "author", "ended_ts"),
    ]
    assert case.problems.count == 0


def test_what_an_alert_says_beside_its_id_and_its_times_may_be_unreadable(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "one")
    folder.alert("a1", "web", 0, labels="eu", resolved_ts="ongoing", summary=["x"], severity={})
    case = read(folder)
    (alert,) = case.alerts
    assert (alert.fired.service, alert.ended, alert.fired.annotations) == ("web", None, {})
    assert case.problems.count == 0
    assert len(case.problems.texts) >= 3


def test_rows_of_one_moment_come_in_an_order_of_their_own(tmp_path: Path) -> None:
    told_in = []
    for number, names in enumerate((("a", "b"), ("b", "a"))):
        folder = Folder(tmp_path / str(number))
        for name in names:
            folder.alert(name, "web", 0, fingerprint=name)
            folder.change(f"c{name}", "web", 0)
        told_in.append([name for name, _ in read(folder).events()])
    assert told_in == [["ca", "cb", "a", "b"]] * 2


def test_events_come_in_order_of_receipt_whatever_the_order_of_the_rows(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "one")
    folder.alert("late", "web", 1, received_ts=stamp(9))
    folder.alert("second", "web", 5, fingerprint="other")
    folder.alert("first", "checkout", 2)
    folder.change("change", "web", 2)
    assert told(read(folder)) == ["change", "first", "second", "late"]


def test_the_end_of_an_alert_is_told_at_its_time(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "one")
    folder.alert("a1", "web", 0, resolved_ts=stamp(7))
    folder.alert("a2", "checkout", 3)
    case = read(folder)
    assert told(case) == ["a1", "a2", "-a1"]
    ((_, fired), _, (_, ended)) = case.events()
    assert isinstance(fired, AlertEvent)
    assert isinstance(ended, AlertEvent)
    assert fired.ends_at is None
    assert ended.ends_at == ended.received_at == at(7)


def test_a_change_that_names_no_service_concerns_every_one_where_its_scope_says_so(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "one")
    folder.change("c1", None, 0, scope={"global": True})
    folder.change("c2", None, 1, scope={"region": "eu"})
    folder.change("c3", "web", 2, scope={"global": True})
    assert [change.service for change in read(folder).changes] == ["*", UNKNOWN, "web"]


@pytest.mark.parametrize(
    "times",
    [
        {"resolved_ts": stamp(0)},
        {"resolved_ts": stamp(2), "received_ts": stamp(5)},
        {"status": "resolved", "resolved_ts": stamp(2), "received_ts": stamp(5)},
    ],
)
def test_an_alert_that_is_over_when_it_is_heard_of_fires_first(tmp_path: Path, times: dict[str, str]) -> None:
    folder = bad_deploy(tmp_path / "one")
    folder.alerts[0] |= times
    del folder.alerts[1]
    case = read(folder)
    assert told(case)[-2:] == ["a1", "-a1"]
    rows = predict(case, RuleSet([DEFAULT_RULE]), DEFAULT_PARAMETERS)
    assert {row.alert_ids for row in rows} == {("a1",)}
    assert rows[0].suspects[0][0] == "c-bad"


def test_at_one_moment_what_was_firing_ends_before_anything_fires(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "one")
    folder.alert("a2", "web", 5)
    folder.alert("a1", "web", 0, resolved_ts=stamp(5))
    assert told(read(folder)) == ["a1", "-a1", "a2"]


def test_an_end_as_a_row_of_its_own(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "one")
    folder.alert("a1", "web", 0)
    folder.alert("a1-end", "web", 6, status="resolved")
    folder.alert("a1-end", "web", 6, status="resolved")
    folder.alert("other-end", "checkout", 6, status="resolved")
    case = read(folder)
    assert told(case) == ["a1", "-a1"]
    (problem,) = case.problems.texts
    assert "alerts.jsonl:4: status: is resolved, but nothing of its fingerprint fired before" in problem


def test_an_end_without_a_firing_is_an_alert_that_fired_and_ended(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "one")
    folder.alert("a1", "web", 1, status="resolved", resolved_ts=stamp(6))
    folder.alert("a2", "web", 8, status="resolved", resolved_ts=stamp(9))
    case = read(folder)
    assert told(case) == ["a1", "-a1", "a2", "-a2"]
    assert [event.received_at for _, event in case.events()] == [at(1), at(6), at(8), at(9)]
    assert not case.problems.count


def test_later_waves_and_the_end_of_a_change_are_told_at_their_time(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "one")
    waves = [{"ts": stamp(0), "share": 0.05}, stamp(10), {"ts": stamp(20), "share": 1, "targets": ["eu"]}]
    folder.change("c1", "web", 0, waves=waves, ended_ts=stamp(30))
    events = [event for _, event in read(folder).events()]
    known = [
        (event.received_at, len(event.waves), event.ended_at) for event in events if isinstance(event, Change)
    ]
    assert known == [(at(0), 1, None), (at(10), 2, None), (at(20), 3, None), (at(30), 3, at(30))]


def test_an_alert_without_a_service_is_of_an_unknown_one(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "one")
    folder.alert("a1", None, 0)
    folder.alert("a2", "", 0, labels={"app": "web"})
    first, second = read(folder).alerts
    assert (first.fired.service, second.fired.service) == (UNKNOWN, "web")


def test_alerts_are_of_the_environment_in_which_all_changes_are_made(tmp_path: Path) -> None:
    folder = bad_deploy(tmp_path / "one")
    folder.alert("a3", "web", 1, labels={"env": "staging"})
    environments = [one.fired.environment for one in read(folder).alerts]
    assert environments == ["prod", "prod", "staging"]
    folder.change("c-elsewhere", "web", 0, env="staging")
    assert read(folder).alerts[0].fired.environment == UNKNOWN


def test_unknown_fields_and_epochs(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "one")
    folder.change("c1", "web", 0, ts="nonsense", ts_epoch=1_772_452_800, kind="config", mood="good")
    folder.alert("a1", "web", 0, ts_epoch=1_772_452_860.5, colour=["red"])
    case = read(folder)
    assert not case.problems.count
    assert case.changes[0].kind is ChangeKind.CONFIG
    assert case.alerts[0].fired.starts_at.microsecond == 500_000


def test_a_scope_is_read_as_it_is_when_it_is_pushed(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "one")
    scope = {"region": ["eu", "us"], "pods": {"a": [1]}, "canary": True, "cell": "c1"}
    folder.change("c1", "web", 0, scope=scope)
    (read_change,) = read(folder).changes
    pushed = {"id": "c1", "type": "deploy", "service": "web", "time": stamp(0), "scope": scope}
    assert read_change.scope == parse_change(json.dumps(pushed).encode(), "", {}, at(0)).scope
    assert read_change.scope["region"] == '["eu","us"]'


@pytest.mark.parametrize(
    "times",
    [
        {"ts": "9999-12-31T23:59:59Z"},
        {"ts": stamp(0), "received_ts": "2200-01-01T00:00:00Z"},
        {"ts_epoch": -62_135_596_800},
        {"ts_epoch": 253_402_300_799},
        {"ts": "0001-01-01T00:00:00Z"},
    ],
)
def test_a_row_of_a_time_that_nobody_means_is_named_and_skipped(
    tmp_path: Path, times: dict[str, Any]
) -> None:
    folder = bad_deploy(tmp_path / "one")
    folder.alert("far", "web", 0, **times)
    folder.change("far", "web", 0, **times)
    case = read(folder)
    assert [problem.split(":")[1] for problem in case.problems.texts] == ["3", "3"]
    rows = predict(case, RuleSet([DEFAULT_RULE]), DEFAULT_PARAMETERS)
    assert {one for row in rows for one in row.alert_ids} == {"a1", "a2"}


def test_an_end_before_1970_is_no_end(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "one")
    folder.alert("a1", "web", 0, resolved_ts="0001-01-01T00:00:00Z")
    folder.alert("a2", "web", 0, resolved_ts_epoch=-62_135_596_800)
    assert [one.ended for one in read(folder).alerts] == [None, None]


def test_bad_rows_are_reported_at_their_place_and_skipped(tmp_path: Path) -> None:
    folder = bad_deploy(tmp_path / "one")
    folder.alert("a3", "web", 0, ts="yesterday")
    folder.alert("", "web", 0)
    path = folder.write()
    with (path / "alerts.jsonl").open("a") as stream:
        stream.write("not json\n\n[]\n")
    case = read_case("one", path)
    assert [one.alert_id for one in case.alerts] == ["a1", "a2"]
    places = [problem.rpartition("/")[2].split(": ")[:2] for problem in case.problems.texts]
    assert places == [
        ["alerts.jsonl:3", "ts"],
        ["alerts.jsonl:4", "id"],
        ["alerts.jsonl:5", "row"],
        ["alerts.jsonl:7", "row"],
    ]
    assert case.problems.count == 4


def test_an_id_of_two_alerts_is_told_and_both_are_played(tmp_path: Path) -> None:
    folder = bad_deploy(tmp_path / "one")
    folder.alert("a1", "payments", 2)
    folder.alert("a1", "web", 3)
    case = read(folder)
    (told,) = case.problems.texts
    assert told.endswith(
        "alerts.jsonl:4: id: a1 is the id of another alert, too; "
        "no row of the predictions says which of them it means"
    )
    assert (case.problems.count, len(case.alerts)) == (0, 4)
