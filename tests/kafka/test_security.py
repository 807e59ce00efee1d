from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

import pytest
from aiokafka.conn import collect_hosts

from bot.domain.errors import ConfigurationError
from bot.kafka.security import KafkaSettings, client_options

if TYPE_CHECKING:
    from pathlib import Path


def test_plain_text_needs_only_an_address() -> None:
    assert client_options(KafkaSettings("a:1, b:2")) == {
        "bootstrap_servers": ["a:1", "b:2"],
        "client_id": "tocsin",
        "security_protocol": "PLAINTEXT",
    }


@pytest.mark.parametrize(
    "servers", ["kafka", "kafka-0.kafka:9092", "10.0.0.1:65535", "[::1]:9092", "[::1]", "::1"]
)
def test_servers_as_the_client_reads_them(servers: str) -> None:
    options = client_options(KafkaSettings(servers))
    assert options["bootstrap_servers"] == [servers]
    assert collect_hosts(options["bootstrap_servers"])


@pytest.mark.parametrize(
    "wrong", ["127.0.0.1:abc", "a:", "a:0", "a:65536", ":9092", "kafka://a:1", "[::1]x", "a:1:2"]
)
def test_servers_that_it_cannot_read(wrong: str) -> None:
    with pytest.raises(
        ConfigurationError, match=r"KAFKA_BOOTSTRAP_SERVERS: .* host:port\[,host:port\]"
    ) as refused:
        client_options(KafkaSettings(f"a:1,{wrong}"))
    assert repr(wrong) in refused.value.detail


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"])
def test_sasl_over_tls(mechanism: str) -> None:
    options = client_options(
        KafkaSettings("a:1", "SASL_SSL", sasl_mechanism=mechanism, sasl_username="u", sasl_password="p")
    )
    assert (options["sasl_mechanism"], options["sasl_plain_username"]) == (mechanism, "u")
    assert options["ssl_context"].verify_mode is ssl.CERT_REQUIRED
    assert options["ssl_context"].check_hostname


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        (KafkaSettings(" "), "KAFKA_BOOTSTRAP_SERVERS"),
        (KafkaSettings("a:1", "TLS"), "KAFKA_SECURITY_PROTOCOL"),
        (KafkaSettings("a:1", "SASL_PLAINTEXT", sasl_mechanism="GSSAPI"), "KAFKA_SASL_MECHANISM"),
        (KafkaSettings("a:1", "SASL_PLAINTEXT", sasl_password="p4ss"), "KAFKA_SASL_USERNAME"),
        (KafkaSettings("a:1", "SASL_PLAINTEXT", sasl_username="u"), "KAFKA_SASL_PASSWORD"),
        (KafkaSettings("a:1", "SSL", ssl_keyfile="k"), "KAFKA_SSL_CERTFILE"),
        (KafkaSettings("a:1", "SSL", ssl_cafile="/no/such/file"), "KAFKA_SSL_CAFILE"),
    ],
)
def test_what_is_wrong_is_named(settings: KafkaSettings, named: str) -> None:
    with pytest.raises(ConfigurationError, match=named) as refused:
        client_options(settings)
    assert "p4ss" not in str(refused.value)


def test_a_file_that_is_no_certificate(tmp_path: Path) -> None:
    broken = tmp_path / "ca.pem"
    broken.write_text("no certificate")
    with pytest.raises(ConfigurationError, match="KAFKA_SSL_CAFILE"):
        client_options(KafkaSettings("a:1", "SSL", ssl_cafile=str(broken)))


def test_the_password_is_not_shown() -> None:
    assert "p4ss" not in repr(KafkaSettings("a:1", sasl_password="p4ss"))
