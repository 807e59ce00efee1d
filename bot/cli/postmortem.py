"""`tocsin postmortem export`: the draft of an incident as a Markdown file."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

import click

from bot.cli.addresses import Target, find_target
from bot.cli.asking import ask
from bot.settings import from_environment

if TYPE_CHECKING:
    from typing import IO


@click.group()
def postmortem() -> None:
    """Drafts of postmortems."""


@postmortem.command()
@click.argument("incident")
@click.option("--out", type=click.File("w", encoding="utf-8"), default="-", help="A file; - is stdout.")
@click.option("--url", help="Where Tocsin listens; a running `tocsin dev` is found by itself.")
def export(incident: str, out: IO[str], url: str | None) -> None:
    """Write the draft of INCIDENT (as in INC-12) as Markdown."""
    text = _draft(find_target(from_environment(), url), incident)
    out.write(text if text.endswith("\n") else f"{text}\n")


def _draft(target: Target, incident: str) -> str:
    # A name that is none must stay one segment of the address, or another page is asked for.
    page = f"/incidents/{quote(incident, safe='')}/postmortem"
    answer = ask(target, "GET", page, token=target.api_token, headers={"Accept": "text/markdown"})
    if not answer.is_well:
        raise click.ClickException(f"{target.url} answered {answer.status}: {answer.problem}")
    return answer.text
