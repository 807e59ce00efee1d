"""All files of `rules/` together: names that stand once, and what a rule refers to is there."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from bot.config.invited import unfindable
from bot.config.rules import RulesFile
from bot.config.schedules import unknown_calendars
from bot.config.shadows import Shadows
from bot.domain.matchers import Matcher
from playbooks.problem import closest

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from bot.config.reading import Reading
    from bot.config.rules import InhibitModel, MaintenanceModel, RuleModel
    from bot.config.schedules import HoursModel
    from bot.domain.inhibition import Inhibition
    from bot.domain.quieting import Window
    from bot.domain.rules import Rule
    from bot.domain.schedule import Calendar
    from playbooks.yaml_tree import Tree, Where

_OTHER_QUOTES: Final = frozenset("'`")
_CHANNEL: Final = re.compile(r"#?[^\s#@]{1,80}")


@dataclass(frozen=True, slots=True)
class Known:
    """What rules may refer to; None where that is not known, and so not checked."""

    zone: str
    calendars: Mapping[str, Calendar] | None
    playbooks: Collection[str] | None


@dataclass(slots=True)
class Ruling:
    """What the files say."""

    rules: list[Rule] = field(default_factory=list)
    inhibitions: list[Inhibition] = field(default_factory=list)
    windows: list[Window] = field(default_factory=list)


def rulings(reading: Reading, trees: Iterable[Tree], known: Known) -> Ruling:
    """Read the documents in their order; problems and doubts are noted in the reading."""
    found = Ruling()
    shadows = Shadows()
    seen: dict[tuple[str, str], str] = {}
    calendars = known.calendars or {}
    for tree in trees:
        form = reading.form(RulesFile, tree)
        if form is None:
            continue
        check = _Check(reading, tree, known, seen)
        check.names("a rule called", "rules", form.rules)
        check.names("an inhibition called", "inhibit", form.inhibit)
        check.names("a maintenance called", "maintenance", form.maintenance)
        for position, rule in enumerate(form.rules):
            check.calendars(("rules", position, "active"), rule.active)
            check.playbooks(("rules", position, "playbooks"), rule.playbooks)
            check.quotes(("rules", position, "match"), rule.match)
            check.people(("rules", position, "invite"), rule.invite)
            check.channels(("rules", position, "announce"), rule.announce)
            read = rule.rule(known.zone, calendars)
            check.shadow(("rules", position, "name"), shadows.over(read))
            shadows.add(read)
            found.rules.append(read)
        for position, window in enumerate(form.maintenance):
            check.calendars(("maintenance", position, "active"), window.active)
            check.quotes(("maintenance", position, "match"), window.match)
            found.windows.append(window.window(known.zone, calendars))
        for position, one in enumerate(form.inhibit):
            check.quotes(("inhibit", position, "source_match"), one.source_match)
            check.quotes(("inhibit", position, "target_match"), one.target_match)
        found.inhibitions += [one.inhibition() for one in form.inhibit]
    return found


@dataclass(frozen=True, slots=True)
class _Check:
    """Notes what is wrong with one document in the light of all."""

    reading: Reading
    tree: Tree
    known: Known
    seen: dict[tuple[str, str], str]

    def names(
        self, what: str, key: str, models: Sequence[RuleModel | InhibitModel | MaintenanceModel]
    ) -> None:
        """Each name stands once among its kind, over all files."""
        for position, model in enumerate(models):
            earlier = self.seen.get((key, model.name))
            if earlier is None:
                self.seen[key, model.name] = self.tree.file
            else:
                self._note((key, position, "name"), f"{earlier} has {what} {model.name} already")

    def calendars(self, where: Where, models: Sequence[HoursModel]) -> None:
        """Calendars are in tocsin.yaml."""
        if self.known.calendars is None:
            return
        for path, name in unknown_calendars(models, self.known.calendars):
            meant = closest(name, self.known.calendars)
            self._note((*where, *path), f"there is no calendar {name} in tocsin.yaml", meant)

    def playbooks(self, where: Where, names: Sequence[str]) -> None:
        """Playbooks are shipped, or in the folder."""
        for index, name in enumerate(names if self.known.playbooks is not None else ()):
            if name not in (self.known.playbooks or ()):
                meant = closest(name, self.known.playbooks or ())
                self._note((*where, index), f"there is no playbook {name}", meant)

    def quotes(self, where: Where, matchers: Sequence[Matcher]) -> None:
        """Values stand in double quotes; others are part of the value, here as in Alertmanager."""
        for index, one in enumerate(matchers):
            if len(one.value) > 1 and one.value[0] == one.value[-1] and one.value[0] in _OTHER_QUOTES:
                meant = Matcher(one.name, one.op, one.value[1:-1])
                self._doubt((*where, index), f"the quotes {one.value[0]} are part of the value", str(meant))

    def people(self, where: Where, names: Sequence[str]) -> None:
        """Somebody can be found by each of them."""
        for index, message in unfindable(names):
            self._doubt((*where, index), message)

    def channels(self, where: Where, names: Sequence[str]) -> None:
        """Each may be a channel's name or id."""
        for index, name in enumerate(names):
            if _CHANNEL.fullmatch(name) is None:
                self._doubt((*where, index), f"{name} is neither a channel's name nor its id")

    def shadow(self, where: Where, earlier: Rule | None) -> None:
        """Alerts come to the rule."""
        if earlier is not None:
            self._doubt(where, f"no alert comes to it: {earlier.name}, before it, takes all that it matches")

    def _doubt(self, where: Where, message: str, meant: str = "") -> None:
        self.reading.doubts.append(self.tree.problem(where, message, meant))

    def _note(self, where: Where, message: str, meant: str = "") -> None:
        self.reading.problems.append(self.tree.problem(where, message, meant))
