"""Checks that every template and condition of a playbook names something that will be there."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from playbooks.errors import TemplateSyntaxError
from playbooks.kinds import KINDS
from playbooks.kinds.kind import place_of
from playbooks.problem import closest
from playbooks.template import Expression, Path, Place, parse, parse_path, texts
from playbooks.variables import ANYTHING, CONTRACT, STEP_FIELDS, unknown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from playbooks.document import StepForm
    from playbooks.problem import Problem
    from playbooks.yaml_tree import Tree, Where

_SECRET_PARTS: Final = len(("secrets", "name"))
_STEP_PARTS: Final = len(("steps", "name", "result"))


@dataclass(frozen=True, slots=True)
class _Site:
    """One text: where it stands, what it may name, and the steps that there are."""

    tree: Tree
    where: Where
    contract: Mapping[str, Any]
    names: tuple[str, ...]

    def problem(self, message: str, suggestion: str = "") -> Problem:
        return self.tree.problem(self.where, message, suggestion)


def check(steps: Sequence[StepForm], tree: Tree) -> Iterator[Problem]:
    """Every template or condition that names an unknown variable, or a step that does not come before it."""
    names = tuple(step.name for step in steps)
    earlier: dict[str, dict[str, str]] = {}
    for position, step in enumerate(steps):
        contract = {**CONTRACT, "steps": dict(earlier)}
        yield from _texts(step, _Site(tree, ("steps", position), contract, names))
        earlier[step.name] = dict.fromkeys((*STEP_FIELDS, *sorted(KINDS[step.kind].results)), "")


def _texts(step: StepForm, base: _Site) -> Iterator[Problem]:
    for path, text in texts(dict(step.params)):
        site = replace(base, where=(*base.where, "params", *path))
        yield from _template(text, place_of(KINDS[step.kind].params, path), site)
    if step.approval:
        site = replace(base, where=(*base.where, "approval", "prompt"))
        yield from _template(step.approval.prompt, Place.TEXT, site)
    for index, condition in enumerate(step.when):
        yield from _path(
            parse_path(condition.value), replace(base, where=(*base.where, "when", index, "value"))
        )


def _template(text: str, place: Place | None, site: _Site) -> Iterator[Problem]:
    if place is None:
        if "{{" in text:
            yield site.problem("no variable is possible here; write the value out")
        return
    if place is Place.HEADER:
        site = replace(site, contract={**site.contract, "secrets": ANYTHING})
    try:
        pieces = parse(text)
    except TemplateSyntaxError as error:
        yield site.problem(str(error))
        return
    for piece in pieces:
        for operand in piece.operands if isinstance(piece, Expression) else ():
            if isinstance(operand, Path):
                yield from _path(operand, site)


def _path(path: Path, site: _Site) -> Iterator[Problem]:
    root = path.parts[0]
    if root == "steps":
        yield from _step(path, site)
    elif root == "secrets" and "secrets" not in site.contract:
        yield site.problem(f"{path.text}: secrets are for headers alone")
    elif root == "secrets" and len(path.parts) != _SECRET_PARTS:
        yield site.problem(f"{path.text}: name one secret, as in secrets.deploy_token")
    else:
        wrong, near = unknown(path, site.contract)
        if wrong:
            yield site.problem(f"{path.text}: there is no such variable", near)


def _step(path: Path, site: _Site) -> Iterator[Problem]:
    if len(path.parts) < _STEP_PARTS:
        yield site.problem(f"{path.text}: name a step and what of it, as in steps.look-up.text")
        return
    earlier = site.contract["steps"]
    name = str(path.parts[1])
    if name in earlier:
        wrong, near = unknown(path, site.contract)
        if wrong:
            possible = ", ".join(earlier[name])
            yield site.problem(f"{path.text}: the step has no such result; it has {possible}", near)
    elif name in site.names:
        yield site.problem(f"{path.text}: that step does not come before this one")
    else:
        near = closest(name, earlier)
        yield site.problem(f"{path.text}: there is no such step", f"steps.{near}" if near else "")
