from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from bot.toolbox.web import BODY_BYTES, Web, open_session
from playbooks.errors import PermanentStepError, RetryableStepError, UncertainStepError
from playbooks.toolbox import HttpRequest
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
async def client() -> AsyncIterator[Web]:
    async with open_session() as session:
        yield Web(session, time.monotonic)


async def test_a_request_carries_its_body_headers_and_key(outside: World, client: Web) -> None:
    url = outside.says("/rollback", '{"ok": true}', 202)
    answer = await client.request(
        HttpRequest("POST", url, {"X-Token": "s3cret"}, {"to": "v41"}, "run-1:rollback")
    )
    assert (answer.status, answer.body) == (202, '{"ok": true}')
    asked = outside.asked[0]
    assert asked["body"] == '{"to": "v41"}'
    assert asked["headers"]["content-type"] == "application/json"
    assert asked["headers"]["idempotency-key"] == "run-1:rollback"
    assert asked["headers"]["x-token"] == "s3cret"


async def test_every_status_is_an_answer(outside: World, client: Web) -> None:
    assert (await client.request(HttpRequest("GET", outside.says("/broken", status=503)))).status == 503


async def test_a_large_answer_is_cut(outside: World, client: Web) -> None:
    url = outside.says("/large", b"x" * (BODY_BYTES + 10))
    assert len((await client.request(HttpRequest("GET", url))).body) == BODY_BYTES


async def test_an_unknown_charset_is_read_as_utf8(outside: World, client: Web) -> None:
    url = outside.says("/odd", "né", Content_Type="text/plain; charset=klingon")
    assert (await client.request(HttpRequest("GET", url))).body == "né"


async def test_a_get_follows_redirects_and_keeps_secrets_at_home(outside: World, client: Web) -> None:
    elsewhere = outside.says("/there", "arrived").replace("127.0.0.1", "localhost")
    outside.says("/same", status=302, Location=elsewhere)
    url = outside.says("/start", status=302, Location="/same")
    answer = await client.request(HttpRequest("GET", url, {"X-Token": "s3cret"}))
    assert answer.body == "arrived"
    assert [("x-token" in one["headers"]) for one in outside.asked] == [True, True, False]


async def test_redirects_without_end_are_given_up(outside: World, client: Web) -> None:
    url = outside.says("/round", status=302, Location="/round")
    with pytest.raises(PermanentStepError, match="redirects more than"):
        await client.request(HttpRequest("GET", url))


async def test_a_redirect_to_another_scheme_is_refused(outside: World, client: Web) -> None:
    url = outside.says("/file", status=302, Location="file:///etc/passwd")
    with pytest.raises(PermanentStepError, match="begins with http"):
        await client.request(HttpRequest("GET", url))


async def test_a_post_is_never_redirected(outside: World, client: Web) -> None:
    url = outside.says("/moved", status=307, Location="/elsewhere")
    assert (await client.request(HttpRequest("POST", url))).status == 307
    assert len(outside.asked) == 1


async def test_no_connection_did_nothing(client: Web) -> None:
    url = f"http://127.0.0.1:{free_port()}/?token=s3cret"
    with pytest.raises(RetryableStepError) as caught:
        await client.request(HttpRequest("POST", url))
    assert "s3cret" not in str(caught.value)


async def test_a_lost_answer_is_uncertain(outside: World, client: Web) -> None:
    with pytest.raises(UncertainStepError, match="the answer was lost"):
        await client.request(HttpRequest("POST", outside.drops("/act")))
    assert len(outside.asked) == 1, "it was sent once and not again"


async def test_no_answer_in_time_is_uncertain(outside: World, client: Web) -> None:
    with pytest.raises(UncertainStepError, match="no answer within"):
        await client.request(HttpRequest("POST", outside.hangs("/slow"), timeout=0.05))


@pytest.mark.parametrize("url", ["ftp://host/x", "file:///etc/passwd", "http://", "http://h:99999/"])
async def test_only_addresses_of_the_web_are_asked(client: Web, url: str) -> None:
    with pytest.raises(PermanentStepError):
        await client.request(HttpRequest("GET", url))


async def test_a_header_that_would_split_is_refused(outside: World, client: Web) -> None:
    with pytest.raises(PermanentStepError, match="cannot be used"):
        await client.request(HttpRequest("GET", outside.says("/x"), {"X-A": "a\r\nX-B: b"}))


async def test_a_request_is_a_call_without_its_address(outside: World) -> None:
    spans = Spans()
    url = outside.says("/health", status=503)
    async with open_session() as session:
        with spans.tracer.work("step", {}):
            await Web(session, time.monotonic, spans.tracer).request(HttpRequest("get", url))
    assert about(spans.one("http GET")) == {"http.request.method": "GET", "http.response.status_code": 503}
