"""A test's events as the system would hear them: alerts with an identity and a start, changes with a time."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Final

from bot.domain.alert import AlertStatus, first_label
from bot.domain.change import Change, Wave
from bot.domain.quieting import Quiet, QuietKind
from bot.ingest.alerts import alert_event

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from bot.config.rule_tests.form import ChangeForm, EventForm
    from bot.config.rule_tests.reading import Case
    from bot.domain.alert import AlertEvent
    from bot.ingest.labels import LabelPolicy

SOURCE: Final = "alertmanager"
SOMEBODY: Final = "@somebody"
"""Who resolves incidents and silences alerts in a test."""
_COUNT: Final = "{n}"


@dataclass(frozen=True, slots=True)
class Resolve:
    """A person resolves the open incidents of a service; `all`: every one."""

    received_at: datetime
    service: str
    event: int


@dataclass(frozen=True, slots=True)
class _Planned:
    """One thing to happen; what ends at a moment ends before the next thing begins."""

    at: timedelta
    order: tuple[int, int]
    form: EventForm
    number: int
    ends: bool = False


@dataclass(slots=True)
class Script:
    """The facts of one test in order. Alerts that fire keep their start until they end.

    `unfired`: the events, by their place, that end an alert which does not fire.
    """

    case: Case
    policy: LabelPolicy
    unfired: list[int] = field(default_factory=list)
    _firing: dict[tuple[tuple[str, str], ...], datetime] = field(default_factory=dict)

    def facts(self) -> Iterator[AlertEvent | Change | Resolve | Quiet]:
        """Everything that happens, by the time at which it is heard, then as it is written."""
        planned = [one for index, event in enumerate(self.case.form.events) for one in _plan(event, index)]
        for one in sorted(planned, key=lambda one: (one.at, one.order)):
            heard = self.case.start + one.at
            if one.form.change is not None:
                yield self._change(one.form.change, one, heard)
            elif one.form.resolve is not None:
                yield Resolve(heard, one.form.resolve, one.order[1])
            elif one.form.silence is not None:
                yield self._silence(one, heard)
            else:
                yield self._alert(one, heard)

    def _alert(self, one: _Planned, heard: datetime) -> AlertEvent:
        said = one.form.firing if one.form.firing is not None else one.form.ended or {}
        labels = {**self.case.labels, **_numbered(said, one.number)}
        key = tuple(sorted(labels.items()))
        ended = one.ends or one.form.firing is None
        began = heard - (one.form.lag or timedelta())
        if ended and not one.ends and key not in self._firing:
            self.unfired.append(one.order[1])
        starts_at = self._firing.pop(key, began) if ended else self._firing.setdefault(key, began)
        return alert_event(
            source=SOURCE,
            fingerprint="",
            status=AlertStatus.RESOLVED if ended else AlertStatus.FIRING,
            labels=labels,
            annotations=_numbered(one.form.annotations, one.number),
            starts_at=starts_at,
            ends_at=max(began, starts_at) if ended else None,
            generator_url="",
            received_at=heard,
            policy=self.policy,
        )

    def _silence(self, one: _Planned, heard: datetime) -> Quiet:
        return Quiet(
            id=f"silence-{one.order[1] + 1}-{one.number}",
            kind=QuietKind.SILENCE,
            matchers=tuple(one.form.silence or ()),
            starts_at=heard,
            ends_at=heard + (one.form.for_ or timedelta()),
            by=SOMEBODY,
        )

    def _environment(self, form: ChangeForm) -> str:
        """What it says itself, else where all alerts of the file are."""
        stated = self.policy.environment_of_change(form.environment)
        return stated or first_label(self.case.labels, self.policy.environment)

    def _change(self, form: ChangeForm, one: _Planned, heard: datetime) -> Change:
        began = heard - (one.form.lag or timedelta())
        text = partial(_counted, number=one.number)
        return Change(
            change_id=text(form.id),
            source=form.source,
            kind=form.type,
            service=text(form.service),
            environment=self._environment(form),
            time=began,
            received_at=heard,
            summary=text(form.summary),
            version=text(form.version),
            previous_version=text(form.previous_version),
            author=form.author,
            url=form.url,
            scope=_numbered(form.scope, one.number),
            ended_at=began + form.took if form.took is not None else None,
            waves=tuple(
                Wave(began + wave.after, wave.share, tuple(wave.targets))
                for wave in sorted(form.waves, key=lambda wave: wave.after)
            ),
            rolls_back=text(form.rolls_back),
            maintenance=form.maintenance,
        )


def _plan(event: EventForm, index: int) -> Iterator[_Planned]:
    distance, times = event.repeat or (timedelta(), 1)
    for number in range(times):
        at = event.at + number * distance
        yield _Planned(at, (1, index), event, number + 1)
        if event.for_ is not None and event.firing is not None:
            yield _Planned(at + event.for_, (0, index), event, number + 1, ends=True)


def _counted(text: str, number: int) -> str:
    return text.replace(_COUNT, str(number))


def _numbered(texts: Mapping[str, str], number: int) -> dict[str, str]:
    return {name: _counted(text, number) for name, text in texts.items()}
