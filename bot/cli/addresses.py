"""Where a running Tocsin is: what was asked for, else what `tocsin dev` wrote down, else the settings."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.wiring.data_dir import ADDRESSES_FILE, DEFAULT_DATA_DIR

if TYPE_CHECKING:
    from pathlib import Path

    from bot.settings import Settings


@dataclass(frozen=True, slots=True)
class Target:
    """A running Tocsin and the tokens that it wants; empty where none is known."""

    url: str
    webhook_token: str
    api_token: str


def find_target(settings: Settings, url: str | None = None) -> Target:
    """The Tocsin that a command talks to."""
    webhook_token = settings.webhook_token.get_secret_value()
    api_token = settings.api_token.get_secret_value() or webhook_token
    written = _written(settings.data_dir or DEFAULT_DATA_DIR)
    its_own = written is not None and (url is None or url.rstrip("/") == written["web"].rstrip("/"))
    if written is not None and its_own and not webhook_token:
        known = written["webhook_token"]
        api_token = settings.api_token.get_secret_value() or written.get("api_token") or known
        return Target(written["web"].rstrip("/"), known, api_token)
    default = f"http://{settings.http_host}:{settings.http_port}"
    return Target((url or default).rstrip("/"), webhook_token, api_token)


def _written(data_dir: Path) -> dict[str, str] | None:
    try:
        written = json.loads((data_dir / ADDRESSES_FILE).read_text())
    except (OSError, ValueError):
        return None
    return written if isinstance(written, dict) and {"web", "webhook_token"} <= set(written) else None
