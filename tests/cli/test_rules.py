"""`tocsin rules test` on the example folder and on small ones."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.config.folders import written

if TYPE_CHECKING:
    from collections.abc import Callable

    from click.testing import Result

    Tocsin = Callable[..., Result]

EXAMPLE = Path(__file__).parents[2] / "docs/how-to/example/tocsin"
TEST = """
    tests:
      - name: it opens
        events: [{at: 0m, firing: {alertname: A, service: s}}]
        expect:
          - at: 1m
            incidents: [{rule: %s}]
"""


def test_the_example_passes(tocsin: Tocsin) -> None:
    result = tocsin("rules", "test", str(EXAMPLE))
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == "9 tests passed.\n"
    assert tocsin("check-config", str(EXAMPLE)).exit_code == 0


def test_a_rule_that_is_broken_is_noticed(tocsin: Tocsin, tmp_path: Path) -> None:
    mine = Path(shutil.copytree(EXAMPLE, tmp_path / "mine"))
    file = mine / "rules/shop.yaml"
    file.write_text(file.read_text().replace("min_events: 2", "min_events: 3"))
    result = tocsin("rules", "test", str(mine))
    assert result.exit_code == 1
    assert result.stdout.splitlines()[0].endswith("tests/noise.yaml:16: one full disk waits for a second one")
    assert "after 10 min: incidents\n    expected: an incident with rule: disks" in result.stdout
    assert result.stdout.endswith("    got:      nothing\n1 of 9 tests failed.\n")


def test_what_is_written_wrongly_as_json(tocsin: Tocsin, tmp_path: Path) -> None:
    written(tmp_path, {"a.yaml": "tests: [{nmae: x}]\n"})
    result = tocsin("rules", "test", "a.yaml", "-o", "json")
    assert (result.exit_code, result.stderr) == (1, "")
    assert json.loads(result.stdout)["problems"][0]["file"] == "a.yaml"


def test_a_file_is_no_folder(tocsin: Tocsin, tmp_path: Path) -> None:
    written(tmp_path, {"a.yaml": "rules: []\n"})
    told = tocsin("check-config", "a.yaml")
    assert told.exit_code == 78
    assert "a.yaml is not a folder; one file is read from stdin" in told.stderr


def test_a_dependency_that_is_nearly_a_service_is_noticed(tocsin: Tocsin, tmp_path: Path) -> None:
    service = "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {name: %s}\n%s"
    calls = "spec: {dependsOn: ['component:paymnets', 'component:stripe', 'resource:payments-db']}\n"
    files: dict[str, str | bytes] = {
        "services/a.yaml": service % ("payments", ""),
        "services/b.yaml": service % ("web", calls),
    }
    result = tocsin("check-config", str(written(tmp_path / "conf", files)))
    assert result.exit_code == 0
    assert result.stderr.startswith(
        "warning: services/b.yaml:4:20: spec.dependsOn[0]: no file describes paymnets "
        "(did you mean payments?)\n"
        f"  {calls}"
        "                     ^\n"
        "warning: no rule"
    )


def test_as_json(tocsin: Tocsin, tmp_path: Path) -> None:
    written(tmp_path, {"a.yaml": TEST % "default", "b.yaml": TEST % "other"})
    result = tocsin("rules", "test", "a.yaml", "b.yaml", "-o", "json")
    assert result.exit_code == 1
    told = json.loads(result.stdout)
    assert (told["passed"], told["failed"]) == (1, 1)
    assert told["tests"] == [
        {"name": "it opens", "file": "a.yaml", "line": 2, "passed": True, "failures": []},
        {
            "name": "it opens",
            "file": "b.yaml",
            "line": 2,
            "passed": False,
            "failures": [
                {
                    "file": "b.yaml",
                    "line": 6,
                    "at_s": 60.0,
                    "about": "incident 'A': rule",
                    "expected": "other",
                    "got": "default",
                }
            ],
        },
    ]


def test_that_no_configuration_is_tested_is_told(tocsin: Tocsin, tmp_path: Path) -> None:
    written(tmp_path, {"a.yaml": TEST % "default"})
    result = tocsin("rules", "test", "a.yaml")
    assert (result.exit_code, result.stdout) == (0, "1 test passed.\n")
    assert result.stderr == (
        "a.yaml: no configuration folder is above it, nor in TOCSIN_CONFIG: the rule built in is tested\n"
    )
    assert tocsin("rules", "test", "a.yaml", "--rules", str(EXAMPLE)).stderr == ""


def test_only_some(tocsin: Tocsin) -> None:
    result = tocsin("rules", "test", str(EXAMPLE), str(EXAMPLE / "tests/noise.yaml"), "--filter", "storm")
    assert result.stdout == "1 test passed.\n"
    assert tocsin("rules", "test", str(EXAMPLE), "--filter", "nonsense").exit_code == 2


def test_which_rules_are_tested(tocsin: Tocsin, tmp_path: Path) -> None:
    rules = "rules: [{name: %s}]\n"
    written(
        tmp_path, {"outer/rules/a.yaml": rules % "outer", "inner/tocsin.yaml": "", "b.yaml": TEST % "outer"}
    )
    written(tmp_path, {"inner/rules/a.yaml": rules % "inner", "inner/tests/a.yaml": TEST % "inner"})
    outer = str(tmp_path / "outer")
    assert tocsin("rules", "test", "inner", TOCSIN_CONFIG=outer).exit_code == 0
    assert tocsin("rules", "test", "b.yaml", TOCSIN_CONFIG=outer).exit_code == 0
    assert tocsin("rules", "test", "b.yaml", "--rules", outer).exit_code == 0
    assert tocsin("rules", "test", "b.yaml").exit_code == 1
    assert tocsin("rules", "test", "inner", "--rules", outer).exit_code == 1


def test_a_file_that_cannot_be_read_as_tests(tocsin: Tocsin, tmp_path: Path) -> None:
    written(tmp_path, {"a.yaml": "tests: 1\n", "b.yaml": TEST % "default"})
    result = tocsin("rules", "test", "a.yaml", "b.yaml")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("a.yaml:1:8: tests: ")


def test_rules_that_are_wrong_are_a_bad_configuration(tocsin: Tocsin, tmp_path: Path) -> None:
    written(tmp_path, {"rules/a.yaml": "rules: 1\n", "tests/a.yaml": TEST % "default"})
    result = tocsin("rules", "test", ".")
    assert result.exit_code == 78
    assert "rules/a.yaml:1:" in result.stderr


@pytest.mark.parametrize("words", [("rules", "test"), ("rules", "test", "nowhere"), ("rules", "test", ".")])
def test_nothing_to_test_is_usage(tocsin: Tocsin, words: tuple[str, ...]) -> None:
    assert tocsin(*words).exit_code == 2


def test_a_configuration_without_tests_is_not_taken_for_tests(tocsin: Tocsin, tmp_path: Path) -> None:
    mine = Path(shutil.copytree(EXAMPLE, tmp_path / "mine"))
    shutil.rmtree(mine / "tests")
    result = tocsin("rules", "test", str(mine))
    assert result.exit_code == 2
    assert f"{mine} holds no tests; a configuration" in result.stderr
