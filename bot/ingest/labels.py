"""Which labels say what service an alert is about, and in which environment; which environments are one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from bot.domain.alert import first_label

if TYPE_CHECKING:
    from collections.abc import Mapping

SERVICE_LABELS: Final = (
    "service",
    "service_name",
    "app",
    "app_kubernetes_io_name",
    "application",
    "deployment",
    "job",
)
ENVIRONMENT_LABELS: Final = (
    "environment",
    "env",
    "deployment_environment",
    "deployment_environment_name",
    "stage",
)
NAME_LABELS: Final = ("alertname", "rulename", "name")


@dataclass(frozen=True, slots=True)
class LabelPolicy:
    """Label names in the order in which they are asked; the first that is set and not empty answers.

    Where none is, the answer is `unknown`. `same` gives, for other names of an environment, the one that it
    goes by: senders of alerts and of changes seldom agree on it.
    """

    service: tuple[str, ...] = SERVICE_LABELS
    environment: tuple[str, ...] = ENVIRONMENT_LABELS
    name: tuple[str, ...] = NAME_LABELS
    same: Mapping[str, str] = field(default_factory=dict, hash=False)

    def environment_of(self, labels: Mapping[str, str]) -> str:
        """The environment of an alert, by the name that it goes by."""
        return self.known_as(first_label(labels, self.environment))

    def known_as(self, environment: str) -> str:
        """The name that an environment goes by."""
        return self.same.get(environment, environment)


USUAL: Final = LabelPolicy()
