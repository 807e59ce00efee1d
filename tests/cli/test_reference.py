"""The reference pages say what the program does: variables, defaults, examples, commands."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.config.folder import default_configuration
from bot.settings import SECRETS, from_environment, variables
from tests.cli.conftest import commands
from tests.config.folders import loaded

PAGES = Path(__file__).parents[2] / "docs" / "reference"
CONFIGURATION = (PAGES / "configuration.md").read_text()
ROW = re.compile(r"^\| `([A-Z_]+)` \| (?:`([^`]*)`)? ?\| ?(.*) ?\|$", re.MULTILINE)
EXAMPLE = re.compile(r"<!-- example (\S+?)(: defaults)? -->\n```yaml\n(.*?)```", re.DOTALL)
GROUPS = {
    *("bench", "dlq", "playbook", "postmortem", "quarantine"),
    *("rules", "send", "silence", "slack", "suspects"),
}


def test_every_variable_with_its_default() -> None:
    rows = {name: (default, text) for name, default, text in ROW.findall(CONFIGURATION)}
    assert set(rows) == set(variables())
    usual = from_environment({})
    for name, (default, text) in rows.items():
        assert (name in SECRETS) == text.startswith("*secret*"), name
        value = getattr(usual, variables()[name])
        shown = "" if value is None or name in SECRETS else str(value)
        assert default == (shown.lower() if isinstance(value, bool) else shown), name


def test_the_examples_load_together(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {file: text for file, _, text in EXAMPLE.findall(CONFIGURATION)}
    assert {file.partition("/")[0] for file in files} == {"tocsin.yaml", "rules", "services", "playbooks"}
    found = loaded(tmp_path, files)
    assert found.catalog.services["checkout"].depends_on == ("payments", "checkout-db", "pricing")
    assert "restart" in found.playbooks


@pytest.mark.parametrize("kind", ["tocsin.yaml", "rules/usual.yaml"])
def test_the_defaults_are_the_defaults(tmp_path: Path, kind: str) -> None:
    files: dict[str, str | bytes] = {
        file: text for file, defaults, text in EXAMPLE.findall(CONFIGURATION) if defaults and file == kind
    }
    assert list(files) == [kind]
    told, usual = loaded(tmp_path, files), default_configuration()
    assert told.labels == usual.labels
    assert told.installation.model_dump(exclude={"labels"}) == usual.installation.model_dump(
        exclude={"labels"}
    )
    assert told.rules.rules == usual.rules.rules
    assert told.rules.storm == usual.rules.storm


def test_every_command_is_described() -> None:
    described = re.findall(r"^\| `tocsin ([a-z -]+)` \|", (PAGES / "commands.md").read_text(), re.MULTILINE)
    there = {" ".join(words) for words in commands() if words} - GROUPS
    assert set(described) == there
    assert len(described) == len(there)
