"""Asks a running Tocsin over HTTP, as the commands do that need one."""

from __future__ import annotations

import asyncio
import json
import os
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NamedTuple

import aiohttp
import click
from pydantic import ValidationError
from yarl import URL

from bot.web.representations import ProblemModel

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.cli.addresses import Target

_WITHIN = aiohttp.ClientTimeout(total=30)
_EXCERPT = 500


class Answer(NamedTuple):
    """What came back, whatever it is."""

    status: int
    text: str

    @property
    def is_well(self) -> bool:
        """Whether what was asked for was done."""
        return self.status < HTTPStatus.MULTIPLE_CHOICES

    @property
    def problem(self) -> str:
        """Why it was not, in a line for each field, as far as the answer says."""
        try:
            told = ProblemModel.model_validate_json(self.text)
        except ValidationError:
            return self.text[:_EXCERPT]
        fields = [f"{one.path}: {one.problem}" if one.path else one.problem for one in told.errors]
        return "\n".join(fields) or told.detail or told.title


def ask(
    target: Target,
    method: str,
    path: str,
    body: Any = None,
    *,
    token: str,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """Ask, and wait for the answer; a body that is no bytes goes as JSON. `path` is quoted already.

    Raises:
        ClickException: nobody answers there.
    """
    return asyncio.run(_ask(target, method, path, body, token, dict(headers or {})))


async def _ask(
    target: Target, method: str, path: str, body: Any, token: str, headers: dict[str, str]
) -> Answer:
    if not target.url.startswith(("http://", "https://")):
        raise click.UsageError(f"--url: {target.url} does not begin with http:// or https://")
    data = None
    if body is not None:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers["Content-Type"] = "application/json"
    if token:
        headers["Authorization"] = f"Bearer {token}"
    page = URL(f"{target.url}{path}", encoded=True)
    try:
        async with (
            aiohttp.ClientSession(timeout=_WITHIN) as session,
            session.request(method, page, data=data, headers=headers, allow_redirects=False) as response,
        ):
            return Answer(response.status, await response.text())
    except (aiohttp.ClientError, TimeoutError) as error:
        raise click.ClickException(f"{target.url} cannot be reached: {_why(error)}") from error


def _why(error: Exception) -> str:
    if isinstance(error, aiohttp.ClientConnectorError):
        # asyncio's own words repeat the address; below zero are those of a name that is not found.
        code = error.os_error.errno or 0
        why = os.strerror(code) if code > 0 else error.os_error.strerror
        return f"{why or error.os_error}; is Tocsin running there?"
    return str(error) or f"no answer within {_WITHIN.total:g} s"
