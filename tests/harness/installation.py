"""The configuration folder of a story: a small shop, and a rule for each behaviour that stories are about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

SETTINGS: Final = """\
# The environment in a channel's name tells the stories apart.
channel: "inc-{{number}}-{{environment}}-{{slug}}"
page_when_slack_fails: {page_when_slack_fails}
variables:
  prometheus_url: {outside}/prometheus
"""
RULES: Final = """\
rules:
  - name: heartbeat
    match: ['alertname="Watchdog"']
    action: suppress
  - name: flapping
    description: Three different alerts make an incident, fewer none.
    match: ['alertname="Flapping"']
    group_by: [service]
    min_events: 3
    playbooks: []
  - name: brief
    match: ['alertname="Brief"']
    reopen_window: 1s
    playbooks: []
  - name: looked-into
    match: ['playbook="first-look"']
    playbooks: [first-look]
  - name: plain
    playbooks: []
    invite: ["@oncall"]
inhibit:
  - name: node-down
    source_match: ['alertname="NodeDown"']
    target_match: ['alertname="ProbeFails"']
    equal: [environment, zone]
"""
SERVICE: Final = """\
apiVersion: backstage.io/v1alpha1
kind: Component
metadata:
  name: {name}
  annotations:
    tocsin.dev/responders: "{responders}"
    tocsin.dev/link-health: {outside}/health/{name}
    tocsin.dev/link-rollback: {outside}/rollback/{name}
spec:
  type: service
  owner: team-{name}
  lifecycle: production
  dependsOn: [{depends_on}]
"""
SHOP: Final = {
    "storefront": (("checkout", "search"), ""),
    "checkout": (("payments", "cart"), "margaret@example.com"),
    "payments": (("payments-db",), "linus@example.com"),
    "payments-db": ((), ""),
    "cart": ((), ""),
    "search": ((), ""),
    "billing": ((), ""),
}
"""By service: what it calls, and who responds."""


def write_installation(folder: Path, outside: str, *, page_when_slack_fails: str = "4s") -> Path:
    """Write it; `outside` is the address of the world around the product. Gives the folder."""
    files = {
        "tocsin.yaml": SETTINGS.format(outside=outside, page_when_slack_fails=page_when_slack_fails),
        "rules/shop.yaml": RULES,
        **{
            f"services/{name}.yaml": SERVICE.format(
                name=name,
                outside=outside,
                responders=responders,
                depends_on=", ".join(f"component:{one}" for one in depends_on),
            )
            for name, (depends_on, responders) in SHOP.items()
        },
    }
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return folder
