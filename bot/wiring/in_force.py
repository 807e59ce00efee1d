"""The configuration that is in force, and everything that is built over it, swapped as one.

A configuration is never changed: a new one gives a new set of use cases. Whatever has begun ends with the
set that it began with, whatever begins next takes the newest.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from types import MethodType
from typing import TYPE_CHECKING, Any, TypeVar, cast

from bot.app.explaining import Explainer
from bot.app.incidents import IncidentDesk
from bot.app.ingest_alerts import AlertIntake
from bot.app.ingest_changes import ChangeIntake
from bot.app.paces import Paces
from bot.app.ports import IncidentPolicy
from bot.app.ranking import Ranker
from bot.app.runs import RunDesk
from bot.app.verdicts import VerdictDesk
from bot.wiring.identity import new_id, now

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.app.ports import Store
    from bot.config.folder import Configuration
    from bot.settings import Settings

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Desks:
    """The use cases over one configuration."""

    configuration: Configuration
    policy: IncidentPolicy
    alert_intake: AlertIntake
    change_intake: ChangeIntake
    incidents: IncidentDesk
    runs: RunDesk
    verdicts: VerdictDesk
    explainer: Explainer


class InForce:
    """Holds the newest desks. Rules that a new configuration leaves as they were keep their records.

    `paces`: how often services are changed, as all of its desks know it.
    """

    def __init__(self, desks: Desks, build: Callable[[Configuration], Desks], paces: Paces) -> None:
        self.desks = desks
        self.paces = paces
        self._build = build

    def put(self, configuration: Configuration) -> None:
        """From now on this configuration counts."""
        desks = self._build(configuration)
        configuration.rules.keep_records(self.desks.configuration.rules)
        self.desks = desks

    def newest(self, pick: Callable[[Desks], T]) -> T:
        """Stands in for a part of the desks: what is asked of it is asked of the newest."""
        return cast("T", _StandIn(lambda: pick(self.desks)))


class _StandIn:
    """Looks attributes up in what `get` gives then; a method that was taken earlier is the newest's, too."""

    __slots__ = ("_get",)

    def __init__(self, get: Callable[[], object]) -> None:
        self._get = get

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._get(), name)
        return partial(self._call, name) if isinstance(found, MethodType) else found

    def _call(self, name: str, /, *args: Any, **kwargs: Any) -> Any:
        return getattr(self._get(), name)(*args, **kwargs)


def in_force(
    settings: Settings, configuration: Configuration, store: Store, alerts: Store | None = None
) -> InForce:
    """The desks over the first configuration, ready for others; alerts are taken into `alerts`, if given."""
    paces = Paces()

    def build(configuration: Configuration) -> Desks:
        return _desks(settings, configuration, store, alerts or store, paces)

    return InForce(build(configuration), build, paces)


def policy_of(settings: Settings, configuration: Configuration) -> IncidentPolicy:
    """What the installation decides about its incidents."""
    installation = configuration.installation
    return IncidentPolicy(
        channel_template=installation.channel,
        look_back_seconds=installation.look_back.total_seconds(),
        page_when_slack_fails_seconds=installation.page_when_slack_fails.total_seconds(),
        console_url=settings.public_url.rstrip("/"),
        variables=installation.variables,
    )


def _desks(
    settings: Settings, configuration: Configuration, store: Store, alerts: Store, paces: Paces
) -> Desks:
    policy = policy_of(settings, configuration)
    parameters = configuration.installation.suspects.parameters(configuration.installation.look_back)
    rules, catalog = configuration.rules, configuration.catalog
    ranker = Ranker(catalog, parameters, paces=paces)
    return Desks(
        configuration=configuration,
        policy=policy,
        alert_intake=AlertIntake(alerts, rules, ranker, policy, now, new_id),
        change_intake=ChangeIntake(store, ranker, configuration.installation.maintenance_changes.policy()),
        incidents=IncidentDesk(store, now, new_id, policy, ranker, rules),
        runs=RunDesk(store, now, policy, configuration.playbooks, catalog),
        verdicts=VerdictDesk(store, now, new_id, ranker),
        explainer=Explainer(store, rules, catalog, now),
    )
