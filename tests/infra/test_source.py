"""Rules about the sources that import contracts cannot say."""

from __future__ import annotations

import ast
import sys
import tomllib
from functools import cache
from pathlib import Path

import pytest

pytestmark = pytest.mark.unmeasured  # it reads our code, and runs none of it
ROOT = Path(__file__).parents[2]
PACKAGES = ("bot", "consumers", "playbooks")
SOURCES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
DOMAIN = sorted((ROOT / "bot" / "domain").rglob("*.py"))


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def imported(source: ast.Module) -> set[str]:
    """Every module that a source imports, as dotted names."""
    names: set[str] = set()
    for node in ast.walk(source):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return names


def reads_environment(source: ast.Module) -> bool:
    """Whether a source touches `os.environ`, `os.getenv` or their like."""
    doors = {"environ", "environb", "getenv", "getenvb", "putenv"}
    touched: set[str] = set()
    for node in ast.walk(source):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "os":
            touched.add(node.attr)
        elif isinstance(node, ast.ImportFrom) and node.module == "os":
            touched |= {alias.name for alias in node.names}
    return not doors.isdisjoint(touched)


@pytest.mark.parametrize("path", DOMAIN, ids=lambda path: path.name)
def test_the_domain_needs_only_the_standard_library(path: Path) -> None:
    foreign = {
        name
        for name in imported(parsed(path))
        if name.split(".")[0] not in sys.stdlib_module_names and not f"{name}.".startswith("bot.domain.")
    }
    assert foreign == set()


def test_every_room_stands_in_the_layers() -> None:
    configuration = tomllib.loads((ROOT / "pyproject.toml").read_text())
    contracts = configuration["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    named = {room.strip() for layer in layers for room in layer.split("|")}
    rooms = {f"bot.{path.parent.name}" for path in (ROOT / "bot").glob("*/__init__.py")}
    assert named == (rooms | {"consumers", "playbooks"}) - {"bot.localslack"}


def test_one_file_reads_the_environment() -> None:
    readers = {str(path.relative_to(ROOT)) for path in SOURCES if reads_environment(parsed(path))}
    assert readers == {"bot/settings.py"}


def test_imports_stand_at_the_top() -> None:
    hidden = [
        f"{path.relative_to(ROOT)}:{inner.lineno}"
        for path in SOURCES
        for function in ast.walk(parsed(path))
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for inner in ast.walk(function)
        if isinstance(inner, ast.Import | ast.ImportFrom)
    ]
    assert hidden == []


@pytest.mark.parametrize(
    "source", ["import os\nos.environ['A']", "import os\nos.getenv('A')", "from os import environ"]
)
def test_the_check_sees_each_way_to_the_environment(source: str) -> None:
    assert reads_environment(ast.parse(source))
    assert not reads_environment(ast.parse("import os\nos.getpid()"))
