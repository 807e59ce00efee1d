"""`tocsin silence add|list|end`: keep alerts quiet, see what is quiet and why, and end that."""

from __future__ import annotations

import json
from getpass import getuser
from typing import TYPE_CHECKING
from urllib.parse import quote

import click

from bot.cli.addresses import Target, find_target
from bot.cli.asking import ask
from bot.cli.errors import CHECK_FAILED
from bot.domain.wording import one_line
from bot.settings import from_environment
from bot.web.representations import SilenceModel, SilencePage

if TYPE_CHECKING:
    from typing import Any, NoReturn

    from bot.cli.asking import Answer

_PAGE = "/api/v1/silences"
_SHORT = 8
_LONGEST = 300
_json_or_text = click.option(
    "-o", "output", type=click.Choice(["text", "json"]), default="text", show_default=True
)
_by = click.option("--by", default="", help="Who asks, as people read it; default: you, on this machine.")


@click.group()
@click.option("--url", help="Where Tocsin listens; a running `tocsin dev` is found by itself.")
@click.pass_context
def silence(context: click.Context, url: str | None) -> None:
    """Keep alerts quiet, see what is quiet and why, and end that."""
    if context.resilient_parsing:
        return
    context.obj = find_target(from_environment(), url)


@silence.command()
@click.argument("matchers", nargs=-1, required=True)
@click.option("--for", "length", default="1h", show_default=True, help="As in 30m, 2h, 1d; 30 days at most.")
@click.option("--reason", default="", help="What for, as people read it.")
@click.option("--incident", help="One whose channel and timeline tell of it, as in INC-12.")
@_by
@_json_or_text
@click.pass_obj
def add(
    target: Target,
    matchers: tuple[str, ...],
    length: str,
    reason: str,
    incident: str | None,
    by: str,
    output: str,
) -> None:
    """Keep alerts quiet that match all MATCHERS, from now on.

    They are Alertmanager's: service=checkout 'alertname=~"High.*"'
    """
    body: dict[str, Any] = {
        "matchers": list(matchers),
        "for": length,
        "reason": reason,
        "by": by or _whoever(),
        "incident": incident,
    }
    _tell(_asked(target, "POST", _PAGE, body), output)


@silence.command("list")
@_json_or_text
@click.pass_obj
def list_silences(target: Target, output: str) -> None:
    """List what is quiet now or will be, the first to end first: silences and maintenance."""
    found = _active(target)
    if output == "json":
        click.echo(json.dumps([one.model_dump(mode="json") for one in found]))
        return
    for one in found:
        click.echo(_line(one))
    click.echo(f"{len(found)} active", err=True)


@silence.command()
@click.argument("silence_id", metavar="ID")
@_by
@_json_or_text
@click.pass_obj
def end(target: Target, silence_id: str, by: str, output: str) -> None:
    """End the silence with this ID, or with the end of one as `list` shows it.

    What it kept quiet and still fires is considered again.
    """
    if not silence_id:
        raise click.UsageError("ID is empty; `tocsin silence list` shows the ids")
    known = [one.id for one in _active(target) if one.id.endswith(silence_id)]
    if len(known) > 1 and silence_id not in known:
        raise click.ClickException(
            f"{len(known)} silences have ids that end with it; write more of {silence_id}"
        )
    whole = known[0] if len(known) == 1 else silence_id
    page = f"{_PAGE}/{quote(whole, safe='')}?by={quote(by or _whoever(), safe='')}"
    _tell(_asked(target, "DELETE", page), output)


def _active(target: Target) -> list[SilenceModel]:
    return SilencePage.model_validate_json(_asked(target, "GET", _PAGE).text).items


def _asked(target: Target, method: str, page: str, body: Any = None) -> Answer:
    answer = ask(target, method, page, body, token=target.api_token)
    return answer if answer.is_well else _refuse(target, answer)


def _refuse(target: Target, answer: Answer) -> NoReturn:
    click.echo(f"tocsin: {target.url} answered {answer.status}: {answer.problem}", err=True)
    raise SystemExit(CHECK_FAILED)


def _tell(answer: Answer, output: str) -> None:
    click.echo(answer.text if output == "json" else _line(SilenceModel.model_validate_json(answer.text)))


def _line(one: SilenceModel) -> str:
    what = f"{one.kind} of {', '.join(one.matchers)}"
    why = f": {one.reason}" if one.reason else ""
    where = "" if one.source == "tocsin" else f" [{one.source}]"
    said = one_line(f"{what} by {one.by}{why}{where}", _LONGEST)
    return f"{one.id[-_SHORT:]:<{_SHORT}} until {one.ends_at:%Y-%m-%d %H:%M}Z  {said}"


def _whoever() -> str:
    try:
        return getuser()
    except (KeyError, OSError):  # a container's user often has no name
        return "tocsin silence"
