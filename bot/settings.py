"""The process's settings: the one file that reads the environment.

Names are the public contract. Every secret can also come from a file named by `<NAME>_FILE`.
"""

from __future__ import annotations

import ipaddress
import os
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator

from bot.domain.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping, MutableMapping

SLACK_API: Final = "https://slack.com/api/"
SECRETS: Final = (
    "SLACK_BOT_TOKEN",
    "SLACK_APP_TOKEN",
    "SLACK_SIGNING_SECRET",
    "DATABASE_URL",
    "KAFKA_SASL_PASSWORD",
    "TOCSIN_WEBHOOK_TOKEN",
    "TOCSIN_API_TOKEN",
    "TOCSIN_PAGER_SECRET",
    "OTEL_EXPORTER_OTLP_HEADERS",
    "OTEL_EXPORTER_OTLP_TRACES_HEADERS",
)
TRACING: Final = "OTEL_"
PASSED_ON: Final = (
    "OTEL_BSP_EXPORT_TIMEOUT",
    "OTEL_BSP_MAX_EXPORT_BATCH_SIZE",
    "OTEL_BSP_MAX_QUEUE_SIZE",
    "OTEL_BSP_SCHEDULE_DELAY",
    "OTEL_EXPORTER_OTLP_CERTIFICATE",
    "OTEL_EXPORTER_OTLP_COMPRESSION",
    "OTEL_EXPORTER_OTLP_TIMEOUT",
    "OTEL_PROPAGATORS",
    "OTEL_RESOURCE_ATTRIBUTES",
    "OTEL_SERVICE_NAME",
    "OTEL_TRACES_SAMPLER",
    "OTEL_TRACES_SAMPLER_ARG",
)
"""Variables that OpenTelemetry's SDK reads by itself, among others; named here for whoever passes them on."""
OURS: Final = "TOCSIN_"
PLAYBOOK_PREFIX: Final = f"{OURS}SECRET_"
_NEARLY: Final = 0.85
_EMPTY: Final = SecretStr("")
Port = Annotated[int, Field(ge=0, le=65_535)]


class Settings(BaseModel):
    """What the environment says; a variable that is empty counts as not set."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True, hide_input_in_errors=True)

    slack_bot_token: SecretStr = Field(_EMPTY, alias="SLACK_BOT_TOKEN")
    slack_app_token: SecretStr = Field(_EMPTY, alias="SLACK_APP_TOKEN")
    slack_signing_secret: SecretStr = Field(_EMPTY, alias="SLACK_SIGNING_SECRET")
    slack_api_url: str = Field("", alias="SLACK_API_URL")
    database_url: SecretStr = Field(_EMPTY, alias="DATABASE_URL")
    kafka_bootstrap_servers: str = Field("", alias="KAFKA_BOOTSTRAP_SERVERS")
    kafka_security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        "PLAINTEXT", alias="KAFKA_SECURITY_PROTOCOL"
    )
    kafka_sasl_mechanism: Literal["", "PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = Field(
        "", alias="KAFKA_SASL_MECHANISM"
    )
    kafka_sasl_username: str = Field("", alias="KAFKA_SASL_USERNAME")
    kafka_sasl_password: SecretStr = Field(_EMPTY, alias="KAFKA_SASL_PASSWORD")
    kafka_ssl_cafile: str = Field("", alias="KAFKA_SSL_CAFILE")
    kafka_ssl_certfile: str = Field("", alias="KAFKA_SSL_CERTFILE")
    kafka_ssl_keyfile: str = Field("", alias="KAFKA_SSL_KEYFILE")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", alias="LOG_LEVEL")
    log_format: Literal["auto", "console", "json"] = Field("auto", alias="LOG_FORMAT")
    config: Path | None = Field(None, alias="TOCSIN_CONFIG")
    http_host: str = Field("127.0.0.1", alias="TOCSIN_HTTP_HOST")
    http_port: Port = Field(8080, alias="TOCSIN_HTTP_PORT")
    slack_port: Port = Field(8081, alias="TOCSIN_SLACK_PORT")
    public_url: str = Field("", alias="TOCSIN_PUBLIC_URL")
    webhook_token: SecretStr = Field(_EMPTY, alias="TOCSIN_WEBHOOK_TOKEN")
    api_token: SecretStr = Field(_EMPTY, alias="TOCSIN_API_TOKEN")
    allow_anonymous: bool = Field(default=False, alias="TOCSIN_ALLOW_ANONYMOUS")
    topic_prefix: str = Field("", alias="TOCSIN_KAFKA_TOPIC_PREFIX", pattern=r"^[A-Za-z0-9._-]{0,100}$")
    topic_partitions: int = Field(6, alias="TOCSIN_KAFKA_PARTITIONS", ge=1, le=1000)
    topic_replication: int = Field(1, alias="TOCSIN_KAFKA_REPLICATION", ge=1, le=10)
    data_dir: Path | None = Field(None, alias="TOCSIN_DATA_DIR")
    pager_url: str = Field("", alias="TOCSIN_PAGER_URL")
    pager_secret: SecretStr = Field(_EMPTY, alias="TOCSIN_PAGER_SECRET")
    otel_sdk_disabled: str = Field("", alias="OTEL_SDK_DISABLED")
    otel_traces_exporter: str = Field("", alias="OTEL_TRACES_EXPORTER")
    otel_endpoint: str = Field("", alias="OTEL_EXPORTER_OTLP_ENDPOINT")
    otel_traces_endpoint: str = Field("", alias="OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
    otel_protocol: str = Field("", alias="OTEL_EXPORTER_OTLP_PROTOCOL")
    otel_traces_protocol: str = Field("", alias="OTEL_EXPORTER_OTLP_TRACES_PROTOCOL")
    otel_headers: SecretStr = Field(_EMPTY, alias="OTEL_EXPORTER_OTLP_HEADERS")
    otel_traces_headers: SecretStr = Field(_EMPTY, alias="OTEL_EXPORTER_OTLP_TRACES_HEADERS")
    playbook_secrets: dict[str, SecretStr] = Field(
        default_factory=dict, description="TOCSIN_SECRET_<NAME> is what playbooks read as secrets.<name>"
    )

    @field_validator("log_level", mode="before")
    @classmethod
    def _in_capitals(cls, value: object) -> object:
        return value.upper() if isinstance(value, str) else value

    @field_validator("log_format", mode="before")
    @classmethod
    def _in_small_letters(cls, value: object) -> object:
        return value.lower() if isinstance(value, str) else value

    @field_validator("slack_api_url", "public_url", "pager_url")
    @classmethod
    def _is_url(cls, value: str) -> str:
        parts = urlsplit(value)
        if value and (parts.scheme not in {"http", "https"} or not parts.hostname):
            raise ValueError("give an http:// or https:// address")
        return value

    @property
    def slack_api(self) -> str:
        """The Web API's base address, with a slash at its end."""
        return f"{(self.slack_api_url or SLACK_API).rstrip('/')}/"

    @property
    def binds_loopback(self) -> bool:
        """Whether only this machine can reach the HTTP port."""
        return is_loopback(self.http_host)


def is_loopback(host: str) -> bool:
    """Whether an address or name means this machine only."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def from_environment(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings.

    Raises:
        ConfigurationError: a variable has a value that cannot be used, or a secret's file cannot be read; the
            message names the variables and never their values.
    """
    given = dict(os.environ if environ is None else environ)
    stripped = {name: value.strip() if _is_secret(name) else value for name, value in given.items()}
    values = {name: value for name, value in stripped.items() if value != ""}
    for variable, path in list(values.items()):
        name = variable.removesuffix("_FILE")
        if name == variable or not _is_secret(name):
            continue
        if name in values:
            raise ConfigurationError(f"{name} and {name}_FILE are both set; keep one of them")
        values[name] = _secret_in(f"{name}_FILE", Path(path))
    playbook_secrets = {
        name.removeprefix(PLAYBOOK_PREFIX).lower(): value
        for name, value in values.items()
        if name.startswith(PLAYBOOK_PREFIX) and not name.endswith("_FILE")
    }
    # Fields can be given by their names, too, which must not make `config` or `http_host` variables of ours.
    ours = {name: value for name, value in values.items() if name in variables()}
    try:
        return Settings.model_validate({**ours, "playbook_secrets": playbook_secrets})
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(str(part) for part in one['loc'])}: {one['msg']}"
            for one in error.errors(include_input=False, include_url=False)
        )
        raise ConfigurationError(problems) from None  # the cause would repeat the values


def unset_empty(environ: MutableMapping[str, str] | None = None) -> None:
    """Take away the variables of tracing that are empty: for the SDK, too, they shall count as not set."""
    given = os.environ if environ is None else environ
    for name in [name for name, value in given.items() if name.startswith(TRACING) and not value]:
        del given[name]


def variables() -> dict[str, str]:
    """The variable of each field, to the field's name."""
    return {field.alias: name for name, field in Settings.model_fields.items() if field.alias}


def misspelt(environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """Variables that nobody reads and that are nearly called like one of ours, each with that one."""
    known = {name.removeprefix(OURS): name for name in variables() if name.startswith(OURS)}
    known |= {f"{short}_FILE": f"{name}_FILE" for short, name in known.items() if name in SECRETS}
    found: dict[str, str] = {}
    for name in sorted(os.environ if environ is None else environ):
        short = name.removeprefix(OURS)
        if short == name or short in known or name.startswith(PLAYBOOK_PREFIX):
            continue
        # Kubernetes sets some for each service, and one may be called tocsin: TOCSIN_SERVICE_HOST.
        for meant in get_close_matches(short, known, 1, _NEARLY):
            found[name] = known[meant]
    return found


def _is_secret(name: str) -> bool:
    return name in SECRETS or name.startswith(PLAYBOOK_PREFIX)


def _secret_in(variable: str, path: Path) -> str:
    try:
        text = path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ConfigurationError(f"{variable}: {path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError:
        raise ConfigurationError(f"{variable}: {path} is not text in UTF-8") from None
    if not text:
        raise ConfigurationError(f"{variable}: {path} is empty")
    return text


def require_guarded(settings: Settings) -> None:
    """Refuse to listen where others can reach us without tokens.

    Raises:
        ConfigurationError: `TOCSIN_HTTP_HOST` is not loopback and a token is missing.
    """
    if settings.binds_loopback or settings.allow_anonymous:
        return
    missing = [
        name
        for name, token in (
            ("TOCSIN_API_TOKEN", settings.api_token),
            ("TOCSIN_WEBHOOK_TOKEN", settings.webhook_token),
        )
        if not token.get_secret_value()
    ]
    if missing:
        raise ConfigurationError(
            f"TOCSIN_HTTP_HOST={settings.http_host} is reachable by others without {' and '.join(missing)}; "
            "set what is missing, bind to 127.0.0.1, or switch this off with TOCSIN_ALLOW_ANONYMOUS=true"
        )


def require(settings: Settings, *names: str) -> None:
    """Make sure that these variables are set.

    Raises:
        ConfigurationError: one of them is not.
    """
    fields = variables()
    missing = []
    for name in names:
        value = getattr(settings, fields[name])
        if not (value.get_secret_value() if isinstance(value, SecretStr) else value):
            missing.append(name)
    if missing:
        raise ConfigurationError(f"{', '.join(missing)} must be set")
