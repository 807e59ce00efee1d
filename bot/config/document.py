"""One file by itself, as an editor or a pipe has it: the same checks as in its folder, as far as they go."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from bot.config.cataloguing import catalogue
from bot.config.installation import Installation
from bot.config.reading import Reading
from bot.config.ruling import Known, rulings
from playbooks.loader import load
from playbooks.problem import in_order

if TYPE_CHECKING:
    from bot.config.folder import Configuration
    from playbooks.problem import Problem

KINDS: Final = ("rules", "services", "tocsin", "playbook")


@dataclass(frozen=True, slots=True)
class Checked:
    """What a file or a folder holds, by how many; everything that is wrong with it, and what is doubtful.

    `ruleless`: the built-in rule stands for those that it does not have.
    """

    found: dict[str, int]
    problems: list[Problem] = field(default_factory=list)
    doubts: list[Problem] = field(default_factory=list)
    ruleless: bool = False


def check_document(kind: str, content: bytes, file: str, known: Configuration | None = None) -> Checked:
    """Check a file of this kind, one of `KINDS`.

    Without `known`, the configuration that it belongs to, names that it refers to are not looked up.
    """
    if kind == "playbook":
        loaded = load(content, file)
        return Checked({}, loaded) if isinstance(loaded, list) else Checked({"playbooks": 1})
    reading = Reading()
    trees = reading.text(content, file)
    found: dict[str, int] = {}
    if kind == "rules":
        ruling = rulings(reading, trees, _known(known))
        found["rules"] = len(ruling.rules)
    elif kind == "services":
        found["services"] = len(catalogue(reading, trees).services)
    else:
        for further in trees[1:]:
            reading.problems.append(further.problem((), "a second document; the file holds one"))
        found["settings"] = sum(
            len(form.model_fields_set)
            for form in (reading.form(Installation, tree) for tree in trees[:1])
            if form is not None
        )
    problems = in_order(reading.problems)
    return Checked({} if problems else found, problems, [] if problems else in_order(reading.doubts))


def _known(configuration: Configuration | None) -> Known:
    if configuration is None:
        return Known("UTC", None, None)
    installation = configuration.installation
    return Known(installation.zone, installation.calendar(), configuration.playbooks)
