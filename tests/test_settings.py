"""The environment: what is read, what is refused, and that no secret is ever quoted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.domain.errors import ConfigurationError
from bot.settings import (
    SECRETS,
    Settings,
    from_environment,
    is_loopback,
    misspelt,
    require,
    require_guarded,
    variables,
)

if TYPE_CHECKING:
    from pathlib import Path

SAMPLES = {
    "SLACK_BOT_TOKEN": "xoxb-1",
    "SLACK_APP_TOKEN": "xapp-1",
    "SLACK_SIGNING_SECRET": "signing",
    "SLACK_API_URL": "http://127.0.0.1:8081/api",
    "DATABASE_URL": "postgresql://u:p@h/d",
    "KAFKA_BOOTSTRAP_SERVERS": "a:1,b:2",
    "KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
    "KAFKA_SASL_MECHANISM": "SCRAM-SHA-512",
    "KAFKA_SASL_USERNAME": "u",
    "KAFKA_SASL_PASSWORD": "p",
    "KAFKA_SSL_CAFILE": "/ca",
    "KAFKA_SSL_CERTFILE": "/cert",
    "KAFKA_SSL_KEYFILE": "/key",
    "LOG_LEVEL": "DEBUG",
    "LOG_FORMAT": "json",
    "TOCSIN_CONFIG": "/etc/tocsin",
    "TOCSIN_HTTP_HOST": "0.0.0.0",
    "TOCSIN_HTTP_PORT": "9000",
    "TOCSIN_SLACK_PORT": "9001",
    "TOCSIN_PUBLIC_URL": "https://tocsin.example.com",
    "TOCSIN_WEBHOOK_TOKEN": "w",
    "TOCSIN_API_TOKEN": "a",
    "TOCSIN_ALLOW_ANONYMOUS": "true",
    "TOCSIN_KAFKA_TOPIC_PREFIX": "prod.",
    "TOCSIN_KAFKA_PARTITIONS": "12",
    "TOCSIN_KAFKA_REPLICATION": "3",
    "TOCSIN_DATA_DIR": "/data",
    "TOCSIN_PAGER_URL": "https://pager.example.com",
    "TOCSIN_PAGER_SECRET": "s",
    "OTEL_SDK_DISABLED": "true",
    "OTEL_TRACES_EXPORTER": "console",
    "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318",
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://127.0.0.1:4318/v1/traces",
    "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc",
    "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "grpc",
    "OTEL_EXPORTER_OTLP_HEADERS": "api-key=k",
    "OTEL_EXPORTER_OTLP_TRACES_HEADERS": "api-key=t",
}


def _shown(settings: Settings, variable: str) -> str:
    value = getattr(settings, variables()[variable])
    return str(value.get_secret_value() if variable in SECRETS else value)


def test_there_is_a_sample_of_every_variable() -> None:
    assert set(SAMPLES) == set(variables())


@pytest.mark.parametrize("variable", SAMPLES)
def test_each_variable_is_read_and_empty_is_unset(variable: str) -> None:
    usual = from_environment({})
    assert _shown(from_environment({variable: ""}), variable) == _shown(usual, variable)
    given = from_environment({variable: SAMPLES[variable]})
    assert _shown(given, variable).lower() == SAMPLES[variable].lower()
    assert _shown(given, variable) != _shown(usual, variable)


@pytest.mark.parametrize("field", ["config", "http_host", "database_url", "data_dir"])
def test_a_variable_that_is_called_like_a_field_is_not_ours(field: str) -> None:
    assert from_environment({field: "/elsewhere"}) == from_environment({})


def test_levels_and_formats_in_either_case() -> None:
    settings = from_environment({"LOG_LEVEL": "warning", "LOG_FORMAT": "JSON"})
    assert (settings.log_level, settings.log_format) == ("WARNING", "json")


@pytest.mark.parametrize("variable", SECRETS)
def test_a_secret_from_a_file(variable: str, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("  from-a-file\n")
    assert _shown(from_environment({f"{variable}_FILE": str(file)}), variable) == "from-a-file"


@pytest.mark.parametrize("variable", SECRETS)
def test_white_space_around_a_secret_is_none_of_it(variable: str) -> None:
    """`echo` in a secret's making leaves a line's end, which no sender sends."""
    assert _shown(from_environment({variable: " given\n"}), variable) == "given"
    assert from_environment({variable: "\n"}) == from_environment({})


def test_only_secrets_come_from_files(tmp_path: Path) -> None:
    file = tmp_path / "host"
    file.write_text("0.0.0.0")
    assert from_environment({"TOCSIN_HTTP_HOST_FILE": str(file)}).http_host == "127.0.0.1"


def test_a_secret_and_its_file_contradict_one_another(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="TOCSIN_API_TOKEN and TOCSIN_API_TOKEN_FILE are both set"):
        from_environment({"TOCSIN_API_TOKEN": "value", "TOCSIN_API_TOKEN_FILE": str(tmp_path)})


def test_a_file_that_gives_no_secret(tmp_path: Path) -> None:
    empty, binary = tmp_path / "empty", tmp_path / "binary"
    empty.write_text("\n")
    binary.write_bytes(b"\xff\xfe")
    for path, why in ((empty, "is empty"), (binary, "is not text"), (tmp_path / "no", "cannot be read")):
        with pytest.raises(ConfigurationError, match=rf"DATABASE_URL_FILE: .* {why}"):
            from_environment({"DATABASE_URL_FILE": str(path)})


def test_secrets_of_playbooks(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("two")
    settings = from_environment(
        {
            "TOCSIN_SECRET_DEPLOY_TOKEN": "one",
            "TOCSIN_SECRET_OTHER_FILE": str(file),
            "TOCSIN_SECRET_FILE": "x",
        }
    )
    plain = {name: secret.get_secret_value() for name, secret in settings.playbook_secrets.items()}
    assert plain == {"deploy_token": "one", "other": "two"}


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("TOCSIN_HTTP_PORT", "http"),
        ("TOCSIN_HTTP_PORT", "65536"),
        ("TOCSIN_HTTP_PORT", "-1"),
        ("LOG_LEVEL", "LOUD"),
        ("LOG_FORMAT", "xml"),
        ("KAFKA_SECURITY_PROTOCOL", "TLS"),
        ("KAFKA_SASL_MECHANISM", "GSSAPI"),
        ("SLACK_API_URL", "slack.com/api"),
        ("TOCSIN_PUBLIC_URL", "ftp://example.com"),
        ("TOCSIN_PAGER_URL", "https://"),
        ("TOCSIN_PAGER_URL", "https://:443"),
        ("TOCSIN_KAFKA_TOPIC_PREFIX", "a b"),
        ("TOCSIN_KAFKA_PARTITIONS", "0"),
        ("TOCSIN_ALLOW_ANONYMOUS", "perhaps"),
    ],
)
def test_a_bad_value_is_named_by_its_variable(variable: str, value: str) -> None:
    with pytest.raises(ConfigurationError, match=f"^The configuration is not usable: {variable}: ") as caught:
        from_environment({variable: value, "DATABASE_URL": "postgresql://u:hunter22@h/d"})
    assert "hunter22" not in repr(caught.value)
    assert caught.value.__cause__ is None


def test_every_bad_value_is_named_at_once() -> None:
    with pytest.raises(ConfigurationError, match=r"LOG_LEVEL.*; TOCSIN_HTTP_PORT"):
        from_environment({"TOCSIN_HTTP_PORT": "x", "LOG_LEVEL": "x"})


def test_secrets_are_not_shown() -> None:
    settings = from_environment({name: f"the-secret-{name}" for name in SECRETS})
    assert "the-secret" not in f"{settings!r} {settings}"


def test_the_address_of_slack() -> None:
    assert from_environment({}).slack_api == "https://slack.com/api/"
    assert from_environment({"SLACK_API_URL": "http://h/api"}).slack_api == "http://h/api/"


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "[::1]", "localhost", "LOCALHOST"])
def test_loopback(host: str) -> None:
    assert is_loopback(host)
    require_guarded(from_environment({"TOCSIN_HTTP_HOST": host}))


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.1", "localhost.example.com", "tocsin"])
def test_others_can_reach_it_only_with_tokens(host: str) -> None:
    assert not is_loopback(host)
    with pytest.raises(ConfigurationError, match="without TOCSIN_API_TOKEN and TOCSIN_WEBHOOK_TOKEN"):
        require_guarded(from_environment({"TOCSIN_HTTP_HOST": host}))
    with pytest.raises(ConfigurationError, match="without TOCSIN_WEBHOOK_TOKEN;"):
        require_guarded(from_environment({"TOCSIN_HTTP_HOST": host, "TOCSIN_API_TOKEN": "a"}))
    tokens = {"TOCSIN_API_TOKEN": "a", "TOCSIN_WEBHOOK_TOKEN": "b"}
    require_guarded(from_environment({"TOCSIN_HTTP_HOST": host, **tokens}))
    require_guarded(from_environment({"TOCSIN_HTTP_HOST": host, "TOCSIN_ALLOW_ANONYMOUS": "true"}))


def test_what_a_command_needs() -> None:
    settings = from_environment({"KAFKA_BOOTSTRAP_SERVERS": "a:1"})
    require(settings, "KAFKA_BOOTSTRAP_SERVERS")
    with pytest.raises(ConfigurationError, match="DATABASE_URL, SLACK_BOT_TOKEN must be set"):
        require(settings, "DATABASE_URL", "KAFKA_BOOTSTRAP_SERVERS", "SLACK_BOT_TOKEN")


def test_variables_that_are_nearly_called_like_ours_are_named() -> None:
    """One that Kubernetes sets for a service called tocsin, and those of others, are not."""
    given = {
        "TOCSIN_CONFG": "TOCSIN_CONFIG",
        "TOCSIN_HTTP_POTR": "TOCSIN_HTTP_PORT",
        "TOCSIN_API_TOKN_FILE": "TOCSIN_API_TOKEN_FILE",
    }
    others = ("TOCSIN_SERVICE_HOST", "TOCSIN_PORT", "TOCSIN_PORT_8080_TCP", "TOCSIN_SECRET_CONFG", "CONFG")
    well = ("TOCSIN_CONFIG", "TOCSIN_API_TOKEN", "TOCSIN_API_TOKEN_FILE")
    assert misspelt(dict.fromkeys([*given, *others, *well], "x")) == given
