"""How often services are usually changed: what the changes before an incident are compared with.

A change to a service that is changed every hour says less than one to a service that is changed once a month;
and where more is changed than usual, it is likelier that a change is behind what fails.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from bot.domain.alert import UNKNOWN
from bot.domain.change import EVERYWHERE

if TYPE_CHECKING:
    from collections.abc import Mapping

LOOKED_OVER: Final = timedelta(days=7)
"""How far back changes are counted: a week has every day of the week once."""


@dataclass(frozen=True, slots=True)
class Pace:
    """The changes that were told of lately, counted by environment and service, in so many look-backs.

    `look_backs` is at least 1; it is below a week's number where the first change was told of later.
    """

    made: Mapping[str, Mapping[str, int]]
    look_backs: float

    def services(self, environment: str) -> frozenset[str]:
        """The named services that were changed in the environment, or may have been."""
        places = self.made if environment == UNKNOWN else (environment, UNKNOWN)
        found = {service for place in places for service in self.made.get(place, ())}
        return frozenset(found - {UNKNOWN} - EVERYWHERE)

    def of(self, service: str, environment: str, unnamed: float) -> float:
        """How many changes the service had in the environment.

        One of an unnamed environment counts by `unnamed`, the chance that it was made in this one; an unnamed
        one is all of them.
        """
        if environment == UNKNOWN:
            return float(sum([by_service.get(service, 0) for by_service in self.made.values()]))
        own, others = self.made.get(environment), self.made.get(UNKNOWN)
        return (own.get(service, 0) if own else 0) + unnamed * (others.get(service, 0) if others else 0)


def look_backs(counted: timedelta, look_back: float) -> float:
    """How many look-backs (seconds) the time has in which changes were counted; at least one."""
    return max(counted.total_seconds() / look_back, 1.0)
