"""The documentation: links lead somewhere, and its examples are what the code takes."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from bot.config.folder import load_configuration
from bot.config.rule_tests.playing import play
from bot.config.rule_tests.reading import Case, read_cases
from bot.delivery.pager import signature
from bot.domain.incident import Incident, Reason, Severity, State
from bot.ingest.labels import LabelPolicy
from bot.ingest.records import decode_alert, decode_change, encode_incident_event

if TYPE_CHECKING:
    from bot.domain.change import Change

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([*DOCS.rglob("*.md"), *ROOT.glob("*.md")])
LINK = re.compile(r"\]\(([^)\s]+)\)")
FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
EXAMPLE = re.compile(r"<!-- example: ([\w-]+) -->\n```\w+\n(.*?)```", re.DOTALL)
AT = 1_795_257_000_000


def examples(page: str) -> dict[str, str]:
    """The examples of a page by their names."""
    return dict(EXAMPLE.findall((DOCS / page).read_text()))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_relative_links_lead_to_files(page: Path) -> None:
    links = LINK.findall(FENCED.sub("", page.read_text()))
    local = [link.partition("#")[0] for link in links if "://" not in link and not link.startswith("#")]
    assert [link for link in local if not (page.parent / link).exists()] == []


def test_the_alert_decodes() -> None:
    alert = decode_alert(examples("reference/events.md")["alert"].encode(), (), AT, LabelPolicy())
    assert (alert.service, alert.environment, alert.name) == ("payments", "production", "HighErrorRate")
    assert alert.fingerprint


def test_the_change_decodes_bare_and_in_an_envelope() -> None:
    shown = examples("reference/events.md")
    bare, wrapped = (decode_change(shown[name].encode(), (), AT) for name in ("change", "change-cloudevent"))
    assert identity(bare) == identity(wrapped)
    assert bare.version == "2.14.0"


def identity(change: Change) -> tuple[Any, ...]:
    return (change.change_id, change.source, change.kind, change.service, change.environment, change.time)


def test_the_incident_has_the_fields_that_are_written() -> None:
    at = datetime(2026, 11, 21, tzinfo=UTC)
    incident = Incident(
        id="i", number=1, title="t", state=State.TRIGGERED, severity=Severity.ERROR, environment="e",
        rule="r", reason=Reason("opened", "why"), services=(), opened_at=at, onset=at, last_alert_at=at,
    )  # fmt: skip
    written = json.loads(examples("reference/events.md")["incident"])
    assert list(json.loads(encode_incident_event(incident, "opened", 1, at, "id").value)) == list(written)


def test_the_configuration_of_the_tutorial_is_well(tmp_path: Path) -> None:
    shown = examples("tutorial.md")
    for name, file in (
        ("services", "services/shop.yaml"),
        ("rules", "rules/shop.yaml"),
        ("installation", "tocsin.yaml"),
    ):
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).write_text(shown[name])
    configuration = load_configuration(tmp_path)
    assert not isinstance(configuration, list), configuration
    assert [rule.name for rule in configuration.rules.rules] == ["quiet-heartbeat", "shop"]
    assert len(configuration.catalog.services) == 2


def test_the_test_of_rules_passes_as_shown(tmp_path: Path) -> None:
    (tmp_path / "test.yaml").write_text(examples("how-to/test-your-rules.md")["rule-test"])
    configuration = load_configuration(DOCS / "how-to" / "example" / "tocsin")
    assert not isinstance(configuration, list), configuration
    [case] = read_cases([tmp_path / "test.yaml"])
    assert isinstance(case, Case), case
    assert play(case, configuration) == []


def test_the_receiver_of_pages_knows_ours() -> None:
    defined: dict[str, Any] = {"hmac": hmac, "hashlib": hashlib, "time": time}
    exec(examples("how-to/run-in-production.md")["verify"], defined)  # noqa: S102 - our own documentation
    is_ours = defined["is_ours"]
    now = int(time.time())
    assert is_ours("secret", signature("secret", now, b"{}"), b"{}")
    assert not is_ours("secret", signature("other", now, b"{}"), b"{}")
    assert not is_ours("secret", signature("secret", now - 600, b"{}"), b"{}")


def test_the_files_of_the_how_to_are_those_that_are_read() -> None:
    shown = (DOCS / "how-to" / "prometheus-and-alertmanager.md").read_text()
    example = DOCS / "how-to" / "example"
    written = (example / "alertmanager.yml").read_text()
    assert "credentials_file: tocsin-token" in shown
    assert yaml.safe_load(written)["receivers"][0]["webhook_configs"][0]["send_resolved"] is True
    assert [
        one.name for one in example.iterdir() if one.is_file() and f"example/{one.name}" not in shown
    ] == []
