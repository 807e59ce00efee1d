"""The configuration folder as a whole: `tocsin.yaml`, `rules/`, `services/` and `playbooks/`.

All problems of all files are found in one go, each with its place; a folder with a problem gives nothing
else.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from bot.config.cataloguing import catalogue
from bot.config.installation import Installation
from bot.config.reading import Reading
from bot.config.ruling import Known, rulings
from bot.domain.catalog import Catalog
from bot.domain.errors import ConfigurationError
from bot.domain.rules import DEFAULT_RULE, RuleSet
from bot.ingest.labels import USUAL, LabelPolicy
from playbooks.loader import library, load_folder
from playbooks.problem import Problem, in_order
from playbooks.yaml_files import SUFFIXES, leads_nowhere, misspelt_files, yaml_files

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playbooks.model import Playbook

MAIN_FILE: Final = "tocsin.yaml"
MISNAMED: Final = ("tocsin.yml",)
RULES: Final = "rules"
SERVICES: Final = "services"
PLAYBOOKS: Final = "playbooks"
FOLDERS: Final = (RULES, SERVICES, PLAYBOOKS)


@dataclass(frozen=True, slots=True)
class Configuration:
    """What the folder says, ready for use; `doubts` are what is not wrong, and yet probably not meant."""

    installation: Installation
    rules: RuleSet
    catalog: Catalog
    playbooks: dict[str, Playbook]
    labels: LabelPolicy
    doubts: tuple[Problem, ...] = ()

    @property
    def ruleless(self) -> bool:
        """Whether it has no rule of its own, so that the built-in one takes every alert."""
        return all(rule is DEFAULT_RULE for rule in self.rules.rules)


def nothing_in(root: Path) -> Problem | None:
    """What is wrong with a folder that has nothing of a configuration: a folder of rules alone, say."""
    if _has_any(root):
        return None
    above = root.resolve().parent
    named = ", ".join((MAIN_FILE, *(f"{one}/" for one in FOLDERS)))
    return Problem(str(root), 1, 1, "", f"has none of {named}", str(above) if _has_any(above) else "")


def _has_any(root: Path) -> bool:
    return any(is_there(root / name) for name in (MAIN_FILE, *FOLDERS))


def default_configuration(meter: Callable[[], float] = float) -> Configuration:
    """What holds where no folder is given: one rule for every alert, and the shipped playbooks."""
    rules = RuleSet([DEFAULT_RULE], meter=meter)
    return Configuration(Installation(), rules, Catalog(), library(), USUAL)


def load_configuration(
    root: Path, meter: Callable[[], float] = float, *, rules_from: Path | None = None
) -> Configuration | list[Problem]:
    """Read the folder, or say everything that is wrong with it.

    `meter` gives the seconds by which the rules' conditions are timed; without one they cost nothing.
    `rules_from` is a folder of rules that stands for the one in `root`.

    Raises:
        ConfigurationError: there is no such folder, or it may not be looked into.
    """
    try:
        if not root.is_dir():
            raise ConfigurationError(f"TOCSIN_CONFIG: {root} is not a folder")
        return _loaded(root, meter, rules_from)
    except OSError as error:
        raise ConfigurationError(
            f"TOCSIN_CONFIG: {error.filename} cannot be read: {error.strerror}; "
            "let this process's user look there"
        ) from error


def _loaded(root: Path, meter: Callable[[], float], rules_from: Path | None) -> Configuration | list[Problem]:
    list(root.iterdir())  # what may not be listed is not searched, either, and would seem to be empty
    reading = Reading()
    installation = _installation(reading, root)
    # What a file says that cannot be read is not known, and so nothing that refers to it is wrong.
    calendars = None if reading.problems else installation.calendar()
    playbooks = {**library(), **_playbooks(reading, root)}
    known = Known(installation.zone, calendars, playbooks)
    if rules_from is None:
        trees = reading.files(root, _files(reading, root, RULES))
    else:
        trees = reading.files(rules_from, yaml_files(rules_from))
    found = rulings(reading, trees, known)
    catalog = catalogue(reading, reading.files(root, _files(reading, root, SERVICES)))
    if reading.problems:
        return in_order(reading.problems)
    rules = RuleSet(
        found.rules or [DEFAULT_RULE],
        installation.storm.policy(),
        catalog=catalog,
        meter=meter,
        inhibitions=found.inhibitions,
        windows=found.windows,
    )
    labels = installation.label_policy()
    doubts = in_order([*_unread(root), *reading.doubts])
    return Configuration(installation, rules, catalog, playbooks, labels, tuple(doubts))


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


def configuration_with(rules: Path | None, root: Path | None) -> Configuration:
    """The configuration in `root`, with other rules: a folder of rules, or a whole configuration.

    Raises:
        ConfigurationError: a file is wrong, or the folder of rules holds none.
    """
    if rules is None:
        return require_configuration(root)
    if is_there(rules / RULES) or is_there(rules / MAIN_FILE):
        return require_configuration(rules)
    loaded = load_configuration(root or rules, rules_from=rules)
    if isinstance(loaded, list):
        raise ConfigurationError("\n".join([f"{rules}, read as rules, is not usable", *map(str, loaded)]))
    if not yaml_files(rules):
        raise ConfigurationError(
            f"{rules} holds no rules; name a folder of rules, or one with {RULES}/ or {MAIN_FILE}"
        )
    return loaded


def _installation(reading: Reading, root: Path) -> Installation:
    for name in MISNAMED:
        if (root / name).exists():
            reading.problems.append(Problem(name, 1, 1, "", f"is not read; call it {MAIN_FILE}"))
    path = root / MAIN_FILE
    trees = list(reading.files(root, [path] if is_there(path) else []))
    for further in trees[1:]:
        reading.problems.append(further.problem((), f"a second document; {MAIN_FILE} holds one"))
    return (reading.form(Installation, trees[0]) if trees else None) or Installation()


def _playbooks(reading: Reading, root: Path) -> dict[str, Playbook]:
    if not _is_folder(reading, root, PLAYBOOKS):
        return {}
    own = load_folder(root / PLAYBOOKS)
    reading.problems += [
        replace(one, file=PurePosixPath(PLAYBOOKS, one.file).as_posix()) for one in own.problems
    ]
    return own.playbooks


def _files(reading: Reading, root: Path, name: str) -> list[Path]:
    return yaml_files(root / name) if _is_folder(reading, root, name) else []


def _is_folder(reading: Reading, root: Path, name: str) -> bool:
    """Whether there is such a folder; what stands in its place is a problem."""
    path = root / name
    if path.is_dir():
        return True
    if is_there(path):
        what = f"a file; make it a folder, and put the file into {name}/"
        if leads_nowhere(path):
            what = f"a link to nothing ({path.readlink()}); mend it, or remove it"
        reading.problems.append(Problem(name, 1, 1, "", f"is {what}"))
    return False


def is_there(path: Path) -> bool:
    """Whether something stands there, be it a link to nothing."""
    return path.is_symlink() or path.exists()


def _unread(root: Path) -> Iterator[Problem]:
    for folder in FOLDERS:
        for name in (*(f"{folder}{suffix}" for suffix in SUFFIXES), folder.removesuffix("s")):
            if is_there(root / name):
                yield Problem(name, 1, 1, "", f"is not read; what is in {folder}/ is")
        for path in misspelt_files(root / folder):
            file = path.relative_to(root).as_posix()
            yield Problem(file, 1, 1, "", f"is not read; call it {path.stem}{path.suffix.lower()}")
