"""Draws the console's pages: templates with escaping on, times in UTC, and what a browser may load."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

import jinja2
from aiohttp import web
from markdown_it import MarkdownIt
from markupsafe import Markup

from bot.domain import spans
from bot.domain.wording import in_its_direction, percent
from bot.web.keys import DEPS, TEMPLATES

FOLDER: Final = Path(__file__).parent
STATIC: Final = FOLDER / "static"
SECURITY: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    # Not `no-referrer`: with that, browsers send `Origin: null`, and our forms look like a stranger's.
    "Referrer-Policy": "same-origin",
}
_MARKDOWN: Final = MarkdownIt("commonmark", {"html": False}).enable("table")


def environment() -> jinja2.Environment:
    """The templates with their filters."""
    templates = jinja2.Environment(
        loader=jinja2.FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters |= {
        "clock": clock_time,
        "stamp": stamp,
        "span": span,
        "percent": percent,
        "markdown": render_markdown,
    }
    templates.globals["version"] = _version()
    return templates


def _shown(value: Any) -> Any:
    """What a template shows: a label must not turn the words around it."""
    if isinstance(value, Markup):
        return Markup(in_its_direction(value))  # noqa: S704 - it was safe before
    return in_its_direction(value) if isinstance(value, str) else value


def page(
    request: web.Request, template: str, *, status: HTTPStatus = HTTPStatus.OK, **values: Any
) -> web.Response:
    """A page of the console; `now` and `has_login` are given to every template."""
    deps = request.app[DEPS]
    text = (
        request.app[TEMPLATES]
        .get_template(template)
        .render(now=deps.clock(), has_login=bool(deps.tokens.api), **values)
    )
    headers = {"Cache-Control": "no-store"}
    return web.Response(status=status, text=text, content_type="text/html", headers=headers)


async def secure(_request: web.Request, response: web.StreamResponse) -> None:
    """Tell browsers what an answer may load: nothing but our own files, and no script in a page."""
    for name, value in SECURITY.items():
        response.headers.setdefault(name, value)


def clock_time(moment: datetime) -> str:
    """The time of day, as in `12:04:09`."""
    return moment.astimezone(UTC).strftime("%H:%M:%S")


def stamp(moment: datetime) -> str:
    """Day and time, as in `2026-03-01 12:04 UTC`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


def span(duration: timedelta) -> str:
    """A duration as Slack and the postmortem say it; what begins later began just now."""
    return spans.span(max(0.0, duration.total_seconds()))


def render_markdown(text: str) -> Markup:
    """Markdown as HTML; HTML inside it is shown as text."""
    return Markup(_MARKDOWN.render(text))  # noqa: S704 -- the renderer escapes, with `html` off


def _version() -> str:
    # In the addresses of the static files, so that a new version is fetched anew.
    digest = hashlib.sha256()
    for path in sorted(STATIC.iterdir()):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
