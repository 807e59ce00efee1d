"""`tocsin postmortem export`: the draft of an incident as a Markdown file."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from urllib.parse import quote

import aiohttp
import click
from yarl import URL

from bot.cli.addresses import Target, find_target
from bot.settings import from_environment

if TYPE_CHECKING:
    from typing import IO

_WITHIN = aiohttp.ClientTimeout(total=30)
_OK = 200


@click.group()
def postmortem() -> None:
    """Drafts of postmortems."""


@postmortem.command()
@click.argument("incident")
@click.option("--out", type=click.File("w", encoding="utf-8"), default="-", help="A file; - is stdout.")
@click.option("--url", help="Where Tocsin listens; a running `tocsin dev` is found by itself.")
def export(incident: str, out: IO[str], url: str | None) -> None:
    """Write the draft of INCIDENT (as in INC-12) as Markdown."""
    text = asyncio.run(_draft(find_target(from_environment(), url), incident))
    out.write(text if text.endswith("\n") else f"{text}\n")


async def _draft(target: Target, incident: str) -> str:
    headers = {"Accept": "text/markdown"}
    # A name that is none must stay one segment of the address, or another page is asked for.
    page = URL(f"{target.url}/incidents/{quote(incident, safe='')}/postmortem", encoded=True)
    if target.api_token:
        headers["Authorization"] = f"Bearer {target.api_token}"
    try:
        async with (
            aiohttp.ClientSession(timeout=_WITHIN) as session,
            session.get(page, headers=headers, allow_redirects=False) as response,
        ):
            text = await response.text()
            if response.status != _OK:
                raise click.ClickException(f"{target.url} answered {response.status}: {text[:500]}")
            return text
    except (aiohttp.ClientError, TimeoutError) as error:
        raise click.ClickException(f"{target.url} cannot be reached: {error}") from error
