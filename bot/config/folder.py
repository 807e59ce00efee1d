"""The configuration folder as a whole: `tocsin.yaml`, `rules/`, `services/` and `playbooks/`.

All problems of all files are found in one go, each with its place; a folder with a problem gives nothing
else.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final, TypeVar

from pydantic import BaseModel, ValidationError

from bot.config.installation import Installation
from bot.config.rules import RulesFile
from bot.config.services import API, KINDS, OTHER_KINDS, Entity, services_of
from bot.domain.catalog import Catalog
from bot.domain.errors import ConfigurationError
from bot.domain.rules import DEFAULT_RULE, Rule, RuleSet
from bot.ingest.labels import LabelPolicy
from playbooks import yaml_tree
from playbooks.complaints import complaints
from playbooks.loader import library, load_folder
from playbooks.problem import Problem, closest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playbooks.model import Playbook
    from playbooks.yaml_tree import Tree

MAIN_FILE: Final = "tocsin.yaml"
MISNAMED: Final = ("tocsin.yml",)
PLAYBOOKS: Final = "playbooks"
Form = TypeVar("Form", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Configuration:
    """What the folder says, ready for use."""

    installation: Installation
    rules: RuleSet
    catalog: Catalog
    playbooks: dict[str, Playbook]
    labels: LabelPolicy


@dataclass(slots=True)
class _Reading:
    """One pass over a folder: what was found, and what is wrong."""

    root: Path
    problems: list[Problem] = field(default_factory=list)

    def trees(self, paths: list[Path]) -> Iterator[Tree]:
        for path in paths:
            file = path.relative_to(self.root).as_posix()
            try:
                with path.open("rb") as stream:
                    content = stream.read(yaml_tree.MAX_BYTES + 1)
            except OSError as error:
                self.problems.append(Problem(file, 1, 1, "", f"cannot be read: {error.strerror}"))
                continue
            documents = yaml_tree.read_all(content, file)
            if isinstance(documents, Problem):
                self.problems.append(documents)
            else:
                yield from documents

    def form(self, model: type[Form], tree: Tree) -> Form | None:
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


def default_configuration() -> Configuration:
    """What holds where no folder is given: one rule for every alert, and the shipped playbooks."""
    return Configuration(Installation(), RuleSet([DEFAULT_RULE]), Catalog(), library(), LabelPolicy())


def load_configuration(root: Path) -> Configuration | list[Problem]:
    """Read the folder, or say everything that is wrong with it.

    Raises:
        ConfigurationError: there is no such folder.
    """
    if not root.is_dir():
        raise ConfigurationError(f"TOCSIN_CONFIG: {root} is not a folder")
    reading = _Reading(root)
    installation = _installation(reading)
    playbooks = {**library(), **_playbooks(reading)}
    rules = _rules(reading, playbooks)
    catalog = _catalog(reading)
    if reading.problems:
        return reading.problems
    return Configuration(
        installation,
        RuleSet(rules or [DEFAULT_RULE], installation.storm.policy()),
        catalog,
        playbooks,
        installation.labels.policy(),
    )


def require_configuration(root: Path | None) -> Configuration:
    """The configuration that a process runs with.

    Raises:
        ConfigurationError: a file is wrong; the message holds every problem with its place.
    """
    if root is None:
        return default_configuration()
    loaded = load_configuration(root)
    if isinstance(loaded, list):
        raise ConfigurationError("\n".join(["the configuration is not usable", *map(str, loaded)]))
    return loaded


def _files(folder: Path) -> list[Path]:
    """The YAML files in the folder and below; hidden ones, as in a mounted ConfigMap, are not meant."""
    found = [*folder.rglob("*.yaml"), *folder.rglob("*.yml")] if folder.is_dir() else []
    return sorted(
        path for path in found if not any(part.startswith(".") for part in path.relative_to(folder).parts)
    )


def _installation(reading: _Reading) -> Installation:
    for name in MISNAMED:
        if (reading.root / name).exists():
            reading.problems.append(Problem(name, 1, 1, "", f"is not read; call it {MAIN_FILE}"))
    path = reading.root / MAIN_FILE
    trees = list(reading.trees([path] if path.exists() else []))
    for further in trees[1:]:
        reading.problems.append(further.problem((), f"a second document; {MAIN_FILE} holds one"))
    return (reading.form(Installation, trees[0]) if trees else None) or Installation()


def _playbooks(reading: _Reading) -> dict[str, Playbook]:
    folder = reading.root / PLAYBOOKS
    if not folder.is_dir():
        return {}
    own = load_folder(folder)
    reading.problems += [replace(one, file=f"{PLAYBOOKS}/{one.file}") for one in own.problems]
    return own.playbooks


def _rules(reading: _Reading, playbooks: dict[str, Playbook]) -> list[Rule]:
    rules: list[Rule] = []
    seen: dict[str, str] = {}
    for tree in reading.trees(_files(reading.root / "rules")):
        form = reading.form(RulesFile, tree)
        for position, model in enumerate(form.rules if form else ()):
            where = ("rules", position)
            if model.name in seen:
                message = f"{seen[model.name]} has a rule called {model.name} already"
                reading.problems.append(tree.problem((*where, "name"), message))
            seen[model.name] = tree.file
            for index, name in enumerate(model.playbooks):
                if name not in playbooks:
                    message = f"there is no playbook {name}"
                    place = (*where, "playbooks", index)
                    reading.problems.append(tree.problem(place, message, closest(name, playbooks)))
            rules.append(model.rule())
    return rules


def _catalog(reading: _Reading) -> Catalog:
    entities: list[Entity] = []
    seen: dict[tuple[bool, str], str] = {}
    for tree in reading.trees(_files(reading.root / "services")):
        if tree.value is None or not _is_ours(reading, tree):
            continue
        entity = reading.form(Entity, tree)
        if entity is None:
            continue
        name = entity.metadata.name
        # A service and the API that it provides are often called the same.
        key = (entity.kind == API, name)
        if key in seen:
            message = f"{seen[key]} describes {name} already"
            reading.problems.append(tree.problem(("metadata", "name"), message))
            continue
        seen[key] = tree.file
        entities.append(entity)
    return Catalog(services_of(entities))


def _is_ours(reading: _Reading, tree: Tree) -> bool:
    """Whether we read such a document: Backstage has kinds that are no services, and its users more."""
    kind = tree.value.get("kind") if isinstance(tree.value, dict) else None
    if not isinstance(kind, str) or kind in KINDS:
        return True
    if kind not in OTHER_KINDS and (meant := closest(kind, KINDS)):
        reading.problems.append(tree.problem(("kind",), f"there is no kind {kind}", meant))
    return False
