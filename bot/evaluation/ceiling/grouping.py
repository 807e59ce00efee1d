"""The ceiling of grouping: each alert, in order of arrival, put where it most likely belongs.

Whoever knows the simulator's own numbers weighs each incident so far against a new fault, and decides at
once, as the product must: what comes later changes nothing. Where noise goes is not counted, so an alert is
left alone only where it more likely begins a fault.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from bot.domain.alert import UNKNOWN
from bot.evaluation.ceiling.unfolding import Faults
from bot.evaluation.simulator.alerts import SMALL_APPLICATION
from bot.evaluation.simulator.changes import GLOBAL
from bot.evaluation.simulator.faults import root_chances
from bot.evaluation.simulator.graph import Graph
from bot.evaluation.simulator.settings import HOUR, Settings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.domain.alert import AlertEvent
    from bot.evaluation.cases import CaseAlert
    from bot.evaluation.ceiling.unfolding import Unfolding

_SPREADS_FOR: Final = 2_400.0
"""Later than so many seconds after the first alert no further service is hit."""
_GONE_AFTER: Final = 3 * HOUR
"""An incident that nothing was heard of for so long is over."""
_MORE_NAMES: Final = (0.8, 0.5)
"""The chance that a service which alerts under one name, or two, does so under another one."""
_NAME_LAG: Final = 90.0
_FLAPS: Final = 0.5
_BACK_AFTER: Final = (60.0, 180.0)
"""An alert that flaps fires again so many seconds after it ended at least, and as many later on average."""
_BACK_UNSEEN: Final = (0.01, 1_500.0)
"""One of its firings may have had no name: the chance, and how long its end then lies back on average."""
_REFIRES: Final = 2e-4
"""Firings a second of an incident's alerts that flap, while it is young; the rough one of these numbers."""


@dataclass(slots=True)
class _Incident:
    """`named`: by service, when it alerted under each name. `lone`: the rate of noise, if it may be that."""

    name: str
    opened: float
    last: float
    lone: float
    unfolding: Unfolding | None = None
    named: dict[str, list[float]] = field(default_factory=dict)


class Grouping:
    """Groups the alerts of one simulated case as well as can be, one after another."""

    def __init__(self, simulation: Mapping[str, Any]) -> None:
        settings = Settings.from_json(simulation["settings"])
        graph = Graph.from_json(simulation["graph"])
        self._rate = 1.0 / (settings.gap * HOUR)
        self._noise = settings.noise / (SMALL_APPLICATION * HOUR)
        self._faults = Faults(graph, settings, _rates(settings, graph, simulation["change_share"]))
        self._clocks: Mapping[str, float] = simulation["alert_clocks"]
        self._incidents: list[_Incident] = []
        self._homes: dict[str, tuple[_Incident, float]] = {}
        self._opened = 0

    def group(self, alerts: Sequence[CaseAlert]) -> dict[str, str]:
        """The incident of each alert id; the alerts are in order of receipt."""
        found: dict[str, str] = {}
        for one in alerts:
            if one.alert_id not in found:
                event = one.fired
                time = event.starts_at.timestamp() - self._clocks.get(event.service, 0.0)
                incident = self._place(event, time)
                ends = one.ended.ends_at if one.ended is not None else None
                self._homes[event.fingerprint] = (incident, time if ends is None else ends.timestamp())
                found[one.alert_id] = incident.name
        return found

    def _place(self, event: AlertEvent, time: float) -> _Incident:
        self._incidents = [one for one in self._incidents if time - one.last < _GONE_AFTER]
        home = self._homes.get(event.fingerprint)
        known = event.service != UNKNOWN
        best, chosen = self._faults.begins(event.service) if known else self._rate, None
        for one in self._incidents:
            density = self._density(one, event.service, time)
            if home is not None and home[0] is one:
                density += _back(time - home[1])
            if density > best:
                best, chosen = density, one
        incident = chosen or self._open(time)
        if home is None or home[0] is not incident:
            self._grow(incident, event.service, time)
        incident.last = max(incident.last, time)
        return incident

    def _open(self, time: float) -> _Incident:
        self._opened += 1
        incident = _Incident(f"ceiling-{self._opened}", time, time, self._noise)
        self._incidents.append(incident)
        return incident

    def _grow(self, incident: _Incident, service: str, time: float) -> None:
        """An alert of another name comes to the incident: if not the first, it is surely a fault."""
        if incident.named:
            incident.lone = 0.0
        if service != UNKNOWN and service not in incident.named:
            if incident.unfolding is None:
                incident.unfolding = self._faults.begin(service, time)
            else:
                self._faults.add(incident.unfolding, service, time)
        incident.named.setdefault(service, []).append(time)

    def _density(self, incident: _Incident, service: str, time: float) -> float:
        """Alerts of the service a second, as this incident has gone so far."""
        age = time - incident.opened
        if age > HOUR:
            return 0.0
        if incident.unfolding is None:
            # It began without a name: that it is a fault, and of this service, is a guess.
            return self._rate if age < _SPREADS_FOR / 4 else 0.0
        if service == UNKNOWN:
            again = math.fsum(_again(times, time) for times in incident.named.values())
            spreading = math.exp(-max(age, 0.0) / _NAME_LAG) / _NAME_LAG
            return self._sure(incident, incident.unfolding, time) * (again + spreading + _REFIRES)
        if service in incident.named:
            return self._sure(incident, incident.unfolding, time) * _again(incident.named[service], time)
        if age > _SPREADS_FOR:
            return 0.0
        weight, density = self._faults.next_alert(incident.unfolding, service, time)
        return density / (weight + incident.lone) if density else 0.0

    def _sure(self, incident: _Incident, unfolding: Unfolding, time: float) -> float:
        """The chance that the incident is a fault, and no noise."""
        if not incident.lone:
            return 1.0
        weight = self._faults.weight(unfolding, time)
        return weight / (weight + incident.lone)


def _again(times: Sequence[float], time: float) -> float:
    """The density of an alert of a service under one name more than it has."""
    if len(times) > len(_MORE_NAMES):
        return 0.0
    chance = _MORE_NAMES[len(times) - 1]
    left = chance * math.exp(-max(time - times[-1], 0.0) / _NAME_LAG)
    return left / _NAME_LAG / (1.0 - chance + left)


def _back(pause: float) -> float:
    """The density of an alert firing again so long after it ended."""
    shortest, mean = _BACK_AFTER
    unseen, longer = _BACK_UNSEEN
    late = max(pause - shortest, 0.0)
    return _FLAPS * (math.exp(-late / mean) / mean + unseen * math.exp(-late / longer) / longer)


def _rates(settings: Settings, graph: Graph, share: float) -> dict[str, float]:
    """Faults a second by root: those of changes where they are made, the rest where their reason has it."""
    rate = 1.0 / (settings.gap * HOUR)
    chances = root_chances(graph, settings)
    paces = math.fsum(graph.pace.values())
    everywhere = settings.kinds["config"].share * settings.global_share
    rates = {
        name: rate
        * (
            (1.0 - share) * math.fsum(of.get(name, 0.0) for of in chances.values())
            + share * (1.0 - everywhere) * pace / paces
        )
        for name, pace in graph.pace.items()
    }
    return {**rates, GLOBAL: rate * share * everywhere}
