"""`tocsin send`: post an alert, a change or a whole webhook body to a running Tocsin."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import click
from pydantic import ValidationError

from bot.cli.addresses import Target, find_target
from bot.cli.asking import ask
from bot.cli.errors import CHECK_FAILED
from bot.domain.change import ChangeKind
from bot.settings import from_environment
from bot.web.representations import WebhookAnswer

if TYPE_CHECKING:
    from typing import IO


@click.group()
@click.option("--url", help="Where Tocsin listens; a running `tocsin dev` is found by itself.")
@click.pass_context
def send(context: click.Context, url: str | None) -> None:
    """Post an alert, a change or a webhook body to a running Tocsin."""
    context.obj = find_target(from_environment(), url)


def _pairs(_context: click.Context, _parameter: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    pairs = {}
    for value in values:
        name, sign, text = value.partition("=")
        if not sign or not name:
            raise click.BadParameter(f"{value!r} is not name=value")
        pairs[name] = text
    return pairs


@send.command()
@click.argument("name")
@click.option("--service", default="", help="Label `service`.")
@click.option("--severity", default="warning", show_default=True)
@click.option("--environment", default="production", show_default=True)
@click.option("--summary", default="", help="Annotation `summary`.")
@click.option("--label", "labels", multiple=True, callback=_pairs, metavar="NAME=VALUE")
@click.option("--starts-at", type=click.DateTime(["%Y-%m-%dT%H:%M:%SZ"]), help="UTC; default: now.")
@click.option("--resolved", is_flag=True, help="The alert has ended (give the --starts-at of its firing).")
@click.pass_obj
def alert(
    target: Target,
    name: str,
    service: str,
    severity: str,
    environment: str,
    summary: str,
    labels: dict[str, str],
    starts_at: datetime | None,
    resolved: bool,
) -> None:
    """Post one alert, as Alertmanager would."""
    now = datetime.now(UTC)
    started = starts_at.replace(tzinfo=UTC) if starts_at else now
    body = {
        "version": "4",
        "receiver": "tocsin send",
        "status": "resolved" if resolved else "firing",
        "alerts": [
            {
                "status": "resolved" if resolved else "firing",
                "labels": {
                    "alertname": name,
                    "severity": severity,
                    "environment": environment,
                    **({"service": service} if service else {}),
                    **labels,
                },
                "annotations": {"summary": summary} if summary else {},
                "startsAt": started.isoformat(),
                "endsAt": now.isoformat() if resolved else "0001-01-01T00:00:00Z",
            }
        ],
    }
    _post(target, "/api/v1/webhooks/alertmanager", body)


@send.command()
@click.argument("service")
@click.option("--type", "kind", type=click.Choice([str(k) for k in ChangeKind]), default="deploy")
@click.option("--environment", default="production", show_default=True)
@click.option("--summary", default="")
@click.option("--version", default="")
@click.option("--previous-version", default="")
@click.option("--author", default="")
@click.option("--link", default="", help="Where people can read about it.")
@click.pass_obj
def change(
    target: Target,
    service: str,
    kind: str,
    environment: str,
    summary: str,
    version: str,
    previous_version: str,
    author: str,
    link: str,
) -> None:
    """Post one change to SERVICE: a deploy, a configuration, a flag, ..."""
    body = {
        "id": str(uuid.uuid4()),
        "type": kind,
        "service": service,
        "environment": environment,
        "time": datetime.now(UTC).isoformat(),
        "summary": summary or f"{kind} of {service}",
        "version": version,
        "previous_version": previous_version,
        "author": author,
        "url": link,
    }
    _post(target, "/api/v1/events", body)


@send.command()
@click.argument("file", type=click.File("rb"))
@click.option(
    "--source", default="alertmanager", show_default=True, help="The webhook's name in the address."
)
@click.pass_obj
def body(target: Target, file: IO[bytes], source: str) -> None:
    """Post FILE (or - for standard input) as it is."""
    _post(target, f"/api/v1/webhooks/{quote(source, safe='')}", file.read())


def _post(target: Target, path: str, body: Any) -> None:
    answer = ask(target, "POST", path, body, token=target.webhook_token)
    click.echo(answer.text)
    if not answer.is_well:
        click.echo(f"tocsin: {target.url}{path} answered {answer.status}", err=True)
        raise SystemExit(CHECK_FAILED)
    _tell_rejections(answer.text)


def _tell_rejections(answer: str) -> None:
    """Say which alerts were rejected, and end with a failure where none was accepted."""
    try:
        told = WebhookAnswer.model_validate_json(answer)
    except ValidationError:  # what became of a change, say
        return
    for one in told.rejected:
        click.echo(f"tocsin: rejected {one.path}: {one.problem}", err=True)
    if unnamed := told.rejected_count - len(told.rejected):
        click.echo(f"tocsin: and {unnamed} more", err=True)
    if told.rejected_count and not told.accepted:
        raise SystemExit(CHECK_FAILED)
