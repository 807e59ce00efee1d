"""Plays a test through the production's decisions and says where it was not as expected."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.config.rule_tests.comparing import Found, Judged, compare_decision, compare_incidents
from bot.config.rule_tests.script import SOMEBODY, Resolve, Script
from bot.domain.quieting import Quiet
from bot.replay.engine import Engine
from bot.replay.happenings import Decided

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime, timedelta

    from bot.config.folder import Configuration
    from bot.config.rule_tests.comparing import Difference
    from bot.config.rule_tests.form import MomentForm
    from bot.config.rule_tests.reading import Case
    from bot.domain.alert import AlertEvent, AlertKey, Occurrence
    from bot.domain.change import Change
    from bot.replay.happenings import Happened


@dataclass(frozen=True, slots=True)
class Failure:
    """One expectation that was not met: where it is written, at which moment of the test, and what was so."""

    file: str
    line: int
    at: timedelta
    about: str
    expected: str
    got: str


def play(case: Case, configuration: Configuration) -> list[Failure]:
    """Run one test against the rules and services of a configuration."""
    return list(_Play(case, configuration).failures())


class _Play:
    def __init__(self, case: Case, configuration: Configuration) -> None:
        installation = configuration.installation
        self._case = case
        self._rules = configuration.rules
        self._engine = Engine(
            self._rules,
            configuration.catalog,
            installation.suspects.parameters(installation.look_back),
            maintenance=installation.maintenance_changes.policy(),
        )
        self._script = Script(case, configuration.labels)
        self._judged: dict[AlertKey, Judged] = {}

    def failures(self) -> Iterator[Failure]:
        facts = list(self._script.facts())
        for index in self._script.unfired:
            yield self._idle(index, "ended", "an alert with these labels that fires")
        place = 0
        moments = sorted(enumerate(self._case.form.expect), key=lambda one: one[1].at)
        for index, moment in moments:
            until = self._case.start + moment.at
            while place < len(facts) and _when(facts[place]) <= until:
                yield from self._happen(facts[place])
                place += 1
            self._note(self._engine.advance(until))
            for path, about, expected, got in self._differences(moment):
                file, line = self._case.place("expect", index, *path)
                yield Failure(file, line, moment.at, about, expected, got)

    def _idle(self, event: int, about: str, expected: str) -> Failure:
        """An event that does nothing is hardly what was meant."""
        file, line = self._case.place("events", event)
        return Failure(file, line, self._case.form.events[event].at, about, expected, "none")

    def _happen(self, fact: AlertEvent | Change | Resolve | Quiet) -> Iterator[Failure]:
        if not isinstance(fact, Resolve | Quiet):
            self._note(self._engine.feed(fact))
            return
        self._note(self._engine.advance(_when(fact)))
        if isinstance(fact, Quiet):
            self._engine.world.keep_quiet(fact)
            return
        meant = [one for one in self._engine.world.open_ones() if fact.service in {"all", *one.services}]
        for incident in meant:
            self._engine.world.resolve(incident, fact.received_at, SOMEBODY)
        if not meant:
            yield self._idle(fact.event, "resolve", f"an open incident of {fact.service}")

    def _note(self, happened: Iterable[Happened]) -> None:
        for one in happened:
            if isinstance(one, Decided):
                rule = self._rules.route(one.event).rule
                self._judged[one.event.key] = Judged(one.event, one.decision, rule.name if rule else "")

    def _differences(self, moment: MomentForm) -> Iterator[Difference]:
        if moment.incidents is not None:
            yield from compare_incidents(moment.incidents, self._found())
        for index, form in enumerate(moment.decisions):
            for one in compare_decision(form, self._judged.values()):
                yield one._replace(path=("decisions", index, *one.path))

    def _found(self) -> list[Found]:
        world = self._engine.world
        found: list[Found] = []
        for incident in world.open_ones():
            latest: dict[AlertKey, Occurrence] = {}
            for one in world.members.get(incident.id, {}).values():
                known = latest.get(one.key)
                if known is None or known.starts_at < one.starts_at:
                    latest[one.key] = one
            found.append(Found(incident, tuple(latest.values()), world.rankings.get(incident.id)))
        return found


def _when(fact: AlertEvent | Change | Resolve | Quiet) -> datetime:
    return fact.starts_at if isinstance(fact, Quiet) else fact.received_at
