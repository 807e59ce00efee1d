"""Tests of rules as texts, read and played in one line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.config.folder import Configuration, default_configuration
from bot.config.rule_tests.playing import Failure, play
from bot.config.rule_tests.reading import Case, read_cases
from tests.config.folders import written

if TYPE_CHECKING:
    from pathlib import Path


def cases(root: Path, text: str) -> list[Case]:
    """The tests that a file holds; fails where something is wrong with it."""
    written(root, {"a.yaml": text})
    found = read_cases([root / "a.yaml"])
    assert all(isinstance(one, Case) for one in found), "\n".join(map(str, found))
    return [one for one in found if isinstance(one, Case)]


def problems(root: Path, text: str | bytes) -> list[str]:
    """What is wrong with a file, as people see it."""
    written(root, {"a.yaml": text})
    found = read_cases([root / "a.yaml"])
    assert not any(isinstance(one, Case) for one in found), "no problem was found"
    return [str(one).replace(f"{root.as_posix()}/", "") for one in found]


def failures(root: Path, text: str, configuration: Configuration | None = None) -> list[Failure]:
    """What the only test of the file does not find as it should be."""
    [case] = cases(root, text)
    return play(case, configuration or default_configuration())


def differences(root: Path, events: str, expect: str) -> list[tuple[str, str, str]]:
    """What differs, about what, for a test of these events and expectations (YAML, in one line each)."""
    text = f"labels: {{environment: p}}\ntests: [{{name: t, events: {events}, expect: {expect}}}]\n"
    return [(one.about, one.expected, one.got) for one in failures(root, text)]
