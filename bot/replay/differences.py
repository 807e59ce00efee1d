"""How the incidents of two replays differ: new, gone, merged, split, regrouped, changed; each with why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from bot.domain.spans import span

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bot.replay.rows import Heard


class Said(NamedTuple):
    """A decision, with the rule that led to it and its reason."""

    kind: str
    rule: str
    reason: str
    text: str


@dataclass(slots=True)
class Alike:
    """An incident as far as it can be compared; `at` and `last` in seconds since 1970.

    `severity` is that with which it opened, empty where it was not replayed: then `pages` say nothing either.

    `at_opening` is what the other replay said of the alert that opened it, `instead` what it said of the
    first alert of it that came to no incident there.
    """

    number: int
    at: float
    rule: str
    title: str
    environment: str
    text: str
    severity: str = ""
    pages: int = 0
    alerts: int = 0
    last: float = 0.0
    at_opening: Said | None = None
    instead: Said | None = None

    @property
    def opened(self) -> datetime:
        """When it opened."""
        return datetime.fromtimestamp(self.at, UTC)

    def is_like(self, other: Alike) -> bool:
        """Whether nobody could tell the two apart, given that their alerts are the same."""
        same = (self.at, self.rule, self.title, self.environment, self.alerts) == (
            *(other.at, other.rule, other.title, other.environment),
            other.alerts,
        )
        return same and (not self.both_replayed(other) or self._wakes() == other._wakes())

    def both_replayed(self, other: Alike) -> bool:
        """Whether severity and pages of both are known."""
        return bool(self.severity and other.severity)

    def _wakes(self) -> tuple[str, int]:
        return self.severity, self.pages


class How(StrEnum):
    """How incidents differ."""

    NEW = "newly open"
    GONE = "vanish"
    MERGED = "merge"
    SPLIT = "split"
    REGROUPED = "regroup"
    CHANGED = "change"


@dataclass(frozen=True, slots=True)
class IncidentDifference:
    """Incidents of the one replay and what they are in the other, with the reason in words."""

    how: How
    before: tuple[Alike, ...]
    after: tuple[Alike, ...]
    why: str


@dataclass(slots=True)
class DecisionDifference:
    """Events that were decided one way and are decided another way; `first` is the first of them."""

    before: Said
    after: Said
    first: Heard
    count: int = 1


def differences(
    before: Mapping[int, Alike], after: Mapping[int, Alike], links: Mapping[int, Mapping[int, int]]
) -> tuple[list[IncidentDifference], int]:
    """What differs, by kind and then by time, and how many incidents are alike."""
    found: list[IncidentDifference] = []
    same = 0
    for olds, news in _families(before, after, links):
        if len(olds) == len(news) == 1 and olds[0].is_like(news[0]):
            same += 1
        else:
            found.append(_difference(olds, news))
    order = list(How)
    found.sort(key=lambda one: (order.index(one.how), (*one.before, *one.after)[0].at))
    return found, same


def _families(
    before: Mapping[int, Alike], after: Mapping[int, Alike], links: Mapping[int, Mapping[int, int]]
) -> Iterator[tuple[tuple[Alike, ...], tuple[Alike, ...]]]:
    """The incidents that hang together by their alerts, each family once."""
    back: dict[int, list[int]] = {}
    for old, row in links.items():
        for new in row:
            back.setdefault(new, []).append(old)
    seen: set[int] = set()
    for start in before:
        if start in seen:
            continue
        olds, news, frontier = {start}, set[int](), [start]
        while frontier:
            for new in links.get(frontier.pop(), ()):
                if new not in news:
                    news.add(new)
                    frontier += [old for old in back[new] if old not in olds]
                    olds.update(back[new])
        seen |= olds
        yield _sorted(before, olds), _sorted(after, news)
    for new in after:
        if new not in back:
            yield (), (after[new],)


def _sorted(incidents: Mapping[int, Alike], numbers: set[int]) -> tuple[Alike, ...]:
    return tuple(sorted((incidents[one] for one in numbers), key=lambda one: (one.at, one.number)))


def _difference(olds: tuple[Alike, ...], news: tuple[Alike, ...]) -> IncidentDifference:
    if not news:
        return IncidentDifference(
            How.GONE, olds, news, _text(olds[0].instead, "its alerts come to no incident")
        )
    if not olds:
        before = _text(news[0].instead, "")
        why = f"{news[0].text} Before: {before}" if before else news[0].text
        return IncidentDifference(How.NEW, olds, news, why)
    if len(olds) > 1 and len(news) == 1:
        joined = [one for one in olds if one.at_opening is not None and one.at_opening.kind != "open"]
        return IncidentDifference(
            How.MERGED, olds, news, _text(joined[0].at_opening if joined else None, news[0].text)
        )
    if len(olds) == 1 and len(news) > 1:
        return IncidentDifference(How.SPLIT, olds, news, news[1].text)
    if len(olds) > 1:
        return IncidentDifference(How.REGROUPED, olds, news, news[0].text)
    return IncidentDifference(How.CHANGED, olds, news, "; ".join(_changes(olds[0], news[0])))


def _changes(old: Alike, new: Alike) -> Iterator[str]:
    if old.rule != new.rule:
        yield f"rule {new.rule} instead of {old.rule}"
    if old.at != new.at:
        yield f"opens {span(abs(new.at - old.at))} {'later' if new.at > old.at else 'earlier'}"
    if old.alerts != new.alerts:
        said = old.instead if new.alerts < old.alerts else new.instead
        because = f" ({'now' if new.alerts < old.alerts else 'before'}: {said.text})" if said else ""
        yield f"{new.alerts} alerts instead of {old.alerts}{because}"
    if old.title != new.title:
        yield f"titled {new.title!r} instead of {old.title!r}"
    if old.environment != new.environment:
        yield f"in {new.environment} instead of {old.environment}"
    if old.both_replayed(new):
        if old.severity != new.severity:
            yield f"{new.severity} instead of {old.severity}"
        if old.pages != new.pages:
            yield f"pages: {new.pages} instead of {old.pages}"


def _text(said: Said | None, otherwise: str) -> str:
    return said.text if said is not None else otherwise
