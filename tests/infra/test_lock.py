"""The locked dependencies answer to `pyproject.toml`, hold hashes, and name no index."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
LOCKS = {
    "runtime": (("tracing",), ("build",)),
    "embedded": (("embedded",), ("build",)),
    "unit": ((), ("build", "unit")),
    "dev": (("embedded", "tracing"), ("dev",)),
}
PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>\S+)")


def pyproject() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def group(name: str) -> list[str]:
    wanted: list[str] = []
    for entry in pyproject()["dependency-groups"][name]:
        wanted += [entry] if isinstance(entry, str) else group(entry["include-group"])
    return wanted


def text(lock: str) -> str:
    return (ROOT / "deploy" / "lock" / f"{lock}.txt").read_text()


def pins(lock: str) -> dict[str, str]:
    found = filter(None, map(PIN.match, text(lock).splitlines()))
    return {canonicalize_name(match["name"]): match["version"] for match in found}


@pytest.mark.parametrize("lock", LOCKS)
def test_every_dependency_is_locked_within_its_bounds(lock: str) -> None:
    extras, groups = LOCKS[lock]
    project = pyproject()["project"]
    wanted = list(project["dependencies"])
    wanted += [one for extra in extras for one in project["optional-dependencies"][extra]]
    wanted += [one for name in groups for one in group(name)]
    locked = pins(lock)
    for requirement in map(Requirement, wanted):
        version = locked.get(canonicalize_name(requirement.name))
        assert version is not None, f"{requirement.name} is not locked: run make lock"
        assert requirement.specifier.contains(version, prereleases=True), f"{requirement}: locked {version}"


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_has_hashes_and_no_file_names_an_index(lock: str) -> None:
    entries = re.split(r"\n(?=\S)", text(lock))
    assert [entry for entry in entries if "==" in entry and "--hash=sha256:" not in entry] == []
    assert not re.search(r"https?:|--(?:extra-)?index-url|--find-links", text(lock))


def test_all_locks_agree() -> None:
    largest = pins("dev")
    for lock in LOCKS:
        assert pins(lock).items() <= largest.items()
