"""One file by itself, as an editor or a pipe has it: the same checks as in its folder, as far as they go."""

from __future__ import annotations

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


def check_document(
    kind: str, content: bytes, file: str, known: Configuration | None = None
) -> dict[str, int] | list[Problem]:
    """What the file of this kind (one of `KINDS`) holds, by how many, or everything that is wrong with it.

    Without `known`, the configuration that it belongs to, names that it refers to are not looked up.
    """
    if kind == "playbook":
        loaded = load(content, file)
        return loaded if isinstance(loaded, list) else {"playbooks": 1}
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
    return in_order(reading.problems) or found


def _known(configuration: Configuration | None) -> Known:
    if configuration is None:
        return Known("UTC", None, None)
    installation = configuration.installation
    return Known(installation.zone, installation.calendar(), configuration.playbooks)
