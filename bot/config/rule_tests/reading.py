"""Test files to cases: every problem of every file at its place, or the tests with their lines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from pydantic import ValidationError

from bot.config.folder import MAIN_FILE
from bot.config.rule_tests.form import TestsFile
from playbooks import yaml_tree
from playbooks.complaints import complaints
from playbooks.problem import Problem
from playbooks.yaml_files import content_of, yaml_files

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime
    from pathlib import Path

    from bot.config.rule_tests.form import CaseForm
    from playbooks.yaml_tree import Tree, Where

FOLDER: Final = "tests"
"""Where the tests stand in a configuration folder."""


@dataclass(frozen=True, slots=True)
class Case:
    """One test with what its file gives it: the start of its clock, and the labels of all alerts."""

    form: CaseForm
    start: datetime
    labels: Mapping[str, str]
    tree: Tree
    where: Where

    @property
    def name(self) -> str:
        """What the test is called."""
        return self.form.name

    def place(self, *path: str | int) -> tuple[str, int]:
        """The file and the line (from 1) of a part of the test."""
        problem = self.tree.problem((*self.where, *path), "")
        return problem.file, problem.line


def files_of(path: Path) -> list[Path]:
    """The test files that a path means: itself, or those in a folder, or in `tests/` of a configuration."""
    if path.is_file():
        return [path]
    if (path / FOLDER).is_dir():
        return yaml_files(path / FOLDER)
    # A configuration folder's other files are no tests.
    return [] if (path / "rules").is_dir() or (path / MAIN_FILE).is_file() else yaml_files(path)


def read_cases(files: Iterable[Path]) -> list[Case] | list[Problem]:
    """The tests of all files in order, or everything that is wrong with them."""
    cases: list[Case] = []
    problems: list[Problem] = []
    for path in files:
        for read in _read(path):
            if isinstance(read, Problem):
                problems.append(read)
            else:
                cases.append(read)
    return problems or cases


def _read(path: Path) -> Iterator[Case | Problem]:
    file = path.as_posix()
    content = content_of(path, file)
    if isinstance(content, Problem):
        yield content
        return
    documents = yaml_tree.read_all(content, file)
    if isinstance(documents, Problem):
        yield documents
        return
    for tree in documents:
        yield from _cases(tree)


def _cases(tree: Tree) -> Iterator[Case | Problem]:
    if not isinstance(tree.value, dict):
        yield tree.problem((), f"a mapping is expected here, with {', '.join(TestsFile.model_fields)}")
        return
    try:
        form = TestsFile.model_validate(_as_written(tree.value, tree))
    except ValidationError as error:
        yield from complaints(error, TestsFile, tree, ())
        return
    for index, case in enumerate(form.tests):
        labels = {**form.labels, **case.labels}
        yield Case(case, case.start or form.start, labels, tree, ("tests", index))


class _Digits(float):
    """A number that becomes the text that it was written as, where a text is wanted."""

    def __init__(self, written: str) -> None:
        self._written = written

    def __str__(self) -> str:
        return self._written


def _as_written(value: Any, tree: Tree, where: Where = ()) -> Any:
    """The part of the tree with each number as it was written, so that version 2.10 is not 2.1."""
    if isinstance(value, dict):
        return {name: _as_written(one, tree, (*where, name)) for name, one in value.items()}
    if isinstance(value, list):
        return [_as_written(one, tree, (*where, index)) for index, one in enumerate(value)]
    return _Digits(tree.digits[where]) if where in tree.digits else value
