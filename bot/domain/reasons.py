"""The reasons of a ranking in plain English, for somebody who reads them at three in the morning."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.domain.alert import UNKNOWN
from bot.domain.change import ChangeKind
from bot.domain.spans import span
from bot.domain.wording import few, percent

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from bot.domain.catalog import Catalog
    from bot.domain.change import Change

NOT_KNOWN: Final = "nothing is known to have changed on these services"
_DONE: Final[Mapping[ChangeKind, str]] = {
    ChangeKind.DEPLOY: "deployed",
    ChangeKind.CONFIG: "configuration changed",
    ChangeKind.FEATURE_FLAG: "feature flag changed",
    ChangeKind.INFRA: "infrastructure changed",
    ChangeKind.DATABASE: "database changed",
    ChangeKind.ROLLBACK: "rolled back",
}
_MANY: Final[Mapping[ChangeKind, str]] = {
    ChangeKind.DEPLOY: "deploys",
    ChangeKind.CONFIG: "configuration changes",
    ChangeKind.FEATURE_FLAG: "feature flags",
    ChangeKind.INFRA: "infrastructure changes",
    ChangeKind.DATABASE: "database changes",
    ChangeKind.ROLLBACK: "rollbacks",
}
_NAMED: Final = 3
_SELDOM: Final = 0.1
_ABOUT_ONE: Final = 0.9
_HOUR: Final = 3_600
_DAY: Final = 24 * _HOUR
_FEW: Final = 10


def prior_text(candidates: int, look_back: float, usual: float | None = None) -> str:
    """Why one among so many starts low, and how many of them there usually are, where that is known."""
    hours = span(look_back)
    known = "" if usual is None else f" ({_usual(usual, look_back)})"
    if candidates == 1:
        return f"the only change to these services in the {hours} before{known}"
    return f"one of {candidates} changes to these services in the {hours} before{known}"


def _usual(changes: float, look_back: float) -> str:
    if changes < _SELDOM:
        return "there is hardly ever one"
    if changes < _ABOUT_ONE:
        between = look_back / changes
        unit = _DAY if between >= 2 * _DAY else _HOUR
        return f"one in {span(unit * round(between / unit))} is usual"
    about = f"{changes:.1f}".removesuffix(".0") if changes < _FEW else f"{changes:.0f}"
    return f"{about} {'is' if about == '1' else 'are'} usual"


def no_change_text(share: float, candidates: int) -> str:
    """Why "no change" is a hypothesis."""
    if not candidates:
        return NOT_KNOWN
    return f"{percent(share)} of incidents have no change behind them"


def later_text(services: Collection[str], seconds: float) -> str:
    """That alerts which came so long after the first are taken for trouble of their own."""
    named = few(sorted(services))
    return f"the alerts of {named}, {span(seconds)} after the first, as trouble of their own"


def delay_text(change: Change, onset: datetime, first: str) -> str:
    """When it was made, seen from the `first` alert; of a rollout also its latest step before that."""
    seconds = (onset - change.time).total_seconds()
    if seconds < 0:
        return f"{_DONE[change.kind]} {span(-seconds)} after {first}, if the clocks agree"
    says = f"{_DONE[change.kind]} {span(seconds)} before {first}"
    waves = [wave for wave in change.waves if change.time < wave.time <= onset]
    if waves:
        latest = max(waves, key=lambda wave: wave.time)
        reached = "" if latest.share is None else f", which reached {100 * latest.share:.0f} %,"
        says += f"; its latest wave{reached} was {span((onset - latest.time).total_seconds())} before it"
    return says


def history_text(service: str, ratio: float) -> str:
    """How often responders have found changes of this service guilty."""
    if ratio > 1:
        return f"changes to {service} have caused {ratio:.1f} times as many incidents as others"
    return f"changes to {service} have caused fewer incidents than others ({ratio:.1f} times as many)"


def kind_text(kind: ChangeKind, ratios: Mapping[ChangeKind, float]) -> str:
    """How this kind compares with the others."""
    ratio = ratios.get(kind, 1.0)
    if ratio > 1:
        return f"{_MANY[kind]} cause more incidents than other changes"
    if ratio == 1:
        return f"{_MANY[kind]} cause as many incidents as other changes"
    much = "far fewer" if ratio < 0.5 else "somewhat fewer"  # noqa: PLR2004 - half as many is "far fewer"
    return f"{_MANY[kind]} cause {much} incidents than other changes"


def environment_text(environment: str) -> str:
    """That a change does not say where it was made."""
    return f"the change does not say whether it was made in {environment}"


def services_text(change: Change, alerting: Collection[str], catalog: Catalog, *, everywhere: bool) -> str:
    """How what alerts fits a fault in the changed service."""
    root = change.service
    if everywhere:
        return "concerns every service"
    if root == UNKNOWN:
        return "the change names no service"
    if not alerting:
        return "no alert names a service"
    callers = catalog.callers(root)
    calling = sorted(name for name in alerting if callers.get(name))
    others = sorted(name for name in alerting if name not in callers)
    says = f"{root} itself alerts" if root in alerting else f"{root} itself is quiet"
    if calling:
        joint = "and" if root in alerting else "but"
        says += f", {joint} {_names(calling)} {_verb(calling, 'alerts', 'alert')}"
        says += f" and {_verb(calling, 'depends', 'depend')} on it"
    quiet = len(callers) - 1 - len(calling)
    if quiet:
        says += f"; {quiet} other {'service' if quiet == 1 else 'services'} depending on it "
        says += "is quiet" if quiet == 1 else "are quiet"
    if others:
        says += f"; {_names(others)} {_verb(others, 'alerts', 'alert')} without depending on it"
    return says


def _names(names: Sequence[str]) -> str:
    shown = list(names[:_NAMED])
    if len(names) > _NAMED:
        shown.append(f"{len(names) - _NAMED} more")
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


def _verb(names: Sequence[str], one: str, many: str) -> str:
    return one if len(names) == 1 else many
