"""`tocsin replay`, each replay in a process of its own."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.domain.quieting import Quiet, QuietKind
from bot.domain.rules import DEFAULT_RULE, RuleSet
from bot.ingest.patterns import parse_matcher
from bot.ingest.records import encode_alert, encode_change
from bot.store.unit_of_work import PostgresStore
from tests.app.conftest import alert_intake
from tests.store.conftest import migrated_template
from tests.support.facts import NOW, alert_event, change

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from pathlib import Path

    from click.testing import Result

    from bot.domain.alert import AlertEvent
    from bot.domain.change import Change
    from tests.support.postgres import PostgresServer

    Tocsin = Callable[..., Result]

LABELS = {"alertname": "HighErrors"}
EVENTS = [
    alert_event("f1", service="checkout", at=0, labels=LABELS),
    alert_event("f2", service="search", at=10, labels=LABELS),
    alert_event("f1", service="checkout", at=0, ended=60, labels=LABELS),
]


@pytest.fixture
def quiet(tmp_path: Path) -> Path:
    """A folder of rules that suppress search."""
    folder = tmp_path / "new"
    folder.mkdir()
    rules = "rules:\n  - {name: quiet, match: [service=search], action: suppress}\n  - {name: default}\n"
    (folder / "a.yaml").write_text(rules)
    return folder


@pytest.fixture
def lines(tmp_path: Path) -> Path:
    path = tmp_path / "history.jsonl"
    facts = [encode_change(change()).value, *(encode_alert(event).value for event in EVENTS)]
    path.write_bytes(b"\n".join(facts) + b"\n\n")
    return path


@pytest.fixture
def database(postgres_server: PostgresServer) -> Iterator[str]:
    """The DSN of a database that has taken the events in, just now."""
    url = postgres_server.create_database(migrated_template(postgres_server))
    asyncio.run(_take_in(url))
    yield url
    postgres_server.drop_database(url)


@asynccontextmanager
async def _store(url: str) -> AsyncIterator[PostgresStore]:
    store = PostgresStore(url)
    try:
        yield store
    finally:
        await store.close()


async def _take_in(url: str) -> None:
    async with _store(url) as store:
        intake = alert_intake(store, RuleSet([DEFAULT_RULE]))
        for event in recent():
            await intake.take_in([event])


def recent() -> list[AlertEvent]:
    """The events, an hour ago."""
    ago = (datetime.now(UTC) - timedelta(hours=1) - NOW).total_seconds()
    return [
        alert_event("f1", service="checkout", at=ago, labels=LABELS),
        alert_event("f2", service="search", at=ago + 10, labels=LABELS),
    ]


def difference(result: Result) -> tuple[dict[str, Any], list[str]]:
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    return found, [one["how"] for one in found["diff"]["incidents"]]


def test_what_the_rules_would_lead_to(tocsin: Tocsin, lines: Path, quiet: Path) -> None:
    result = tocsin("replay", "--from", str(lines), "--rules", str(quiet), "--stats")
    assert result.exit_code == 0, result.output
    rows = [line.split() for line in result.stdout.splitlines() if line.strip()]
    assert ["quiet", "0", "0", "0", "0", "1", "0", "0", "0"] in rows
    assert ["default", "1", "0", "0", "0", "0", "1", "0", "1"] in rows
    assert "4 events and changes" in result.stderr
    assert "MB of memory" in result.stderr


@pytest.mark.unmeasured_processes
def test_the_difference_with_its_reasons(tocsin: Tocsin, lines: Path, quiet: Path) -> None:
    words = ("replay", "--from", str(lines), "--rules", str(quiet), "--diff")
    shown = tocsin(*words, "--exit-code")
    assert shown.exit_code == 1
    assert "1 incident is the same, 1 differ" in shown.stdout
    assert "Rule quiet suppresses the alert." in shown.stdout
    found, hows = difference(tocsin(*words, "-o", "json"))
    assert hows == ["vanish"]
    assert found["diff"]["decisions"][0]["after"]["rule"] == "quiet"
    assert (found["before"]["incidents"], found["after"]["incidents"]) == (2, 1)
    same = tocsin("replay", "--from", str(lines), "--diff", "--exit-code")
    assert same.exit_code == 0
    assert "No incident and no decision differs: 2 incidents are the same." in same.stdout
    nothing = tocsin("replay", "--from", str(lines), "--exit-code")
    assert nothing.exit_code == 2
    assert "--exit-code needs --diff" in nothing.stderr


ONE = (
    '{"source": "am", "status": "firing", "labels": {"alertname": "A", "service": "a"},'
    ' "starts_at": "2026-01-05T12:00:00Z", "received_at": "2026-01-05T12:00:00Z"}\n'
)


def rules_in(folder: Path, text: str) -> str:
    (folder / "rules").mkdir(parents=True)
    (folder / "rules/r.yaml").write_text(f"rules: [{{{text}}}]\n")
    return str(folder)


@pytest.mark.unmeasured_processes
def test_who_is_woken_and_how_badly_is_a_difference(tocsin: Tocsin, tmp_path: Path) -> None:
    (tmp_path / "one.jsonl").write_text(ONE)
    before = rules_in(tmp_path / "before", "name: shop, page: []")
    after = rules_in(tmp_path / "after", "name: shop, severity: {default: critical}")
    words = ("replay", "--from", "one.jsonl", "--rules", after, "--diff")
    shown = tocsin(*words, "--exit-code", TOCSIN_CONFIG=before)
    assert shown.exit_code == 1
    assert "critical instead of warning; pages: 1 instead of 0" in " ".join(shown.stdout.split())
    found, hows = difference(tocsin(*words, "-o", "json", TOCSIN_CONFIG=before))
    assert hows == ["change"]
    [one] = found["diff"]["incidents"][0]["after"]
    assert (one["severity"], one["pages"]) == ("critical", 1)


@pytest.mark.unmeasured_processes
def test_what_waits_at_the_end_of_a_file_comes_to_its_end(tocsin: Tocsin, tmp_path: Path) -> None:
    (tmp_path / "one.jsonl").write_text(ONE)
    before = rules_in(tmp_path / "before", "name: shop")
    after = rules_in(tmp_path / "after", "name: shop, min_events: 2, window: 10m, held: open")
    found, hows = difference(
        tocsin(
            *("replay", "--from", "one.jsonl", "--rules", after, "--diff", "-o", "json"), TOCSIN_CONFIG=before
        )
    )
    assert hows == ["change"]
    assert found["diff"]["incidents"][0]["why"] == "opens 10 min later"


@pytest.mark.unmeasured_processes
def test_standard_input_and_rules_as_json(tocsin: Tocsin, lines: Path) -> None:
    result = tocsin("replay", "--from", "-", "-o", "json", stdin=lines.read_text())
    found = json.loads(result.stdout)
    assert (found["alert_events"], found["incidents"], found["pages"]) == (3, 2, 2)
    assert [one["rule"] for one in found["openings"]] == ["default", "default"]


@pytest.mark.unmeasured_processes
def test_the_stored_history_against_other_rules(tocsin: Tocsin, database: str, quiet: Path) -> None:
    words = ("replay", "--since", "2h", "--rules", str(quiet), "--diff", "-o", "json")
    found, hows = difference(tocsin(*words, DATABASE_URL=database))
    assert hows == ["vanish"]
    assert found["after"]["alert_events"] == 2


@pytest.mark.parametrize(("until", "opened"), [("45m", 0), ("20m", 2)])
def test_what_waits_for_a_time_of_the_history_is_asked_then(
    tocsin: Tocsin, database: str, tmp_path: Path, until: str, opened: int
) -> None:
    lasting = "when: 'received_at - starts_at > duration(\"30m\")'"
    rules = rules_in(tmp_path / "patient", f"name: lasting, {lasting}")
    (tmp_path / "patient/tocsin.yaml").write_text("maintenance_changes: {timeout: 1m}\n")
    words = ("replay", "--since", "2h", "--until", until, "-o", "json")
    found = json.loads(tocsin(*words, DATABASE_URL=database, TOCSIN_CONFIG=rules).stdout)
    assert (found["alert_events"], found["incidents"]) == (2, opened)


def test_the_stored_history_against_what_was_decided(tocsin: Tocsin, database: str, quiet: Path) -> None:
    words = ("replay", "--since", "2h", "--rules", str(quiet), "--diff", "-o", "json")
    found, hows = difference(tocsin(*words, "--against", "decisions", DATABASE_URL=database))
    assert hows == ["vanish"]
    assert found["diff"]["same_incidents"] == 1
    assert len(found["diff"]["decisions"]) == 1


def test_what_was_silenced_at_the_time_is_silenced(tocsin: Tocsin, database: str) -> None:
    start = datetime.now(UTC) - timedelta(hours=3)
    matchers = (parse_matcher("service=search"),)
    quiet = Quiet("s1", QuietKind.SILENCE, matchers, start, start + timedelta(hours=9), "@ada")
    asyncio.run(_silence(database, quiet))
    found = json.loads(tocsin("replay", "--since", "2h", "-o", "json", DATABASE_URL=database).stdout)
    assert (found["alert_events"], found["incidents"]) == (2, 1)


@pytest.mark.parametrize("begun", [timedelta(hours=3), timedelta(minutes=70)], ids=["before", "within"])
def test_maintenance_that_a_change_announced_keeps_quiet_since_it_was_first_told(
    tocsin: Tocsin, database: str, begun: timedelta
) -> None:
    now = datetime.now(UTC)
    start, over = now - begun, now + timedelta(hours=1)
    work = replace(change("w", "search"), time=start, received_at=start, ended_at=over, maintenance=True)
    told_again = replace(work, received_at=now - timedelta(minutes=30), summary="still at it")
    asyncio.run(_tell(database, work, told_again))
    found = json.loads(tocsin("replay", "--since", "2h", "-o", "json", DATABASE_URL=database).stdout)
    assert (found["alert_events"], found["incidents"]) == (2, 1)


async def _tell(url: str, *statements: Change) -> None:
    async with _store(url) as store:
        for one in statements:
            async with store.begin() as uow:
                await uow.changes.add([one])


async def _silence(url: str, quiet: Quiet) -> None:
    async with _store(url) as store, store.begin() as uow:
        await uow.quiets.put([quiet])


@pytest.mark.unmeasured_processes
def test_what_cannot_be_read_is_one_line(tocsin: Tocsin, tmp_path: Path, quiet: Path) -> None:
    bad = tmp_path / "bad.jsonl"
    bad.write_text('{"labels": 1}\n')
    broken = tocsin("replay", "--from", str(bad))
    assert broken.exit_code == 1
    assert "line 1: " in broken.stderr
    assert tocsin("replay", "--from", "nowhere").exit_code == 2
    assert tocsin("replay", "--since", "soon").exit_code == 2
    assert tocsin("replay", "--since", "1h", "--until", "2h").exit_code == 2
    assert tocsin("replay", "--from", str(bad), "--against", "decisions").exit_code == 2
    assert tocsin("replay").exit_code == 78
    (quiet / "a.yaml").write_text("rules: [{nam: a}]\n")
    wrong = tocsin("replay", "--from", str(bad), "--rules", str(quiet))
    assert wrong.exit_code == 78
    assert "did you mean name?" in wrong.stderr
