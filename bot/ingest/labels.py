"""Which labels say what service an alert is about, and in which environment; what changes call those."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

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

    Where none is, the answer is `unknown`. `of_changes` gives, for names of environments that senders of
    changes use, those that alerts have: they seldom agree, and rules, silences and people go by the alerts'.
    """

    service: tuple[str, ...] = SERVICE_LABELS
    environment: tuple[str, ...] = ENVIRONMENT_LABELS
    name: tuple[str, ...] = NAME_LABELS
    of_changes: Mapping[str, str] = field(default_factory=dict, hash=False)

    def environment_of_change(self, named: str) -> str:
        """What alerts call the environment that a change names."""
        return self.of_changes.get(named, named)


USUAL: Final = LabelPolicy()
