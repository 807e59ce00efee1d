"""The set-up scripts: which Python they take, when they have nothing to do, and how they refuse."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPTS = sorted([*(ROOT / "deploy").glob("*.sh"), ROOT / ".ci" / "run"])


def run(*command: str | Path, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **variables}
    return subprocess.run(
        [str(word) for word in command],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_scripts_can_be_run_and_read(script: Path) -> None:
    assert os.access(script, os.X_OK)
    assert script.read_text().startswith("#!/usr/bin/env bash\n#")
    assert run("bash", "-n", script).returncode == 0


def test_the_pythons_of_this_machine_are_found() -> None:
    found = dict(line.split(maxsplit=1) for line in run("deploy/pythons.sh").stdout.splitlines())
    assert f"{sys.version_info.major}.{sys.version_info.minor}" in found
    for version, path in found.items():
        said = run(path, "-c", "import sys; print('%d.%d' % sys.version_info[:2])")
        assert said.stdout.strip() == version


def test_an_old_python_is_not_taken(tmp_path: Path) -> None:
    old = tmp_path / "python"
    old.write_text("#!/bin/sh\necho 3.10 /usr/bin/python3.10\n")
    old.chmod(0o755)
    assert run("deploy/pythons.sh", PYTHON=str(old)).stdout == ""
    refused = run("deploy/setup.sh", "dev", tmp_path / "environment", PYTHON=str(old))
    assert refused.returncode == 1
    assert "no usable Python 3.11 to 3.14" in refused.stderr


def test_an_environment_of_this_lock_is_left_alone(tmp_path: Path) -> None:
    environment = tmp_path / "environment"
    (environment / "bin").mkdir(parents=True)
    python = environment / "bin" / "python"
    python.write_text('#!/bin/sh\n[ "$1" = -c ]\n')  # passes for a Python, and can install nothing
    python.chmod(0o755)
    content = (ROOT / "deploy/lock/dev.txt").read_bytes() + (ROOT / "pyproject.toml").read_bytes()
    checksum = subprocess.run(
        ["cksum"], input=content + f"{ROOT}\n".encode(), capture_output=True, check=True
    ).stdout
    (environment / ".stamp-dev").write_bytes(checksum)
    for lock in ("dev", "embedded"):  # what has everything has the smaller ones, too
        result = run("deploy/setup.sh", lock, environment)
        assert (result.returncode, result.stderr) == (0, "")


def test_help_names_the_two_commands_of_the_readme() -> None:
    if shutil.which("make") is None:
        pytest.skip("make is not installed")
    said = run("make", "help").stdout
    assert "dev " in said
    assert "test " in said
