from __future__ import annotations

import hashlib
import hmac
import json
from typing import TYPE_CHECKING

import aiohttp
import pytest

from bot.delivery.pager import SIGNATURE, WebhookPager, signature
from bot.domain.errors import (
    RateLimitedError,
    RemoteMisconfiguredError,
    RemoteRefusedError,
    RemoteUnavailableError,
)
from tests.delivery.stage import NOW, Time
from tests.support.ports import free_port
from tests.support.spans import Spans, about
from tests.toolbox.world import World, world

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
async def outside() -> AsyncIterator[World]:
    async with world() as given:
        yield given


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as given:
        yield given


def pager(session: aiohttp.ClientSession, url: str, *, signed: bool = True) -> WebhookPager:
    return WebhookPager(session, url, "s3cret" if signed else "", Time(), seconds=0.2)


async def test_a_page_is_signed_and_named(outside: World, session: aiohttp.ClientSession) -> None:
    await pager(session, outside.says("/page", status=202)).page({"why": "ça brûle"}, "page:1:1")
    (asked,) = outside.asked
    assert json.loads(asked["body"]) == {"why": "ça brûle"}
    assert asked["headers"]["idempotency-key"] == "page:1:1"
    at = int(NOW.timestamp())
    signed = f"{at}.{asked['body']}".encode()
    digest = hmac.new(b"s3cret", signed, hashlib.sha256).hexdigest()
    assert asked["headers"][SIGNATURE.lower()] == f"t={at},v1={digest}"
    assert signature("s3cret", at, asked["body"].encode()) == f"t={at},v1={digest}"


async def test_without_a_secret_it_is_not_signed(outside: World, session: aiohttp.ClientSession) -> None:
    await pager(session, outside.says("/page"), signed=False).page({}, "k")
    assert SIGNATURE.lower() not in outside.asked[0]["headers"]


@pytest.mark.parametrize("status", [400, 413, 422])
async def test_what_the_pager_does_not_take_is_final(
    outside: World, session: aiohttp.ClientSession, status: int
) -> None:
    with pytest.raises(RemoteRefusedError, match=str(status)):
        await pager(session, outside.says("/page", status=status)).page({}, "k")


@pytest.mark.parametrize("status", [401, 403, 404, 409, 410, 301, 302, 308])
async def test_a_refusal_may_pass_and_a_redirect_is_not_followed(
    outside: World, session: aiohttp.ClientSession, status: int
) -> None:
    url = outside.says("/page", status=status, Location="/elsewhere")
    with pytest.raises(RemoteMisconfiguredError, match=str(status)):
        await pager(session, url).page({}, "k")
    assert len(outside.asked) == 1


@pytest.mark.parametrize("status", [408, 500, 503])
async def test_a_failure_may_be_repeated(outside: World, session: aiohttp.ClientSession, status: int) -> None:
    with pytest.raises(RemoteUnavailableError, match=str(status)):
        await pager(session, outside.says("/page", status=status)).page({}, "k")


@pytest.mark.parametrize(("header", "seconds"), [("7", 7), ("soon", 30), ("99999", 600)])
async def test_a_pause_is_honoured(
    outside: World, session: aiohttp.ClientSession, header: str, seconds: float
) -> None:
    url = outside.says("/page", status=429, Retry_After=header)
    with pytest.raises(RateLimitedError) as caught:
        await pager(session, url).page({}, "k")
    assert caught.value.retry_after == seconds


async def test_no_answer_and_no_connection_may_be_repeated(
    outside: World, session: aiohttp.ClientSession
) -> None:
    with pytest.raises(RemoteUnavailableError):
        await pager(session, outside.hangs("/page")).page({}, "k")
    with pytest.raises(RemoteUnavailableError) as caught:
        await pager(session, f"http://127.0.0.1:{free_port()}/?token=s3cret").page({}, "k")
    assert "s3cret" not in str(caught.value)


async def test_a_page_is_a_call_without_its_address(outside: World, session: aiohttp.ClientSession) -> None:
    spans = Spans()
    url = outside.says("/page", status=202)
    with spans.tracer.work("effect", {}):
        await WebhookPager(session, url, "", Time(), tracer=spans.tracer).page({}, "k")
    assert about(spans.one("page")) == {"http.request.method": "POST", "http.response.status_code": 202}
