"""What is done to a case on purpose is done, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.domain.alert import UNKNOWN
from bot.evaluation.cases import case_folders, read_case
from bot.evaluation.damage import Damage
from tests.evaluation.casework import bad_deploy, stamp

if TYPE_CHECKING:
    from pathlib import Path

    from bot.evaluation.cases import Case


def case(path: Path) -> Case:
    folder = bad_deploy(path)
    folder.alerts[0]["resolved_ts"] = stamp(9)
    folder.changes[1]["waves"] = [stamp(-4)]
    return read_case("one", folder.write())


def test_nothing_is_no_damage(tmp_path: Path) -> None:
    whole = case(tmp_path)
    assert not Damage()
    done = Damage().done_to(whole)
    assert (done.alerts, done.changes) == (whole.alerts, whole.changes)
    assert done.catalog.callees("web") == whole.catalog.callees("web")


def test_calls_are_taken_out_of_the_graph(tmp_path: Path) -> None:
    done = Damage(calls_missing=1).done_to(case(tmp_path))
    assert dict(done.catalog.callees("web")) == {"web": 0}
    assert "payments" in done.catalog.names()


def test_a_nameless_event_says_its_service_nowhere(tmp_path: Path) -> None:
    done = Damage(unnamed=1).done_to(case(tmp_path))
    assert {change.service for change in done.changes} == {UNKNOWN}
    alert = done.alerts[0]
    assert alert.ended is not None
    for event in (alert.fired, alert.ended):
        assert event.service == UNKNOWN
        assert event.fingerprint == "a1"
        assert "payments" not in event.labels.values()


def test_the_clock_of_a_service_is_off_and_the_receipt_is_not(tmp_path: Path) -> None:
    whole = case(tmp_path)
    done = Damage(skew=120).done_to(whole)
    off = [one.time - other.time for one, other in zip(done.changes, whole.changes, strict=True)]
    assert {abs(one) for one in off} == {timedelta(minutes=2)}
    assert [one.received_at for one in done.changes] == [one.received_at for one in whole.changes]
    assert done.changes[1].waves[0].time - whole.changes[1].waves[0].time == off[1]
    assert done.alerts == whole.alerts


def test_the_same_case_is_spoilt_in_the_same_way_whatever_it_is_called(tmp_path: Path) -> None:
    folder = bad_deploy(tmp_path / "root/deep/one")
    for number in range(40):
        folder.alert(f"more{number}", "web", 60 + number, fingerprint=f"more{number}")
    folder.write()
    damage = Damage(calls_missing=0.5, unnamed=0.5, skew=60)
    (seen_from_above,), (alone,) = (
        [read_case(name, path) for name, path in case_folders(root)]
        for root in (tmp_path / "root", tmp_path / "root/deep/one")
    )
    assert seen_from_above.name != alone.name
    first, second = damage.done_to(seen_from_above), damage.done_to(alone)
    assert (first.alerts, first.changes) == (second.alerts, second.changes)
    assert first.catalog.services == second.catalog.services
    others = [one.fired.service for one in damage.done_to(replace(alone, changes=())).alerts]
    assert others != [one.fired.service for one in first.alerts]
