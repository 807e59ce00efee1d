"""Who is let in, and what a stranger's page in the same browser may not do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.web.deps import Tokens
from bot.web.session import COOKIE
from tests.web.fakes import API, TOKENS, a_view, deps

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.web.deps import WebDeps
    from tests.web.fakes import Web

LIST = "/api/v1/incidents"
BROWSER = {"Accept": "text/html"}


async def log_in(web: Web, key: str = "api-token") -> int:
    answer = await web.client.post("/login", data={"token": key}, allow_redirects=False)
    return answer.status


@pytest.mark.parametrize(
    "path", ["/healthz", "/readyz", "/metrics", "/login", "/api/openapi.json", "/static/console.css"]
)
async def test_some_things_are_open(web: Web, path: str) -> None:
    assert (await web.client.get(path)).status == 200


@pytest.mark.parametrize(
    "headers", [{}, {"Authorization": "Bearer sender-token"}, {"Authorization": "Basic eDp5"}]
)
async def test_the_api_asks_for_its_token(web: Web, headers: dict[str, str]) -> None:
    answer = await web.client.get(LIST, headers=headers)
    assert (answer.status, answer.headers["WWW-Authenticate"]) == (401, "Bearer")


async def test_the_token_opens_api_and_pages(web: Web) -> None:
    for path in (LIST, "/", "/incidents/INC-12", "/incidents/INC-12/postmortem"):
        assert (await web.client.get(path, headers=API)).status == 200


async def test_a_browser_is_sent_to_the_login_and_back(web: Web) -> None:
    answer = await web.client.get("/incidents/INC-12", headers=BROWSER, allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (303, "/login?next=/incidents/INC-12")
    answer = await web.client.post("/login", data={"token": "api-token", "next": "/incidents/INC-12"})
    assert (answer.status, answer.url.path) == (200, "/incidents/INC-12")
    assert (await web.client.get("/login", allow_redirects=False)).headers["Location"] == "/"


@pytest.mark.parametrize(
    "headers", [{}, {"Accept": "text/markdown"}, BROWSER | {"Authorization": "Bearer sender-token"}]
)
async def test_a_program_is_not_sent_to_the_login(web: Web, headers: dict[str, str]) -> None:
    """Or it would follow, and take the form for what it asked for."""
    answer = await web.client.get("/incidents/INC-12/postmortem", headers=headers)
    assert (answer.status, answer.headers["WWW-Authenticate"]) == (401, "Bearer")


async def test_the_session_is_kept_strictly_and_does_not_hold_the_token(web: Web) -> None:
    answer = await web.client.post("/login", data={"token": "api-token"}, allow_redirects=False)
    cookie = answer.cookies[COOKIE]
    assert (cookie["httponly"], cookie["samesite"], cookie["secure"]) == (True, "Strict", "")
    assert "api-token" not in cookie.value
    behind_tls = await web.client.post(
        "/login", data={"token": "api-token"}, allow_redirects=False, headers={"X-Forwarded-Proto": "https"}
    )
    assert behind_tls.cookies[COOKIE]["secure"]


async def test_a_wrong_token_starts_no_session(web: Web) -> None:
    assert await log_in(web, "wrong") == 401
    assert await log_in(web, "") == 401
    assert (await web.client.get("/", headers=BROWSER, allow_redirects=False)).status == 303


@pytest.mark.parametrize(
    "value", ["", "x", "99999999999.0", "99999999999.\udcff", "1.x", "٣.x", "9" * 5000 + ".x"]
)
async def test_a_forged_session_is_none(web: Web, value: str) -> None:
    answer = await web.client.get(
        "/", headers=BROWSER | {"Cookie": f"{COOKIE}={value}"}, allow_redirects=False
    )
    assert answer.status == 303


async def test_a_session_ends_with_its_token_and_by_logging_out(
    web: Web, serve: Callable[[WebDeps], Awaitable[Web]]
) -> None:
    answer = await web.client.post("/login", data={"token": "api-token"}, allow_redirects=False)
    session = BROWSER | {"Cookie": f"{COOKIE}={answer.cookies[COOKIE].value}"}
    other = await serve(deps(tokens=Tokens(api="another")))
    assert (await other.client.get("/", headers=session, allow_redirects=False)).status == 303
    assert (await web.client.get("/")).status == 200
    assert (await web.client.post("/logout", allow_redirects=False)).status == 303
    assert (await web.client.get("/", headers=BROWSER, allow_redirects=False)).status == 303


@pytest.mark.parametrize(
    "following", ["//evil.example", "/\\evil.example", "https://evil.example", "/a\r\nX: y"]
)
async def test_the_login_leads_nowhere_else(web: Web, following: str) -> None:
    answer = await web.client.post(
        "/login", data={"token": "api-token", "next": following}, allow_redirects=False
    )
    assert answer.headers["Location"] == "/"


async def test_a_link_from_elsewhere_is_opened_from_here(web: Web) -> None:
    answer = await web.client.get(
        "/incidents/INC-12", headers=BROWSER | {"Sec-Fetch-Site": "cross-site"}, allow_redirects=False
    )
    assert answer.status == 200
    assert 'http-equiv="refresh"' in await answer.text()


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
async def test_another_site_cannot_act_with_our_session(web: Web, headers: dict[str, str]) -> None:
    assert await log_in(web) == 303
    answer = await web.client.post("/incidents/INC-12/resolve", headers=headers, allow_redirects=False)
    assert (answer.status, web.cases.people) == (403, [])
    assert (await web.client.post("/login", data={"token": "api-token"}, headers=headers)).status == 403


async def test_our_own_page_can_act(web: Web) -> None:
    assert await log_in(web) == 303
    own = {"Origin": f"http://{web.client.host}:{web.client.port}", "Sec-Fetch-Site": "same-origin"}
    answer = await web.client.post("/incidents/INC-12/resolve", headers=own, allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (303, "/incidents/INC-12")
    assert web.cases.people[0].name == "the console"


async def test_the_public_address_is_our_own_too(serve: Callable[[WebDeps], Awaitable[Web]]) -> None:
    web = await serve(deps(a_view(), public_url="https://tocsin.example.com"))
    assert await log_in(web) == 303
    answer = await web.client.post(
        "/incidents/INC-12/resolve", headers={"Origin": "https://tocsin.example.com"}, allow_redirects=False
    )
    assert answer.status == 303


async def test_without_a_token_only_this_machine_is_answered(
    serve: Callable[[WebDeps], Awaitable[Web]],
) -> None:
    web = await serve(deps(a_view(), tokens=Tokens()))
    assert (await web.client.get("/")).status == 200
    assert (await web.client.get("/login", allow_redirects=False)).headers["Location"] == "/"
    assert (await web.client.get(LIST, headers={"Host": "localhost:8080"})).status == 200
    assert (await web.client.get(LIST, headers={"Host": "[::1]:8080"})).status == 200
    rebound = await web.client.get(LIST, headers={"Host": "evil.example"})
    assert (rebound.status, "Host" in await rebound.text()) == (403, True)
    assert (await web.client.get(LIST, headers={"Origin": "https://evil.example"})).status == 403
    assert (await web.client.post("/api/v1/webhooks/alertmanager", json={"alerts": []})).status == 202


async def test_another_machine_is_not(
    serve: Callable[[WebDeps], Awaitable[Web]], monkeypatch: pytest.MonkeyPatch
) -> None:
    web = await serve(deps(tokens=Tokens()))
    monkeypatch.setattr("aiohttp.web_request.BaseRequest.remote", "192.0.2.1")
    answer = await web.client.get(LIST)
    assert answer.status == 403
    assert "TOCSIN_API_TOKEN" in (await answer.json())["detail"]


async def test_it_can_be_switched_off_by_name(serve: Callable[[WebDeps], Awaitable[Web]]) -> None:
    web = await serve(deps(tokens=Tokens(allow_anonymous=True)))
    assert (await web.client.get(LIST, headers={"Host": "tocsin.example.com"})).status == 200
    assert (await web.client.get(LIST, headers={"Origin": "https://evil.example"})).status == 403


def test_tokens_are_not_shown() -> None:
    assert "token" not in repr(TOKENS).replace("Tokens", "")
