"""The compose file and the image, checked without an engine."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner

from bot.cli import main
from bot.settings import PASSED_ON, SECRETS, TRACING, Settings
from tests.support.compose import RequiredVariableError, compose, interpolate

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((Path(__file__).parent / "compose-spec" / "compose-spec.json").read_text())
DOCKERFILE = (ROOT / "deploy" / "Dockerfile").read_text()
TOKENS = {"TOCSIN_API_TOKEN": "a" * 32, "TOCSIN_WEBHOOK_TOKEN": "b" * 32}
SERVICES: dict[str, dict[str, Any]] = compose(TOKENS)["services"]
OURS = {name: service for name, service in SERVICES.items() if "build" in service}


def test_the_file_is_valid_compose() -> None:
    validator = jsonschema.validators.validator_for(SCHEMA)
    validator.check_schema(SCHEMA)
    assert [error.message for error in validator(SCHEMA).iter_errors(compose(TOKENS))] == []


def test_the_schema_refuses_a_slip() -> None:
    document = compose(TOKENS)
    document["services"]["serve"]["comand"] = ["serve"]
    validator = jsonschema.validators.validator_for(SCHEMA)
    assert not validator(SCHEMA).is_valid(document)


@pytest.mark.parametrize("missing", TOKENS)
def test_it_insists_on_the_tokens(missing: str) -> None:
    with pytest.raises(RequiredVariableError, match=missing):
        compose({name: value for name, value in TOKENS.items() if name != missing})


def test_variables_are_filled_in_as_compose_does() -> None:
    assert interpolate("${A}|${B:-b}|${C:-c}|${D}", {"A": "1", "B": "2", "C": ""}) == "1|2|c|"


def test_every_part_is_there() -> None:
    assert set(SERVICES) == {"kafka", "postgres", "migrate", "serve", "consume", "deliver", "slack"}
    assert set(OURS) == set(SERVICES) - {"kafka", "postgres"}


@pytest.mark.parametrize("name", SERVICES)
def test_images_are_pinned_by_a_full_version(name: str) -> None:
    assert re.fullmatch(r"[\w./-]+:\d+\.\d+(\.\d+)?(-[a-z]+)?", SERVICES[name]["image"])


@pytest.mark.parametrize("name", OURS)
def test_variables_are_those_of_the_settings(name: str) -> None:
    known = {str(field.alias) for field in Settings.model_fields.values()}
    known |= {f"{secret}_FILE" for secret in SECRETS} | set(PASSED_ON)
    assert set(OURS[name]["environment"]) <= known


@pytest.mark.parametrize("name", ["serve", "consume", "deliver"])
def test_every_variable_of_tracing_passes_through(name: str) -> None:
    known = {str(field.alias) for field in Settings.model_fields.values()} | set(PASSED_ON)
    told = {one: f"what {one} says" for one in known if one.startswith(TRACING)}
    given = compose({**TOKENS, **told})["services"][name]["environment"]
    assert {one: text for one, text in given.items() if one.startswith(TRACING)} == told
    unset = SERVICES[name]["environment"]
    assert {unset[one] for one in told} == {""}  # which counts as not set


def test_the_settings_accept_the_values() -> None:
    for service in OURS.values():
        Settings.model_validate(service["environment"])


@pytest.mark.parametrize("name", SERVICES)
def test_health_is_checked_and_waited_for(name: str) -> None:
    service = SERVICES[name]
    checked = "healthcheck" in service or "HEALTHCHECK" in DOCKERFILE
    assert checked
    for needed, how in service.get("depends_on", {}).items():
        finishes = needed == "migrate"
        assert how["condition"] == ("service_completed_successfully" if finishes else "service_healthy")


@pytest.mark.parametrize("name", SERVICES)
def test_ports_open_on_this_machine_only(name: str) -> None:
    assert all(port.startswith("127.0.0.1:") for port in SERVICES[name].get("ports", []))


@pytest.mark.parametrize("name", OURS)
def test_each_command_exists(name: str) -> None:
    words = [word for word in OURS[name]["command"] if not word.startswith("-")][:2]
    command = words if words[0] == "slack" else words[:1]
    result = CliRunner().invoke(main, [*command, "--help"])
    assert result.exit_code == 0, result.output
    options = [word for word in OURS[name]["command"] if word.startswith("--")]
    assert [option for option in options if option not in result.stdout] == []


def test_the_image_runs_as_nobody_in_particular() -> None:
    last_stage = DOCKERFILE.rpartition("\nFROM ")[2]
    assert re.search(r"^USER tocsin$", last_stage, re.MULTILINE)
    assert re.search(r'^ENTRYPOINT \["tocsin"\]$', last_stage, re.MULTILINE)


def test_the_image_is_pinned_and_installs_from_the_lock() -> None:
    bases = re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)
    assert all(re.fullmatch(r"python:3\.\d+\.\d+-slim-\w+", base) for base in bases)
    assert "--require-hashes" in DOCKERFILE


def test_what_the_image_copies_exists_and_is_not_ignored() -> None:
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    copies = re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE)
    for source in " ".join(copies).split():
        assert (ROOT / source).exists()
        assert any(f"!{parent}" in ignored for parent in (source, *map(str, Path(source).parents)))


def test_health_probes_are_python_that_compiles() -> None:
    probe = re.search(r'CMD (\["python".*\])$', DOCKERFILE, re.MULTILINE)
    assert probe is not None
    ast.parse(json.loads(probe[1])[-1])
    ast.parse(SERVICES["slack"]["healthcheck"]["test"][-1])
