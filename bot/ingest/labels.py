"""Which labels say what service an alert is about, and in which environment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

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

    Where none is, the answer is `unknown`.
    """

    service: tuple[str, ...] = SERVICE_LABELS
    environment: tuple[str, ...] = ENVIRONMENT_LABELS
    name: tuple[str, ...] = NAME_LABELS
