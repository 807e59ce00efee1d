"""`tocsin suspects`: verdicts go into a database; rates, cases and numbers come out."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import yaml

from bot.app.verdicts import VerdictDesk
from bot.config.suspects import SuspectsModel
from bot.domain.alert import AlertStatus, Occurrence
from bot.domain.decisions import Outcome
from bot.domain.verdicts import Judgement
from bot.store.unit_of_work import PostgresStore
from bot.wiring.identity import new_id
from tests.app.test_verdicts import ADA, Desk
from tests.store.conftest import migrated_url
from tests.support.facts import change, incident

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result

    Tocsin = Callable[..., Result]

__all__ = ["migrated_url"]
NOW = datetime.now(UTC).replace(microsecond=0)
LABELS = 24


async def filled(url: str, count: int) -> None:
    """So many incidents on checkout, a day apart, all judged; three of four were a change's fault."""
    store = PostgresStore(url)
    desk = VerdictDesk(store, lambda: NOW, new_id, Desk().ranker)
    for number in range(count):
        onset = NOW - timedelta(days=count - number, hours=1)
        one = incident(id=new_id(), opened_at=onset, onset=onset, last_alert_at=onset)
        made = replace(
            change(f"c{number}"), time=onset - timedelta(minutes=3), received_at=onset, author="somebody"
        )
        occurrence = Occurrence(
            source="am",
            fingerprint=f"f{number}",
            starts_at=onset,
            status=AlertStatus.FIRING,
            ends_at=None,
            name="HighErrorRate",
            service="checkout",
            environment="production",
            labels={"severity": "critical"},
            annotations={"summary": "fails"},
            generator_url="",
            received_at=onset,
            group_key="",
            rule="default",
            incident_id=one.id,
        )
        async with store.begin() as uow:
            await uow.incidents.add(one)
            await uow.changes.add([made])
            await uow.board.save(Outcome(occurrences={occurrence.key: occurrence}))
        if number % 4:
            await desk.judge(one.id, Judgement.CAUSED, ADA, made.change_id)
        else:
            await desk.judge(one.id, Judgement.NO_CHANGE, ADA)
    await store.close()


@pytest.fixture
def labelled(migrated_url: str) -> str:
    asyncio.run(filled(migrated_url, LABELS))
    return migrated_url


def test_rates(tocsin: Tocsin, labelled: str) -> None:
    result = tocsin("suspects", "rate", DATABASE_URL=labelled)
    assert result.exit_code == 0, result.stderr
    assert result.stdout.splitlines()[1].split() == ["checkout", "24", "18", "75.0%"]
    assert result.stdout.splitlines()[2].split() == ["*", "24", "18", "75.0%"]
    assert "24 of 24 incidents judged" in result.stderr
    told = json.loads(
        tocsin("suspects", "rate", "--environment", "staging", "-o", "json", DATABASE_URL=labelled).stdout
    )
    assert (told["services"], told["total"]["rate"], told["incidents"]) == ([], None, 0)
    assert "divided by all changes" in told["definition"]


def test_cases_go_out_and_are_learnt_from(tocsin: Tocsin, labelled: str, tmp_path: Path) -> None:
    result = tocsin("suspects", "export", "--out", "cases", DATABASE_URL=labelled)
    assert result.stdout == f"{LABELS} cases in cases\n", result.stderr
    assert "somebody" not in (tmp_path / "cases/INC-2/changes.jsonl").read_text()
    again = tocsin("suspects", "export", "--out", "cases", DATABASE_URL=labelled)
    assert (again.exit_code, "is not empty" in again.stderr) == (2, True)
    from_cases = tocsin("suspects", "fit", "--cases", "cases", "-o", "json")
    from_database = tocsin("suspects", "fit", "-o", "json", "--out", "new.yaml", DATABASE_URL=labelled)
    told = json.loads(from_cases.stdout)
    assert (told["examples"], told["judged_on"]) == (LABELS, 7)
    section = told["learnt"]["suspects"]
    assert section == json.loads(from_database.stdout)["learnt"]["suspects"]
    assert section["delay"][0]["weight"] > told["in_force"]["suspects"]["delay"][0]["weight"]
    written = yaml.safe_load((tmp_path / "new.yaml").read_text())["suspects"]
    assert SuspectsModel.model_validate(written).change == section["change"]
    assert "in force" in tocsin("suspects", "fit", "--cases", "cases").stdout
    with (tmp_path / "cases/INC-2/changes.jsonl").open("a") as changes:
        changes.write("{}\n" * 11)
    spoilt = tocsin("suspects", "fit", "--cases", "cases").stderr
    assert spoilt.count("changes.jsonl:3: ts: is missing") == 1
    assert "11 rows were skipped" in spoilt


def test_redacted(tocsin: Tocsin, labelled: str, tmp_path: Path) -> None:
    tocsin("suspects", "export", "--out", "cases", "--redact", DATABASE_URL=labelled)
    text = "".join(path.read_text() for path in (tmp_path / "cases").rglob("*.json*"))
    assert "checkout" not in text
    assert "HighErrorRate" not in text


def test_few_labels_teach_nothing(tocsin: Tocsin, migrated_url: str, tmp_path: Path) -> None:
    asyncio.run(filled(migrated_url, 2))
    result = tocsin("suspects", "fit", "--out", "new.yaml", DATABASE_URL=migrated_url)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "2 labelled incidents; 20 are needed" in result.stderr
    assert not (tmp_path / "new.yaml").exists()


def test_cases_without_a_truth_are_said_to_be(tocsin: Tocsin, tmp_path: Path) -> None:
    (tmp_path / "cases").mkdir()
    (tmp_path / "cases/alerts.jsonl").write_text("")
    assert tocsin("suspects", "fit", "--cases", "cases").exit_code == 78
    assert tocsin("suspects", "rate").exit_code == 78


def test_numbers_in_no_folder_are_refused_before_the_work(tocsin: Tocsin, tmp_path: Path) -> None:
    done = tocsin("suspects", "fit", "--cases", str(tmp_path), "--out", str(tmp_path / "none/new.yaml"))
    assert done.exit_code == 2
    assert f"there is no folder '{tmp_path}/none'" in done.stderr
