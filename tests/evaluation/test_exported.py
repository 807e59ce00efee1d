from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.domain.alert import AlertStatus
from bot.domain.change import ChangeKind, Wave
from bot.domain.suspicion import DEFAULT_PARAMETERS
from bot.evaluation.cases import read_case
from bot.evaluation.exported import Names, exported, topology
from bot.evaluation.labelled import Labelled, example_of, examples_of
from bot.evaluation.rows import Problems
from bot.evaluation.truth import read_truth
from tests.app.conftest import CATALOG
from tests.support.facts import NOW, change, incident, later
from tests.support.incident_views import alert

if TYPE_CHECKING:
    from pathlib import Path

    from bot.domain.alert import Occurrence
    from bot.evaluation.exported import ExportedCase

SECRET = "secret-0123"


def occurrence(service: str, at: float, **more: object) -> Occurrence:
    given = {
        "service": service,
        "fingerprint": f"f-{service}",
        "starts_at": later(at),
        "received_at": later(at),
    }
    return alert(**(given | more))


GUILTY = change(
    "deploy-1",
    at=-120,
    author=SECRET,
    url=f"https://ci/{SECRET}",
    version="2.0",
    previous_version="1.9",
    scope={"region": "EU"},
    summary="New payment client",
    waves=(Wave(later(-110), 0.5),),
    ended_at=later(-60),
)
UNDO = change("undo", at=30, kind=ChangeKind.ROLLBACK, rolls_back="deploy-1")
JUDGED = Labelled(
    incident(number=7),
    (
        occurrence(
            "checkout",
            0,
            labels={"severity": "critical", "region": "eu", "token": SECRET, "version": "2.0"},
            annotations={"summary": "5 % fail", "runbook": SECRET},
        ),
        occurrence("web", 20, status=AlertStatus.RESOLVED, ends_at=later(600), labels={}),
        occurrence("late", 3600, labels={}),
    ),
    (GUILTY, replace(GUILTY, source="argo", service="db", scope={}), UNDO),
    GUILTY,
)


def laid(case: ExportedCase, folder: Path, names: Names) -> Path:
    (folder / case.name).mkdir()
    (folder / "topology.json").write_text(json.dumps(topology(CATALOG, names)))
    for name, rows in (("alerts", case.alerts), ("changes", case.changes), ("truth", case.truth)):
        (folder / case.name / f"{name}.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    return folder / case.name


def test_what_is_written_is_read_as_it_was(tmp_path: Path) -> None:
    folder = laid(exported(JUDGED, Names()), tmp_path, Names())
    case, problems = read_case("INC-7", folder), Problems()
    assert case.problems.count == 0
    assert case.catalog.callees("web").keys() == CATALOG.callees("web").keys()
    first = case.alerts[0].fired
    assert (first.service, first.environment, first.starts_at) == ("checkout", "production", NOW)
    assert first.labels["region"] == "eu"
    assert case.alerts[1].ended is not None
    by_id = {one.change_id: one for one in case.changes}
    assert by_id.keys() == {"ci/deploy-1", "argo/deploy-1", "undo"}
    assert by_id["undo"].rolls_back == "ci/deploy-1"
    assert (by_id["ci/deploy-1"].version, by_id["ci/deploy-1"].scope) == ("2.0", {"region": "eu"})
    (fault,) = read_truth("INC-7", folder, problems)
    assert (fault.by_change, fault.causes, fault.service) == (True, frozenset({"ci/deploy-1"}), "checkout")
    assert len(fault.alert_ids) == 3


def test_no_secret_leaves(tmp_path: Path) -> None:
    for redact in (False, True):
        names = Names(redact)
        case = exported(JUDGED, names)
        assert SECRET not in json.dumps([case.alerts, case.changes, case.truth, topology(CATALOG, names)])


def test_redacted_no_name_is_left_and_the_same_is_called_the_same(tmp_path: Path) -> None:
    names = Names(redact=True)
    case = exported(JUDGED, names)
    text = json.dumps([case.name, case.alerts, case.changes, case.truth, topology(CATALOG, names)])
    for word in (
        "checkout",
        "web",
        "deploy-1",
        "INC-7",
        "HighErrorRate",
        "payment",
        "fail",
        'eu"',
        "2.0",
        "argo",
    ):
        assert word not in text, word
    assert case.alerts[0]["labels"]["region"] == case.changes[0]["scope"]["region"]
    assert case.alerts[0]["labels"]["version"] == case.changes[0]["version"]
    assert case.alerts[0]["service"] == case.changes[0]["service"] == case.truth[0]["root_cause"]["service"]
    folder = laid(case, tmp_path, names)
    (fault,) = read_truth(case.name, folder, Problems())
    assert fault.causes <= {one.change_id for one in read_case(case.name, folder).changes}


@pytest.mark.parametrize("stated", ['["US","eu"]', "US, eu"])
def test_redacted_a_list_of_places_says_each_by_its_own_name(tmp_path: Path, stated: str) -> None:
    everywhere = replace(UNDO, scope={"region": "any", "cell": "c1"})
    judged = replace(JUDGED, changes=(replace(GUILTY, scope={"region": stated}), everywhere))
    names = Names(redact=True)
    case = exported(judged, names)
    first, second = (one["scope"] for one in case.changes)
    eu = case.alerts[0]["labels"]["region"]
    other, same = first["region"].split(",")
    assert (same, second["region"]) == (eu, "any")
    assert other not in (eu, "us")
    (plain, _) = exported(judged, Names()).changes
    assert plain["scope"] == {"region": stated.lower()}


def test_that_no_change_did_it_is_a_truth_too() -> None:
    (row,) = exported(replace(JUDGED, cause=None), Names()).truth
    assert row["root_cause"] == {"kind": "none", "change_ids": [], "change_type": None, "service": None}


def test_an_example_knows_what_was_known_after_fifteen_minutes() -> None:
    example = example_of(JUDGED, CATALOG, DEFAULT_PARAMETERS)
    assert example is not None
    assert example.evidence.onsets.keys() == {"checkout", "web"}
    assert example.evidence.at == NOW + timedelta(minutes=15)
    assert example.cause == ("ci", "deploy-1")
    assert {one.change_id for one in example.candidates} == {"deploy-1", "undo"}
    declared = replace(JUDGED, alerts=(), cause=None)
    bare = example_of(declared, CATALOG, DEFAULT_PARAMETERS)
    assert bare is not None
    assert (bare.evidence.onsets, bare.cause) == ({"checkout": NOW}, None)
    nothing = replace(declared, incident=incident(services=()))
    assert example_of(nothing, CATALOG, DEFAULT_PARAMETERS) is None


def test_a_case_and_its_incident_are_the_same_example(tmp_path: Path) -> None:
    folder = laid(exported(JUDGED, Names()), tmp_path, Names())
    case = read_case("INC-7", folder)
    faults = read_truth("INC-7", folder, Problems())
    (example,) = examples_of(case, faults, DEFAULT_PARAMETERS)
    direct = example_of(JUDGED, CATALOG, DEFAULT_PARAMETERS)
    assert direct is not None
    assert example.evidence.onsets == direct.evidence.onsets
    assert example.cause == ("case", "ci/deploy-1")
    unheard = replace(faults[0], alert_ids=("none",))
    elsewhere = replace(faults[0], causes=frozenset({"not here"}))
    (missed,) = examples_of(case, [unheard, elsewhere], DEFAULT_PARAMETERS)
    assert missed.cause == ("", "")
