"""The schemas for editors accept what the reader accepts, its defaults among it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from bot.config.folder import Configuration, load_configuration
from bot.config.schemas import SCHEMAS
from playbooks.yaml_tree import read_all
from tests.config.folders import written

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "bot" / "config" / "schema"
EXAMPLE = ROOT / "docs" / "how-to" / "example" / "tocsin"
EXAMPLES = sorted([*EXAMPLE.rglob("*.yaml"), *(ROOT / "playbooks" / "library").glob("*.yaml")])
KINDS = {
    "tocsin": "tocsin",
    "rules": "rules",
    "services": "services",
    "tests": "tests",
    "library": "playbook",
}


@pytest.mark.parametrize("kind", SCHEMAS)
def test_each_is_a_schema(kind: str) -> None:
    schema = SCHEMAS[kind]()
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"].startswith("https://json-schema.org/")


def test_rules() -> None:
    check = Draft202012Validator(SCHEMAS["rules"]())
    assert check.is_valid({"rules": [{"name": "a", "window": "5m", "match": ['a="b"']}]})
    assert not check.is_valid({"rules": [{"name": "a", "windw": "5m"}]})
    assert not check.is_valid({"rules": [{"name": "a", "window": "soon"}]})


def test_defaults_fit_their_own_schema() -> None:
    schema = SCHEMAS["tocsin"]()
    usual = {name: field["default"] for name, field in schema["properties"].items() if "default" in field}
    assert usual["look_back"] == "86400s"
    assert Draft202012Validator(schema).is_valid(usual)


@pytest.mark.parametrize("kind", SCHEMAS)
def test_the_shipped_file_is_what_the_code_says(kind: str) -> None:
    """`make schemas` writes them."""
    assert json.loads((SHIPPED / f"{kind}.json").read_text()) == SCHEMAS[kind]()


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_each_example_names_its_schema_and_fits_it(path: Path) -> None:
    text = path.read_text()
    named = re.match(r"# yaml-language-server: \$schema=(\S+)\n", text)
    assert named is not None, "the first line names the schema"
    schema = (path.parent / named[1]).resolve()
    assert schema.parent == SHIPPED
    assert schema.stem == KINDS[path.parent.name]
    documents = read_all(text, path.name)
    assert isinstance(documents, list)
    check = Draft202012Validator(json.loads(schema.read_text()))
    assert [error.message for one in documents for error in check.iter_errors(one.value)] == []


@pytest.mark.parametrize(
    ("rule", "fits"),
    [
        ({"when": 'service == "a"', "active": [{"days": ["mon-fri"], "from": "09:00", "to": "24:00"}]}, True),
        ({"match": ['a=~"b"'], "action": "attach", "held": "open"}, True),
        ({"active": [{"days": ["monday"]}]}, False),
        ({"active": [{"from": "9:00"}]}, False),
        ({"active": {"from": "09:00"}}, False),
        ({"when": 7}, False),
        ({"whem": "true"}, False),
    ],
)
def test_the_schema_of_rules_says_what_the_reader_says(
    tmp_path: Path, rule: dict[str, object], *, fits: bool
) -> None:
    document = {"rules": [{"name": "a", **rule}]}
    assert Draft202012Validator(SCHEMAS["rules"]()).is_valid(document) is fits
    found = load_configuration(written(tmp_path, {"rules/a.yaml": json.dumps(document)}))
    assert isinstance(found, Configuration) is fits
