"""Logs: readable on a terminal, JSON lines elsewhere, on stderr, with every secret redacted."""

from __future__ import annotations

import logging
import re
import sys
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

import structlog
from pydantic import SecretStr

if TYPE_CHECKING:
    from collections.abc import Iterable

    from structlog.typing import EventDict, Processor, WrappedLogger

    from bot.settings import Settings

REDACTED: Final = "[redacted]"
_TOKENS: Final = re.compile(
    r"xox[a-z]-[A-Za-z0-9-]{6,}|xapp-[A-Za-z0-9-]{6,}|(?i:(?<=bearer )[A-Za-z0-9._~+/=-]{6,})"
    r"|(?<=://)[^/\s:@]*:[^/\s]+(?=@)"
)
_SHORTEST: Final = 6  # a shorter "secret" would redact ordinary words


class Redactor:
    """Removes secrets from texts: those of the settings by value, others by their form."""

    def __init__(self, secrets: Iterable[str]) -> None:
        known = sorted({s for s in secrets if len(s) >= _SHORTEST}, key=len, reverse=True)
        forms = [re.escape(secret) for secret in known]
        self._pattern = re.compile("|".join([*forms, _TOKENS.pattern]))

    def __call__(self, _logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        """Redact a log event (a structlog processor)."""
        return {key: self.clean(value) for key, value in event.items()}

    def clean(self, value: Any) -> Any:
        """The value without secrets; containers are cleaned through, other objects by their text."""
        if isinstance(value, str):
            return self._pattern.sub(REDACTED, value)
        if isinstance(value, dict):
            return {self.clean(key): self.clean(one) for key, one in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.clean(one) for one in value]
        if value is None or isinstance(value, (int, float, bool)):
            return value
        text = repr(value)  # which is what both renderers show
        cleaned = self._pattern.sub(REDACTED, text)
        return value if cleaned == text else cleaned


def secrets_of(settings: Settings) -> list[str]:
    """Every secret value that the settings hold."""
    values = [getattr(settings, name) for name in type(settings).model_fields]
    values += settings.playbook_secrets.values()
    secrets = [value.get_secret_value() for value in values if isinstance(value, SecretStr)]
    return [*secrets, *_password_in(settings.database_url.get_secret_value())]


def _password_in(url: str) -> set[str]:
    """The password of a DSN, as it is written and as it is meant: drivers name it without the rest."""
    _, _, rest = url.partition("://")
    _, _, password = rest.rpartition("@")[0].partition(":")
    return {password, unquote(password)}


def configure_logs(settings: Settings, *, more_secrets: Iterable[str] = ()) -> None:
    """Set up structlog and the standard library's logging for this process."""
    console = settings.log_format == "console" or (settings.log_format == "auto" and sys.stderr.isatty())
    redact = Redactor([*secrets_of(settings), *more_secrets])
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.PositionalArgumentsFormatter(),
    ]
    # Tracebacks become text before the redaction; a renderer that draws locals comes too late for it.
    last: list[Processor] = [
        structlog.processors.format_exc_info,
        redact,
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
        if console
        else structlog.processors.JSONRenderer(),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.log_level)
    for chatty in ("aiokafka", "slack_sdk", "slack_bolt", "asyncio", "aiohttp.access", "alembic"):
        logging.getLogger(chatty).setLevel(max(logging.WARNING, root.level))
