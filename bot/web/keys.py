"""Where handlers find what the application was made with."""

from __future__ import annotations

from typing import Final

import jinja2
from aiohttp import web

from bot.web.deps import WebDeps
from bot.web.metrics import WebMetrics

DEPS: Final = web.AppKey("deps", WebDeps)
METRICS: Final = web.AppKey("metrics", WebMetrics)
TEMPLATES: Final = web.AppKey("templates", jinja2.Environment)
