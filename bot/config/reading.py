"""One pass over configuration files: the forms that were found, and everything that is wrong or doubtful."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ValidationError

from playbooks import yaml_tree
from playbooks.complaints import complaints
from playbooks.problem import Problem
from playbooks.yaml_files import content_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from playbooks.yaml_tree import Tree

Form = TypeVar("Form", bound=BaseModel)


@dataclass(slots=True)
class Reading:
    """What is wrong so far, over all files, and the `doubts`: what is not, and yet probably not meant."""

    problems: list[Problem] = field(default_factory=list)
    doubts: list[Problem] = field(default_factory=list)

    def files(self, root: Path, paths: Iterable[Path]) -> Iterator[Tree]:
        """Every document of the files; their names are shown from `root` on."""
        for path in paths:
            file = path.relative_to(root).as_posix()
            content = content_of(path, file)
            if isinstance(content, Problem):
                self.problems.append(content)
            else:
                yield from self.text(content, file)

    def text(self, content: bytes, file: str) -> list[Tree]:
        """Every document of a file's content; none where it is no YAML."""
        documents = yaml_tree.read_all(content, file)
        if isinstance(documents, Problem):
            self.problems.append(documents)
            return []
        return documents

    def form(self, model: type[Form], tree: Tree) -> Form | None:
        """The document as the model has it; None, and the problems noted, where it is none."""
        value: Any = {} if tree.value is None else tree.value
        if not isinstance(value, dict):
            fields = ", ".join(field.alias or name for name, field in model.model_fields.items())
            self.problems.append(tree.problem((), f"a mapping is expected here, with {fields}"))
            return None
        try:
            return model.model_validate(value)
        except ValidationError as error:
            self.problems += complaints(error, model, tree, ())
            return None
