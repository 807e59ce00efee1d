from __future__ import annotations

import pytest

from bot.domain.errors import ConfigurationError
from bot.store.dsn import plain_dsn
from bot.store.engine import Bounds, open_connection


@pytest.mark.parametrize(
    "rest",
    [
        "tocsin:hunter2%2FSekret@h:5432/x",
        "tocsin:hunter2@h/x?sslmode=require&application_name=a@b",
        "tocsin:a:b@h:5432/x",
        "h/x",
        "h",
        "/x?host=/run/postgresql&user=a@b",
        "tocsin@/x?host=/run/postgresql",
        "tocsin@one:5432,two,[::1]:5433,[fe80::1]/x",
        "tocsin@:5432/x",
    ],
)
@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+asyncpg"])
def test_what_is_in_form_stays_as_it_is(scheme: str, rest: str) -> None:
    assert plain_dsn(f"{scheme}://{rest}") == f"postgresql://{rest}"


@pytest.mark.parametrize(
    "rest",
    [
        "tocsin:hunter2/Sekret@h:5432/x",
        "tocsin:12345/Sekret@h:5432/x",  # a port, as it looks
        "tocsin:hunter2#Sekret@h:5432/x",
        "tocsin:12345#Sekret@h:5432/x",
        "tocsin:hunter2?Sekret@h:5432/x",
        "tocsin:12345?Sekret@h:5432/x",
        "tocsin:hunter2@Sekret@h:5432/x",
        "tocsin:hunter2[Sekret@h:5432/x",
        "tocsin:hunter2]Sekret@h:5432/x",
        "tocsin:hunter2℀Sekret@h:5432/x",
        "tocsin:hunter2,Sekret@h:port/x",
        "tocsin:hunter2,Sekret@h:65536/x",
        "tocsin:hunter2,Sekret@h,,i/x",
    ],
)
def test_what_is_not_is_told_without_the_password(rest: str) -> None:
    with pytest.raises(ConfigurationError, match=r"DATABASE_URL cannot be read .* percent-encode") as refused:
        plain_dsn(f"postgresql://{rest}")
    said = f"{refused.value!r} {refused.value.__cause__!r}"
    assert not any(part in said for part in ("hunter2", "Sekret", "12345"))


@pytest.mark.parametrize("url", ["mysql://tocsin:hunter2@h/x", "tocsin:hunter2@h/x", ""])
def test_another_database_is_none_of_ours(url: str) -> None:
    with pytest.raises(ConfigurationError, match="DATABASE_URL must be postgresql://user:") as refused:
        plain_dsn(url)
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(
    ("rest", "said"),
    [
        ("127.0.0.1:1/x?sslmode=maybe", "`sslmode` parameter must be one of"),
        ("127.0.0.1:1/x?target_session_attrs=any-one", "target_session_attrs"),
        ("/x?host=127.0.0.1&port=hunter2", "a parameter or a host's name"),
        (f"{'h' * 70}.example/x", "a parameter or a host's name"),
    ],
)
async def test_what_the_driver_refuses_is_the_configuration_s(rest: str, said: str) -> None:
    with pytest.raises(ConfigurationError, match=said) as refused:
        await open_connection(f"postgresql://{rest}", Bounds(), "test")
    assert "DATABASE_URL" in str(refused.value)
    assert "hunter2" not in str(refused.value)


async def test_a_server_that_is_away_is_not() -> None:
    with pytest.raises(OSError, match="Connect"):
        await open_connection("postgresql://127.0.0.1:1/x", Bounds(), "test")
