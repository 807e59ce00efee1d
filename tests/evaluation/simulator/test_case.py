"""A seed is a case, always the same; its files are of the documented form, its numbers near the assumed."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from bot.domain.errors import InvalidInputError
from bot.evaluation.simulator.case import Case, simulate
from bot.evaluation.simulator.files import write_case
from bot.evaluation.simulator.settings import Flaws, Settings
from tests.support.measuring import unmeasured

if TYPE_CHECKING:
    from pathlib import Path

CLEAN = Flaws(unnamed=0.0, clock_skew=0.0, late=0.0, duplicates=0.0)
ALERT = {
    *("id", "ts", "ts_epoch", "status", "name", "service", "severity", "metric", "value", "baseline"),
    *("labels", "fingerprint", "summary", "resolved_ts"),
}
CHANGE = {"id", "ts", "ts_epoch", "type", "service", "env", "summary", "scope"}
# Of `Settings(incidents=20, services=40)` with seed 7. The bytes are the same on every Python; whoever
# changes the simulator on purpose changes these, and measures everything again.
BYTES = "a1d984f4233517f3fdaa51c98452cde0cbd6f05cf72935c0cebfa9afe33042b7"


@pytest.fixture(scope="module")
@unmeasured()
def case() -> Case:
    return simulate("s1", 1, Settings(incidents=600, services=60, flaws=CLEAN))


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    settings = Settings(incidents=20, services=40)
    write_case(simulate("s7", 7, settings), tmp_path)
    names = ("topology.json", "alerts.jsonl", "changes.jsonl", "truth.jsonl", "groups.jsonl")
    written = b"".join((tmp_path / name).read_bytes() for name in (*names, "simulation.json"))
    assert hashlib.sha256(written).hexdigest() == BYTES


@pytest.mark.unmeasured
def test_another_seed_gives_another_case() -> None:
    settings = Settings(incidents=20)
    assert simulate("s", 1, settings).topology != simulate("s", 2, settings).topology


def test_rows_have_the_documented_fields(case: Case) -> None:
    assert all(set(row) >= ALERT for row in case.alerts)
    assert all(set(row) >= CHANGE for row in case.changes)
    services = set(case.topology["services"])
    assert {row["service"] for row in case.alerts} <= services
    assert {row["service"] for row in case.changes} <= services | {"global"}
    assert {name for edge in case.topology["edges"] for name in edge.values()} <= services
    json.dumps([case.topology, case.simulation])


def test_rows_come_in_the_order_in_which_they_arrive() -> None:
    case = simulate("s", 3, Settings(incidents=50, flaws=Flaws(late=0.3, duplicates=0.3)))
    for rows in (case.alerts, case.changes):
        arrived = [row["received_epoch"] for row in rows]
        assert arrived == sorted(arrived)
        assert len({row["id"] for row in rows}) < len(rows)
    assert any(row["received_epoch"] > row["ts_epoch"] + 60 for row in case.changes)


def test_every_fault_has_its_alerts_to_itself_and_its_cause_before_it(case: Case) -> None:
    alerts = {row["id"]: row for row in case.alerts}
    changes = {row["id"]: row for row in case.changes}
    assert len(case.truth) == 600
    members = [alert_id for row in case.truth for alert_id in row["alert_ids"]]
    assert len(members) == len(set(members))
    for row in case.truth:
        first = min(alerts[one]["ts_epoch"] for one in row["alert_ids"])
        assert alerts[row["alert_ids"][0]]["ts"] == row["first_alert_ts"]
        assert row["onset_ts"] <= row["first_alert_ts"]
        for cause in row["root_cause"]["change_ids"]:
            assert changes[cause]["ts_epoch"] <= first
            assert changes[cause]["type"] == row["root_cause"]["change_type"]
    assert [row["alert_ids"] for row in case.groups] == [row["alert_ids"] for row in case.truth]


def test_alerts_of_one_fingerprint_do_not_overlap_but_where_all_names_are_taken(case: Case) -> None:
    until: dict[str, str] = {}
    overlaps = 0
    for row in case.alerts:
        overlaps += row["ts"] < until.get(row["fingerprint"], "")
        until[row["fingerprint"]] = row["resolved_ts"]
    assert overlaps < len(case.alerts) / 100


def test_causes_and_silence_are_as_often_as_assumed(case: Case) -> None:
    caused = [row for row in case.truth if row["root_cause"]["kind"] == "change"]
    assert 0.45 < len(caused) / 600 < 0.70
    assert 0.10 < sum(row["silent_root"] for row in case.truth) / 600 < 0.22
    alerting = {row["id"]: row["service"] for row in case.alerts}
    for row in case.truth:
        loud = row["root_cause"]["service"] in {alerting[one] for one in row["alert_ids"]}
        assert loud != (row["silent_root"] or row["global_change"])


def test_delays_are_as_assumed(case: Case) -> None:
    delays = [row["delay_seconds"] for row in case.truth if row["delay_seconds"] is not None]
    assert 0.48 < sum(delay < 600 for delay in delays) / len(delays) < 0.68
    assert 0.06 < sum(delay > 2 * 3_600 for delay in delays) / len(delays) < 0.18
    assert max(delays) > 6 * 3_600


def test_a_fault_is_only_rolled_back_after_it_was_seen(case: Case) -> None:
    seen = {cause: row["first_alert_ts"] for row in case.truth for cause in row["root_cause"]["change_ids"]}
    undone = {row["rolls_back"]: row["ts"] for row in case.changes if "rolls_back" in row}
    both = set(seen) & set(undone)
    assert all(undone[cause] > seen[cause] for cause in both)
    assert 0.55 < len(both) / len(seen) < 0.85
    assert set(undone) - set(seen), "somebody rolls back the wrong change"


@pytest.mark.unmeasured
def test_changes_come_at_the_rate_in_bursts() -> None:
    case = simulate("s", 1, Settings(rate=40.0, incidents=100, services=50, flaws=CLEAN))
    times = [row["ts_epoch"] for row in case.changes if "rolls_back" not in row]
    gaps = sorted(later - earlier for earlier, later in pairwise(times))
    assert (times[-1] - times[0]) / 3_600 * 40 == pytest.approx(len(times), rel=0.15)
    assert gaps[len(gaps) // 2] < 0.1 * 90, "the median of the gaps lies far below their mean"


@pytest.mark.unmeasured
def test_the_truth_stays_as_it_is_whatever_is_wrong_with_the_data(case: Case) -> None:
    flawed = replace(
        Settings(incidents=600, services=60), flaws=Flaws(missing_edges=0.5, unnamed=0.1, clock_skew=120.0)
    )
    spoilt = simulate("s1", 1, flawed)
    assert spoilt.truth == case.truth
    assert 0.4 < len(spoilt.topology["edges"]) / len(case.topology["edges"]) < 0.6
    assert 0.08 < sum(row["service"] is None for row in spoilt.alerts) / len(spoilt.alerts) < 0.12
    clocks = spoilt.simulation["change_clocks"].values()
    assert -120 <= min(clocks) < -60
    assert 60 < max(clocks) <= 120


def test_too_few_changes_for_so_many_faults_are_refused() -> None:
    with pytest.raises(InvalidInputError, match="raise --gap"):
        simulate("s", 1, Settings(rate=0.2, gap=1.0))
