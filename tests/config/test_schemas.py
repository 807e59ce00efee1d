"""The schemas for editors accept what the reader accepts, its defaults among it."""

from __future__ import annotations

import pytest
from jsonschema import Draft202012Validator

from bot.config.schemas import SCHEMAS


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
