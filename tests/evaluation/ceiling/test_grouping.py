"""Who knows the simulator's numbers groups well, and by nothing but what has come so far."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.domain.alert import UNKNOWN
from bot.evaluation.best import best_grouping
from bot.evaluation.cases import Case, CaseAlert, read_case
from bot.evaluation.ceiling.grouping import Grouping
from bot.evaluation.grouping import Tally, count_owned, grouping
from bot.evaluation.simulator.case import simulate
from bot.evaluation.simulator.files import write_case
from bot.evaluation.simulator.settings import Flaws, Settings
from bot.evaluation.truth import read_truth
from tests.support.measuring import unmeasured

if TYPE_CHECKING:
    from pathlib import Path

    from bot.evaluation.truth import Fault


@pytest.fixture(scope="module")
@unmeasured()
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    flaws = Flaws(unnamed=0.03, clock_skew=30.0)
    made = simulate("s1", 1, Settings(incidents=80, services=40, gap=8.0, flaws=flaws))
    path = tmp_path_factory.mktemp("cases") / "s1"
    write_case(made, path)
    return path


@pytest.fixture(scope="module")
def case(folder: Path) -> Case:
    return read_case("s1", folder)


@pytest.fixture(scope="module")
def faults(case: Case, folder: Path) -> list[Fault]:
    return list(read_truth("s1", folder, case.problems))


def group(folder: Path, *alerts: CaseAlert) -> dict[str, str]:
    return Grouping(json.loads((folder / "simulation.json").read_text())).group(alerts)


@pytest.mark.unmeasured
def test_one_fault_is_mostly_one_incident(case: Case, faults: list[Fault]) -> None:
    owner = best_grouping(case)
    assert owner is not None
    assert owner.keys() == {one.alert_id for one in case.alerts}
    counted = Tally()
    count_owned(counted, case, owner, faults)
    found = {name: figure["value"] for name, figure in grouping(counted).items()}
    assert found["pairwise_f1"] > 0.9
    assert 0.95 <= found["incidents_per_fault"] <= 1.1
    assert found["false_merge_rate"] < 0.06
    assert found["split_rate"] < 0.12


@pytest.mark.unmeasured
def test_what_comes_later_changes_nothing(folder: Path, case: Case) -> None:
    half = case.alerts[: len(case.alerts) // 2]
    assert group(folder, *half).items() <= group(folder, *case.alerts).items()


def test_where_nothing_was_simulated_there_is_no_ceiling(case: Case, tmp_path: Path) -> None:
    assert best_grouping(replace(case, folder=tmp_path)) is None


def moved(
    one: CaseAlert, alert_id: str, seconds: float, *, service: str = "", fingerprint: str = ""
) -> CaseAlert:
    """The same alert so much later, of this service or under this name; it ends half a minute after."""
    later = timedelta(seconds=seconds)
    event = replace(
        one.fired,
        starts_at=one.fired.starts_at + later,
        received_at=one.fired.received_at + later,
        service=service or one.fired.service,
        fingerprint=fingerprint or one.fired.fingerprint,
    )
    return CaseAlert(alert_id, event, replace(event, ends_at=event.starts_at + timedelta(seconds=30)))


@pytest.mark.parametrize(
    ("seconds", "name", "service", "together"),
    [
        (200, "same", "", True),  # it flaps
        (9_000, "same", "", False),
        (40, "other", "", True),  # the service fires under another name
        (3_000, "other", "", False),
        (20, "other", UNKNOWN, True),  # it could be about anything, but comes at once
        (20_000, "other", UNKNOWN, False),
    ],
)
def test_a_second_alert_joins_as_it_follows_from_the_first(
    folder: Path, case: Case, seconds: float, name: str, service: str, *, together: bool
) -> None:
    first = moved(next(one for one in case.alerts if one.fired.service != UNKNOWN), "first", 0)
    fingerprint = "" if name == "same" else "another"
    second = moved(first, "second", seconds, service=service, fingerprint=fingerprint)
    found = group(folder, first, second)
    assert (found["first"] == found["second"]) == together


@pytest.mark.parametrize(("seconds", "together"), [(40, True), (3_400, False)])
def test_what_calls_the_service_joins_soon(
    folder: Path, case: Case, seconds: float, *, together: bool
) -> None:
    edges = json.loads((folder / "simulation.json").read_text())["graph"]["edges"]
    caller, callee = edges[0]
    first = moved(case.alerts[0], "first", 0, service=callee, fingerprint="one")
    second = moved(first, "second", seconds, service=caller, fingerprint="two")
    found = group(folder, first, second)
    assert (found["first"] == found["second"]) == together


def test_an_incident_that_began_without_a_name_is_soon_given_one(folder: Path, case: Case) -> None:
    first = moved(case.alerts[0], "first", 0, service=UNKNOWN, fingerprint="nameless")
    soon = moved(case.alerts[0], "soon", 30, service="shared-db", fingerprint="one")
    late = moved(case.alerts[0], "late", 2_000, service="shared-db", fingerprint="one")
    third = moved(case.alerts[0], "third", 60, service="shared-db", fingerprint="two")
    assert len(set(group(folder, first, soon, third).values())) == 1
    assert len(set(group(folder, first, late).values())) == 2
