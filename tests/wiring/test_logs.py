"""Logs: in either form, whatever carries it, no secret comes out."""

from __future__ import annotations

import json
import logging
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from bot.settings import SECRETS, from_environment
from bot.wiring.logs import REDACTED, Redactor, configure_logs, secrets_of

if TYPE_CHECKING:
    from collections.abc import Iterator

DSN = "postgresql://tocsin:p%40ss-word@db:5432/tocsin"


@pytest.fixture(autouse=True)
def logging_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level


def _configured(form: str) -> Any:
    environment = {name: f"value-of-{name}" for name in SECRETS} | {
        "DATABASE_URL": DSN,
        "LOG_FORMAT": form,
        "TOCSIN_SECRET_DEPLOY": "secret-of-a-playbook",
    }
    configure_logs(from_environment(environment), more_secrets=["made-at-the-start"])
    return structlog.stdlib.get_logger("tests.logs")


SECRET_TEXTS = [
    *(f"value-of-{name}" for name in SECRETS if name != "DATABASE_URL"),
    "secret-of-a-playbook",
    "made-at-the-start",
    "p%40ss-word",
    "p@ss-word",
    "xoxb-12345-abcdef",
    "xoxe.xoxp-1-Mi0yLTk4",
    "xapp-1-A02-5",
    "eyJhbGciOiJIUzI1NiJ9.e30.t",
]


class Thing:
    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return f"Thing({self._text})"

    def __str__(self) -> str:
        return "a thing"


class Pair(NamedTuple):
    name: str
    value: str


def _raised(text: str) -> None:
    secret = text  # a frame's local is not to be drawn either
    raise ValueError(f"cannot use {secret}")


@pytest.mark.parametrize("form", ["console", "json"])
@pytest.mark.parametrize("secret", SECRET_TEXTS)
def test_no_secret_comes_out(form: str, secret: str, capfd: pytest.CaptureFixture[str]) -> None:
    log = _configured(form)
    said = f"Bearer {secret}"
    log.warning(said)
    log.warning("plain", value=said, nested={"a": [{said: said}], "b": (1, said)}, pair=Pair("a", said))
    log.warning("objects", thing=Thing(said), raw=said.encode(), error=ValueError(said), some={said})
    log.warning("positional %s", said)
    logging.getLogger("somebody.else").error("says %s", said)
    with structlog.contextvars.bound_contextvars(context=said):
        log.warning("bound")
    try:
        _raised(said)
    except ValueError:
        log.exception("failed")
        logging.getLogger("somebody.else").exception("failed as well")
    out, err = capfd.readouterr()
    assert out == ""
    assert secret not in err
    assert err.count(REDACTED) >= 10
    assert err.count("Traceback") == 2


def test_addresses_with_passwords(capfd: pytest.CaptureFixture[str]) -> None:
    log = _configured("json")
    log.warning("connects", to="amqp://user:un@encoded@host/x", plain="https://example.com/a@b:c")
    line = json.loads(capfd.readouterr().err)
    assert line["to"] == f"amqp://{REDACTED}@host/x"
    assert line["plain"] == "https://example.com/a@b:c"


def test_json_lines(capfd: pytest.CaptureFixture[str]) -> None:
    log = _configured("json")
    log.info("incident opened", incident="INC-12", count=3, share=0.5, none=None, yes=True)
    logging.getLogger("other").warning("from %s", "elsewhere")
    first, second = map(json.loads, capfd.readouterr().err.splitlines())
    assert (first["event"], first["incident"], first["level"]) == ("incident opened", "INC-12", "info")
    assert (first["count"], first["share"], first["none"], first["yes"]) == (3, 0.5, None, True)
    assert first["timestamp"].endswith("Z")
    assert (second["event"], second["logger"]) == ("from elsewhere", "other")


def test_the_form_follows_the_terminal(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    settings = from_environment({})
    for terminal in (True, False):
        monkeypatch.setattr(sys.stderr, "isatty", lambda answer=terminal: answer)
        configure_logs(settings)
        structlog.get_logger("tests.form").warning("seen")
        assert capfd.readouterr().err.startswith("{") is not terminal


def test_the_level_holds_and_chatty_libraries_are_quieter(capfd: pytest.CaptureFixture[str]) -> None:
    configure_logs(from_environment({"LOG_FORMAT": "json", "LOG_LEVEL": "INFO"}))
    structlog.stdlib.get_logger("tests.level").debug("not shown")
    logging.getLogger("aiokafka.consumer").info("not shown")
    logging.getLogger("aiokafka.consumer").warning("shown")
    assert [json.loads(line)["event"] for line in capfd.readouterr().err.splitlines()] == ["shown"]


def test_short_words_are_no_secrets() -> None:
    assert Redactor(["abc", ""]).clean("abc") == "abc"


def test_secrets_of_settings() -> None:
    settings = from_environment({"DATABASE_URL": DSN, "TOCSIN_SECRET_A": "inner"})
    assert {DSN, "p%40ss-word", "p@ss-word", "inner"} <= set(secrets_of(settings))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(JSON)
def test_what_holds_no_secret_stays_as_it_is(value: Any) -> None:
    assert Redactor(["not-in-any-example"]).clean(value) == value


@given(st.text(), st.text(), st.sampled_from(["long-secret", "xoxb-1234567-abc"]))
def test_a_secret_is_found_anywhere(before: str, after: str, secret: str) -> None:
    assert secret not in Redactor(["long-secret"]).clean(f"{before} {secret} {after}")
