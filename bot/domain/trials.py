"""A rule held against an alert, part by part: what an explanation shows. Nothing is counted here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.domain.conditions import ConditionError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from bot.domain.rules import Rule


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that a rule asks for: `kind` is match, active or when, `text` as it is written.

    `detail` says what was found: the label's value, the time, the error of a condition.
    """

    kind: str
    text: str
    held: bool
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Trial:
    """A rule that was tried on an alert; it matched where every part held."""

    rule: Rule
    matched: bool
    parts: tuple[Part, ...]

    @property
    def is_early(self) -> bool:
        """Whether its matchers hold, and its hours have not come."""
        early = any(part.kind == "active" and not part.held for part in self.parts)
        return early and all(part.held for part in self.parts if part.kind == "match")

    @property
    def is_unmet(self) -> bool:
        """Whether all of it holds but its condition."""
        return not self.matched and all(part.held for part in self.parts if part.kind != "when")


def trial_of(rule: Rule, labels: Mapping[str, str], variables: Mapping[str, object], at: datetime) -> Trial:
    """Try one rule on an alert with these labels and variables, received at `at` (aware)."""
    parts = tuple(_parts(rule, labels, variables, at))
    return Trial(rule, all(part.held for part in parts), parts)


def _parts(
    rule: Rule, labels: Mapping[str, str], variables: Mapping[str, object], at: datetime
) -> Iterator[Part]:
    for matcher in rule.matchers:
        value = labels.get(matcher.name)
        detail = f"{matcher.name} is not set" if value is None else f'{matcher.name} is "{value}"'
        yield Part("match", str(matcher), matcher.matches(labels), detail)
    if rule.active is not None:
        local = rule.active.local(at)
        yield Part("active", str(rule.active), rule.active.active(at), f"it is {local:%a %Y-%m-%d %H:%M %Z}")
    if rule.when is not None:
        try:
            held, detail = rule.when.holds(variables), ""
        except ConditionError as error:
            held, detail = False, error.detail
        yield Part("when", rule.when.source, held, detail)
