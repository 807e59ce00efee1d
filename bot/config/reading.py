"""One pass over configuration files: the forms that were found, and everything that is wrong."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ValidationError

from playbooks import yaml_tree
from playbooks.complaints import complaints
from playbooks.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from playbooks.yaml_tree import Tree

Form = TypeVar("Form", bound=BaseModel)


@dataclass(slots=True)
class Reading:
    """What is wrong so far, over all files."""

    problems: list[Problem] = field(default_factory=list)

    def files(self, root: Path, paths: Iterable[Path]) -> Iterator[Tree]:
        """Every document of the files; their names are shown from `root` on."""
        for path in paths:
            file = path.relative_to(root).as_posix()
            try:
                with path.open("rb") as stream:
                    content = stream.read(yaml_tree.MAX_BYTES + 1)
            except OSError as error:
                self.problems.append(Problem(file, 1, 1, "", f"cannot be read: {error.strerror}"))
                continue
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


def yaml_files(folder: Path) -> list[Path]:
    """The YAML files in the folder and below; hidden ones, as in a mounted ConfigMap, are not meant."""
    found = [*folder.rglob("*.yaml"), *folder.rglob("*.yml")] if folder.is_dir() else []
    return sorted(
        path for path in found if not any(part.startswith(".") for part in path.relative_to(folder).parts)
    )
