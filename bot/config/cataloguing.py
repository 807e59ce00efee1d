"""All files of `services/` together: entities that stand once, and no service that depends on itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.config.invited import unfindable
from bot.config.services import API, KINDS, OTHER_KINDS, RESPONDERS, Entity, entity_name, services_of
from bot.domain.catalog import Catalog
from playbooks.problem import closest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from bot.config.reading import Reading
    from bot.domain.catalog import Service
    from playbooks.problem import Problem
    from playbooks.yaml_tree import Tree, Where

_ENTITY: Final = ("apiVersion", "kind", "metadata")
_NO_ENTITY: Final = (
    "describes no service; write each as a document of its own, as in Backstage's catalog-info.yaml: "
    "apiVersion: backstage.io/v1alpha1, kind: Component, metadata: {name: ...}"
)


def catalogue(reading: Reading, trees: Iterable[Tree]) -> Catalog:
    """Read the documents; problems and doubts are noted in the reading."""
    found: dict[tuple[bool, str], tuple[Entity, Tree]] = {}
    for tree in trees:
        if tree.value is None or not _is_ours(reading, tree):
            continue
        entity = reading.form(Entity, tree)
        if entity is None:
            continue
        name = entity.metadata.name
        # A service and the API that it provides are often called the same.
        key = (entity.kind == API, name)
        if key in found:
            message = f"{found[key][1].file} describes {name} already"
            reading.problems.append(tree.problem(("metadata", "name"), message))
            continue
        found[key] = (entity, tree)
    services = services_of([entity for entity, _ in found.values()])
    trees_of = {entity.metadata.name: tree for entity, tree in found.values() if entity.kind != API}
    _note_cycles(reading, services, trees_of)
    catalog = Catalog(services)
    for service in services:
        if service.name in trees_of:
            reading.doubts += _doubts(trees_of[service.name], service, catalog)
    return catalog


def _doubts(tree: Tree, service: Service, catalog: Catalog) -> Iterator[Problem]:
    """Responders whom nobody can find, and what it depends on where that is nearly another's name.

    One that no file describes may be meant; one that is nearly another's name hardly is.
    """
    for _, message in unfindable(service.responders):
        yield tree.problem(("metadata", "annotations", RESPONDERS), message)
    for callee in service.depends_on:
        if callee in catalog.services:
            continue
        meant = closest(callee, catalog.services)
        if meant and not _is_part(callee, meant) and not _is_part(meant, callee):
            yield tree.problem(_place(tree, callee), f"no file describes {callee}", meant)


def _is_part(one: str, whole: str) -> bool:
    """Whether it is called after the other, as a database after its service: `checkout-db`."""
    return one.startswith(whole) and one[len(whole) :].startswith(("-", "_", "."))


def _note_cycles(reading: Reading, services: Iterable[Service], trees: Mapping[str, Tree]) -> None:
    for cycle in cycles({service.name: service.depends_on for service in services}):
        tree = trees.get(cycle[0])
        if tree is not None:
            text = " > ".join((*cycle, cycle[0]))
            reading.problems.append(
                tree.problem(_place(tree, cycle[1 % len(cycle)]), f"a cycle of dependencies: {text}")
            )


def _place(tree: Tree, callee: str) -> Where:
    """Where the document names the service that it depends on; where its dependencies begin else."""
    for field in ("dependsOn", "consumesApis"):
        for index, reference in enumerate(tree.value.get("spec", {}).get(field, ())):
            if entity_name(reference) == callee:
                return ("spec", field, index)
    return ("spec", "consumesApis")


def cycles(depends_on: Mapping[str, Iterable[str]]) -> list[list[str]]:
    """Cycles of the graph, each from the service on at which it was found; every way back counts once."""
    found: list[list[str]] = []
    done: set[str] = set()
    for start in depends_on:
        path = [start]
        on_path = {start}
        below = [iter(depends_on[start] if start not in done else ())]
        while below:
            callee = next(below[-1], None)
            if callee is None:
                below.pop()
                on_path.discard(path[-1])
                done.add(path.pop())
            elif callee in on_path:
                found.append(path[path.index(callee) :])
            elif callee not in done:
                path.append(callee)
                on_path.add(callee)
                below.append(iter(depends_on.get(callee, ())))
    return found


def _is_ours(reading: Reading, tree: Tree) -> bool:
    """Whether we read such a document: Backstage has kinds that are no services, and its users more."""
    if isinstance(tree.value, dict) and tree.value.keys().isdisjoint(_ENTITY):
        reading.problems.append(tree.problem((), _NO_ENTITY))
        return False
    kind = tree.value.get("kind") if isinstance(tree.value, dict) else None
    if not isinstance(kind, str) or kind in KINDS:
        return True
    if kind not in OTHER_KINDS and (meant := closest(kind, KINDS)):
        reading.problems.append(tree.problem(("kind",), f"there is no kind {kind}", meant))
    return False
