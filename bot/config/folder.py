"""The configuration folder as a whole: `tocsin.yaml`, `rules/`, `services/` and `playbooks/`.

All problems of all files are found in one go, each with its place; a folder with a problem gives nothing
else.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from bot.config.cataloguing import catalogue
from bot.config.installation import Installation
from bot.config.reading import Reading, yaml_files
from bot.config.ruling import Known, rulings
from bot.domain.catalog import Catalog
from bot.domain.errors import ConfigurationError
from bot.domain.rules import DEFAULT_RULE, RuleSet
from bot.ingest.labels import LabelPolicy
from playbooks.loader import library, load_folder
from playbooks.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playbooks.model import Playbook

MAIN_FILE: Final = "tocsin.yaml"
MISNAMED: Final = ("tocsin.yml",)
PLAYBOOKS: Final = "playbooks"


@dataclass(frozen=True, slots=True)
class Configuration:
    """What the folder says, ready for use."""

    installation: Installation
    rules: RuleSet
    catalog: Catalog
    playbooks: dict[str, Playbook]
    labels: LabelPolicy


def default_configuration(meter: Callable[[], float] = float) -> Configuration:
    """What holds where no folder is given: one rule for every alert, and the shipped playbooks."""
    rules = RuleSet([DEFAULT_RULE], meter=meter)
    return Configuration(Installation(), rules, Catalog(), library(), LabelPolicy())


def load_configuration(
    root: Path, meter: Callable[[], float] = float, *, rules_from: Path | None = None
) -> Configuration | list[Problem]:
    """Read the folder, or say everything that is wrong with it.

    `meter` gives the seconds by which the rules' conditions are timed; without one they cost nothing.
    `rules_from` is a folder of rules that stands for the one in `root`.

    Raises:
        ConfigurationError: there is no such folder.
    """
    if not root.is_dir():
        raise ConfigurationError(f"TOCSIN_CONFIG: {root} is not a folder")
    reading = Reading()
    installation = _installation(reading, root)
    playbooks = {**library(), **_playbooks(reading, root)}
    known = Known(installation.zone, installation.calendar(), playbooks)
    ruled, files = (root, root / "rules") if rules_from is None else (rules_from, rules_from)
    found = rulings(reading, reading.files(ruled, yaml_files(files)), known)
    catalog = catalogue(reading, reading.files(root, yaml_files(root / "services")))
    if reading.problems:
        return reading.problems
    rules = RuleSet(
        found.rules or [DEFAULT_RULE],
        installation.storm.policy(),
        catalog=catalog,
        meter=meter,
        inhibitions=found.inhibitions,
        windows=found.windows,
    )
    return Configuration(installation, rules, catalog, playbooks, installation.labels.policy())


def require_configuration(root: Path | None, meter: Callable[[], float] = float) -> Configuration:
    """The configuration that a process runs with.

    Raises:
        ConfigurationError: a file is wrong; the message holds every problem with its place.
    """
    if root is None:
        return default_configuration(meter)
    loaded = load_configuration(root, meter)
    if isinstance(loaded, list):
        raise ConfigurationError("\n".join(["the configuration is not usable", *map(str, loaded)]))
    return loaded


def _installation(reading: Reading, root: Path) -> Installation:
    for name in MISNAMED:
        if (root / name).exists():
            reading.problems.append(Problem(name, 1, 1, "", f"is not read; call it {MAIN_FILE}"))
    path = root / MAIN_FILE
    trees = list(reading.files(root, [path] if path.exists() else []))
    for further in trees[1:]:
        reading.problems.append(further.problem((), f"a second document; {MAIN_FILE} holds one"))
    return (reading.form(Installation, trees[0]) if trees else None) or Installation()


def _playbooks(reading: Reading, root: Path) -> dict[str, Playbook]:
    folder = root / PLAYBOOKS
    if not folder.is_dir():
        return {}
    own = load_folder(folder)
    reading.problems += [replace(one, file=f"{PLAYBOOKS}/{one.file}") for one in own.problems]
    return own.playbooks
