"""Each baseline on small incidents whose answer can be said by hand."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.evaluation.baselines import BASELINES, verdict
from bot.evaluation.cases import read_case
from bot.evaluation.sight import Window
from tests.evaluation.casework import START, Folder, stamp

if TYPE_CHECKING:
    from pathlib import Path

    from bot.evaluation.sight import Sight


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """`web` alerts first, then `payments` below it; each has a change, and so has an unrelated service."""
    folder = Folder(tmp_path / "one")
    folder.alert("a1", "web", 0)
    folder.alert("a2", "payments", 1)
    folder.change("c-web", "web", -30)
    folder.change("c-payments", "payments", -60)
    folder.change("c-ledger", "ledger", -2)
    folder.change("c-yesterday", "payments", -1_441)
    folder.change("c-after", "payments", 3)
    return folder


def sight(folder: Folder, *alert_ids: str) -> Sight:
    return Window(read_case("one", folder.write())).sight(alert_ids, START + timedelta(minutes=5))


def test_candidates_lie_within_a_day_before_the_first_alert(folder: Folder) -> None:
    seen = sight(folder, "a1", "a2", "no-such-alert")
    assert [(one.change.change_id, one.age) for one in seen.candidates] == [
        ("c-payments", 3_600),
        ("c-web", 1_800),
        ("c-ledger", 120),
    ]


@pytest.mark.parametrize(
    ("name", "best"),
    [
        ("nearest in time", "c-ledger"),
        ("latest on the first alerting service", "c-web"),
        ("latest on any alerting service", "c-web"),
        ("deepest alerting service, then recency", "c-payments"),
        ("log-time plus call depth", "c-web"),
        ("Gandalf-like vote and veto", "c-payments"),
        ("four-term sum", "c-payments"),
    ],
)
def test_whom_each_names_first(folder: Folder, name: str, best: str) -> None:
    said = verdict(name, sight(folder, "a1", "a2"), "seed")
    assert said.suspects[0] == best
    assert len(said.suspects) == 3


@pytest.mark.parametrize(
    ("waves", "best"),
    [
        ([-360, -240, -5, 2], "c-rollout"),
        ([-360, -240, 2], "c-payments"),
        ([-360, -240], "c-payments"),
    ],
)
def test_the_four_terms_count_from_the_latest_wave_before_the_onset(
    folder: Folder, waves: list[float], best: str
) -> None:
    folder.change("c-rollout", "payments", -360, waves=[{"ts": stamp(one)} for one in waves])
    assert verdict("four-term sum", sight(folder, "a1", "a2"), "seed").suspects[0] == best
    assert verdict("nearest in time", sight(folder, "a1", "a2"), "seed").suspects[3] == "c-rollout"


def test_what_was_there_before_is_vetoed(folder: Folder) -> None:
    folder.alert("a0", "payments", -90)
    folder.changes[1]["ts"] = folder.changes[0]["ts"]
    said = verdict("Gandalf-like vote and veto", sight(folder, "a1", "a2"), "seed")
    assert said.suspects == ("c-web", "c-ledger", "c-payments")


def test_chance_rests_on_its_seed_alone(folder: Folder) -> None:
    seen = sight(folder, "a1", "a2")
    said = {verdict("random", seen, str(seed)).suspects for seed in range(50)}
    assert len(said) == 6
    assert verdict("random", seen, "1") == verdict("random", seen, "1")


@pytest.mark.parametrize("name", BASELINES)
def test_nothing_to_blame(tmp_path: Path, name: str) -> None:
    folder = Folder(tmp_path / "one")
    folder.alert("a1", None, 0)
    assert verdict(name, sight(folder, "a1"), "seed").suspects == ()
