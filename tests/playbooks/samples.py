"""Playbooks, variables and times that several tests speak of."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from playbooks.loader import load
from playbooks.model import Playbook, Step

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)

VARIABLES: dict[str, Any] = {
    "incident": {
        "id": "INC-12",
        "title": "Errors in checkout",
        "severity": "critical",
        "environment": "production",
        "services": ["checkout", "cart"],
    },
    "service": {
        "name": "checkout",
        "links": {"health": "http://checkout.test/health", "rollback": "http://deploy.test/checkout"},
    },
    "changed": {"name": "payments", "links": {"rollback": "http://deploy.test/rollback"}},
    "suspect": {"summary": "payments 1.4.2", "type": "deploy", "previous_version": "1.4.1"},
    "settings": {"prometheus_url": "http://prometheus.test"},
}


def later(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def playbook(text: str) -> Playbook:
    """The playbook in this YAML; only its steps where it begins with them."""
    whole = f"name: sample\ntitle: Sample\nsteps:\n{text}" if text.lstrip().startswith("- ") else text
    loaded = load(whole, "sample.yaml")
    assert isinstance(loaded, Playbook), loaded
    return loaded


def of_steps(*steps: Step) -> Playbook:
    """A playbook of these steps, without a file."""
    return Playbook("sample", "Sample", steps)
