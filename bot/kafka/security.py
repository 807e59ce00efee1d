"""How to reach the brokers: the settings, checked, as the keyword arguments of every aiokafka client."""

from __future__ import annotations

import ipaddress
import re
import ssl
from dataclasses import dataclass, field
from typing import Any, Final

from aiokafka.helpers import create_ssl_context

from bot.domain.errors import ConfigurationError

PROTOCOLS: Final = ("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL")
MECHANISMS: Final = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")
_SERVER: Final = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|[^\s:\[\]/@]+)(?::([0-9]{1,5}))?")
_HIGHEST_PORT: Final = 65_535


@dataclass(frozen=True, slots=True)
class KafkaSettings:
    """Where the brokers are and how we prove who we are; the names are those of `KAFKA_...`."""

    bootstrap_servers: str
    security_protocol: str = "PLAINTEXT"
    sasl_mechanism: str = ""
    sasl_username: str = ""
    sasl_password: str = field(default="", repr=False)
    ssl_cafile: str = ""
    ssl_certfile: str = ""
    ssl_keyfile: str = ""
    client_id: str = "tocsin"


def client_options(settings: KafkaSettings) -> dict[str, Any]:
    """The keyword arguments that a producer, a consumer and an admin client of aiokafka share.

    Raises:
        ConfigurationError: the message names the variable and never a secret.
    """
    servers = [part.strip() for part in settings.bootstrap_servers.split(",") if part.strip()]
    if not servers:
        raise ConfigurationError("KAFKA_BOOTSTRAP_SERVERS is empty; set it to host:port[,host:port]")
    for server in servers:
        if not _is_server(server):
            raise ConfigurationError(f"KAFKA_BOOTSTRAP_SERVERS: {server!r} is not host:port[,host:port]")
    if settings.security_protocol not in PROTOCOLS:
        raise ConfigurationError(f"KAFKA_SECURITY_PROTOCOL must be one of {', '.join(PROTOCOLS)}")
    options: dict[str, Any] = {
        "bootstrap_servers": servers,
        "client_id": settings.client_id,
        "security_protocol": settings.security_protocol,
    }
    if settings.security_protocol.startswith("SASL_"):
        options |= _sasl(settings)
    if settings.security_protocol.endswith("SSL"):
        options["ssl_context"] = _ssl_context(settings)
    return options


def _is_server(text: str) -> bool:
    """Whether aiokafka reads it: a name or an address, of IPv6 in brackets or alone, and a port or none."""
    if found := _SERVER.fullmatch(text):
        return 0 < int(found[1] or 1) <= _HIGHEST_PORT
    try:
        return ipaddress.ip_address(text).version == 6  # noqa: PLR2004 - IPv6
    except ValueError:
        return False


def _sasl(settings: KafkaSettings) -> dict[str, Any]:
    mechanism = settings.sasl_mechanism or MECHANISMS[0]
    if mechanism not in MECHANISMS:
        raise ConfigurationError(f"KAFKA_SASL_MECHANISM must be one of {', '.join(MECHANISMS)}")
    for name, value in (
        ("KAFKA_SASL_USERNAME", settings.sasl_username),
        ("KAFKA_SASL_PASSWORD", settings.sasl_password),
    ):
        if not value:
            raise ConfigurationError(f"{name} is not set; {settings.security_protocol} needs it")
    return {
        "sasl_mechanism": mechanism,
        "sasl_plain_username": settings.sasl_username,
        "sasl_plain_password": settings.sasl_password,
    }


def _ssl_context(settings: KafkaSettings) -> ssl.SSLContext:
    if settings.ssl_keyfile and not settings.ssl_certfile:
        raise ConfigurationError("KAFKA_SSL_KEYFILE is set, but KAFKA_SSL_CERTFILE is not")
    try:
        context: ssl.SSLContext = create_ssl_context(
            cafile=settings.ssl_cafile or None,
            certfile=settings.ssl_certfile or None,
            keyfile=settings.ssl_keyfile or None,
            # Without one, OpenSSL asks on the terminal for the password of a locked key, and waits.
            password="",
        )
    except (OSError, ssl.SSLError) as error:
        files = "KAFKA_SSL_CAFILE, KAFKA_SSL_CERTFILE, KAFKA_SSL_KEYFILE"
        raise ConfigurationError(f"the TLS files cannot be used ({files}): {error}") from error
    return context
