"""The database's address, read before anything connects: what is wrong is said without repeating it."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from bot.domain.errors import ConfigurationError

_FORM: Final = "postgresql://user:password@host:port/database"
_HOST: Final = re.compile(r"(?:\[[^\[\]@]+\]|[^:\[\]@]+)?(?::([0-9]{1,5}))?")
_HIGHEST_PORT: Final = 65_535


def plain_dsn(url: str) -> str:
    """The DSN as asyncpg reads it, without the name of a driver.

    Raises:
        ConfigurationError: it is no DSN of PostgreSQL; the message does not repeat it.
    """
    scheme, separator, rest = url.partition("://")
    if not separator or scheme.partition("+")[0] not in {"postgresql", "postgres"}:
        raise ConfigurationError(f"DATABASE_URL must be {_FORM}")
    dsn = f"postgresql://{rest}"
    if not _is_in_form(dsn):
        raise ConfigurationError(
            f"DATABASE_URL cannot be read as {_FORM}; percent-encode what is reserved in the user's name and "
            "the password: %2F for /, %40 for @, %23 for #, %3F for ?, %5B for [, %5D for ], %25 for %"
        )
    return dsn


def _is_in_form(dsn: str) -> bool:
    """Whether each part is where it belongs; a reserved character in the password moves the others."""
    try:
        parts = urlsplit(dsn)
        if parts.query:
            parse_qsl(parts.query, strict_parsing=True)
    except ValueError:  # its text repeats the part
        return False
    user, at, hosts = parts.netloc.partition("@")
    if "@" in parts.path or parts.fragment:
        return False
    hosts = hosts if at else user
    return not hosts or all(map(_is_host, hosts.split(",")))


def _is_host(text: str) -> bool:
    found = _HOST.fullmatch(text) if text else None
    return found is not None and int(found[1] or 0) <= _HIGHEST_PORT
