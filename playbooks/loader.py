"""Files to playbooks, or to problems that say where and what; nothing but problems comes of a bad file."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from playbooks import references, yaml_tree
from playbooks.complaints import complaints
from playbooks.document import PlaybookForm, StepForm
from playbooks.errors import PlaybookError, TemplateSyntaxError
from playbooks.kinds import KINDS
from playbooks.model import Playbook, Step
from playbooks.problem import Problem, closest, in_order
from playbooks.yaml_files import content_of, yaml_files
from playbooks.yaml_tree import Tree, Where

if TYPE_CHECKING:
    from collections.abc import Iterable


class InvalidPlaybookError(PlaybookError):
    """A definition that should be a playbook is none."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


@dataclass(slots=True)
class Folder:
    """What a folder holds: its good playbooks by name, and what is wrong with the others."""

    playbooks: dict[str, Playbook] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def load(text: str | bytes, file: str) -> Playbook | list[Problem]:
    """Read a playbook, or say everything that is wrong with it; `file` is the name in the problems."""
    tree = yaml_tree.read(text, file)
    if isinstance(tree, Problem):
        return [tree]
    return _build(tree)


def _build(tree: Tree) -> Playbook | list[Problem]:
    if not isinstance(tree.value, dict):
        return [tree.problem((), "a playbook is a mapping with name, title and steps")]
    try:
        form = PlaybookForm.model_validate(tree.value)
    except ValidationError as error:
        return complaints(error, PlaybookForm, tree, ())
    problems: list[Problem] = _names(form, tree)
    steps = [_step(step, tree, ("steps", position)) for position, step in enumerate(form.steps)]
    problems += [problem for step in steps if isinstance(step, list) for problem in step]
    if not problems:
        problems += references.check(form.steps, tree)
    if problems:
        return in_order(problems)
    return Playbook(
        name=form.name,
        title=form.title,
        steps=tuple(step for step in steps if isinstance(step, Step)),
        description=form.description,
        trigger=form.trigger.build(),
        definition=json.dumps(tree.value, sort_keys=True, separators=(",", ":")).encode(),
    )


def from_definition(definition: bytes) -> Playbook:
    """The playbook of a pinned `Playbook.definition`.

    Raises:
        InvalidPlaybookError: it is none, or no longer one.
    """
    try:
        tree = Tree("definition", [], json.loads(definition))
    except ValueError as error:
        raise InvalidPlaybookError([Problem("definition", 1, 1, "", f"not JSON: {error}")]) from error
    playbook = _build(tree)
    if isinstance(playbook, list):
        raise InvalidPlaybookError(playbook)
    return playbook


def load_folder(folder: Path) -> Folder:
    """Read the YAML files in the folder and below, in the order of their names; see `yaml_files`."""
    found = Folder()
    for path in yaml_files(folder):
        file = path.relative_to(folder).as_posix()
        content = content_of(path, file)
        if isinstance(content, Problem):
            found.problems.append(content)
            continue
        playbook = load(content, file)
        if isinstance(playbook, list):
            found.problems += playbook
        elif playbook.name in found.playbooks:
            message = f"another file has a playbook called {playbook.name} already"
            found.problems.append(Problem(file, 1, 1, "name", message))
        else:
            found.playbooks[playbook.name] = playbook
    return found


def library() -> dict[str, Playbook]:
    """The playbooks that come with the package, by name.

    Raises:
        InvalidPlaybookError: one of them is broken.
    """
    shipped = load_folder(Path(str(files("playbooks") / "library")))
    if shipped.problems:
        raise InvalidPlaybookError(shipped.problems)
    return shipped.playbooks


def _names(form: PlaybookForm, tree: Tree) -> list[Problem]:
    seen: set[str] = set()
    problems: list[Problem] = []
    for position, step in enumerate(form.steps):
        if step.name in seen:
            message = f"another step is called {step.name} already"
            problems.append(tree.problem(("steps", position, "name"), message))
        seen.add(step.name)
    return problems


def _step(form: StepForm, tree: Tree, where: Where) -> Step | list[Problem]:
    kind = KINDS.get(form.kind)
    if kind is None:
        message = f"there is no kind {form.kind}; there are {', '.join(KINDS)}"
        return [tree.problem((*where, "kind"), message, closest(form.kind, KINDS))]
    try:
        return form.build()
    except ValidationError as error:
        return complaints(error, kind.params, tree, (*where, "params"))
    except TemplateSyntaxError as error:
        return [tree.problem((*where, "when"), str(error))]
