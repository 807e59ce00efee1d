"""Matchers mean to Tocsin what they mean to Alertmanager, as its own tool says."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from bot.domain.errors import InvalidInputError
from bot.ingest.patterns import leading_matchers, parse_matcher
from tests.support import parts

if TYPE_CHECKING:
    from pathlib import Path

MATCHERS = (
    'team="pay"', "team = pay", "team!=pay", "team=", 'team!=""',
    "team=~pay|bank", 'team=~"pa.*"', 'team!~"pa.*"', r'team=~"db\d+"', r"team=~db\d+", r'team=~"db\\d+"',
    r'team="db\d"', r'team="C:\\d"', r'team=~"a\.b"', r'team="\n"', r'team=~"a.b"', r'team="say \"hi\""',
    'team=~"x{2}"', 'team="a}"', "team=~^pay$", 'team=~"(?i)PAY"', "team=~[^z]+",
)  # fmt: skip
VALUES = (
    "", "pay", "bank", "the pay", "PAY", "db12", r"db\d", "dbd", r"C:\d", "a.b", "a+b",
    "\n", 'say "hi"', "xx", "x", "a}",
)  # fmt: skip
NO_MATCHERS = ("team", "1team=x", 'team="x', "team<3", 'team=x"y"', 'team=~"("')


def amtool(*arguments: str) -> subprocess.CompletedProcess[str]:
    program = shutil.which("amtool")
    if program is None:
        parts.missing("alertmanager", "amtool, which comes with it, is not installed")
    return subprocess.run([program, *arguments], capture_output=True, text=True, check=False, timeout=30)


def configuration(folder: Path, *matchers: str) -> str:
    """Each matcher has a receiver of its own, which gets what satisfies it."""
    routes = [
        f"    - {{receiver: r{place}, continue: true, matchers: ['{matcher}']}}"
        for place, matcher in enumerate(matchers)
    ]
    names = ["none", *(f"r{place}" for place in range(len(matchers)))]
    file = folder / "alertmanager.yml"
    lines = ["route:", "  receiver: none", "  routes:", *routes, "receivers:"]
    file.write_text("\n".join([*lines, *(f"  - name: {name}" for name in names)]), encoding="utf-8")
    return f"--config.file={file}"


@pytest.mark.parametrize("value", VALUES)
def test_they_hold_for_the_same(tmp_path: Path, value: str) -> None:
    said = amtool("config", "routes", "test", configuration(tmp_path, *MATCHERS), f"team={parts_of(value)}")
    assert said.returncode == 0, said.stderr
    theirs = set(said.stdout.strip().split(","))
    holding = [parse_matcher(text).matches({"team": value}) for text in MATCHERS]
    ours = {f"r{place}" for place, holds in enumerate(holding) if holds}
    assert theirs == (ours or {"none"})


@pytest.mark.parametrize("text", NO_MATCHERS)
def test_the_same_are_none(tmp_path: Path, text: str) -> None:
    with pytest.raises(InvalidInputError):
        parse_matcher(text)
    assert amtool("config", "routes", "test", configuration(tmp_path, text), "team=x").returncode != 0


@pytest.mark.parametrize("text", ["team=pay,tier=a", 'team="pay",tier="a"', "team=~pay,tier=a"])
def test_what_they_read_as_two_matchers_is_never_one_of_ours(tmp_path: Path, text: str) -> None:
    with pytest.raises(InvalidInputError, match="write two matchers"):
        parse_matcher(text)
    both, _ = leading_matchers(text)
    for tier in ("a", "b"):
        routed = amtool("config", "routes", "test", configuration(tmp_path, text), "team=pay", f"tier={tier}")
        assert routed.returncode == 0, routed.stderr
        holds = all(one.matches({"team": "pay", "tier": tier}) for one in both)
        assert routed.stdout.strip() == ("r0" if holds else "none")


def parts_of(value: str) -> str:
    """The value as amtool reads it: quoted."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
