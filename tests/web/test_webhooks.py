from __future__ import annotations

import gzip
import io
import json
from typing import TYPE_CHECKING, Any

import pytest
from structlog.testing import capture_logs

from bot.domain.errors import BrokerUnavailableError
from bot.ingest.labels import LabelPolicy
from bot.ingest.records import decode_alert
from bot.web.deps import Limits
from bot.web.webhooks import LOGGED
from tests.ingest.test_alertmanager import BODIES, alert
from tests.web.fakes import NOW, SENDER, deps

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

    from bot.app.ports import OutRecord
    from bot.web.deps import WebDeps
    from tests.web.fakes import Web

PATH = "/api/v1/webhooks/alertmanager"
SMALL = Limits(body_bytes=1000, quarantine_seconds=0.1)


async def test_a_real_body_becomes_records(web: Web) -> None:
    answer = await web.client.post(PATH, data=(BODIES / "firing.json").read_bytes(), headers=SENDER)
    assert answer.status == 202
    assert await answer.json() == {"accepted": 2, "rejected": [], "rejected_count": 0, "truncated": 0}
    first = web.publisher.records[0]
    assert (first.topic, first.key) == ("tocsin.alerts.v1", "checkout")
    event = decode_alert(first.value, first.headers, 0, LabelPolicy())
    assert (event.name, event.received_at) == ("HighErrorRate", NOW)


async def test_the_good_are_taken_and_the_bad_kept(web: Web) -> None:
    body = {"truncatedAlerts": 3, "alerts": [alert(), alert(startsAt="soon")]}
    answer = await web.client.post(PATH, json=body, headers=SENDER)
    told = await answer.json()
    assert (answer.status, told["accepted"], told["truncated"]) == (202, 1, 3)
    assert [one["path"] for one in told["rejected"]] == ["alerts[1].startsAt"]
    assert [one.path for one in web.kept.rejected] == ["alerts[1].startsAt"]
    for outcome, count in (("accepted", 1), ("rejected", 1), ("truncated", 3)):
        labels = {"source": "alertmanager", "outcome": outcome}
        assert web.metric("tocsin_webhook_events_total", **labels) == count


async def test_a_database_that_is_away_does_not_stop_the_good(web: Web) -> None:
    web.kept.away = True
    answer = await web.client.post(PATH, json={"alerts": [alert(), 7]}, headers=SENDER)
    assert (answer.status, len(web.publisher.records)) == (202, 1)
    assert web.metric("tocsin_webhook_unkept_rejections_total") == 1


async def test_the_log_names_each_rejection_with_its_reason(web: Web) -> None:
    body = {"alerts": [alert(startsAt="soon"), 7, *[{}] * 99]}
    with capture_logs() as lines:
        await web.client.post(PATH, json=body, headers=SENDER)
    [line] = [one for one in lines if one["event"] == "webhook events rejected"]
    assert (line["count"], len(line["rejected"])) == (101, LOGGED)
    assert line["rejected"][0].startswith("alerts[0].startsAt: 'soon' is not a time")
    assert line["rejected"][1] == "alerts[1]: must be an object, not a number"


async def test_what_cannot_be_kept_is_in_the_log(web: Web) -> None:
    web.kept.away = True
    body = {"alerts": [{"story": "x" * 9000}, 7]}
    with capture_logs() as lines:
        answer = await web.client.post(PATH, json=body, headers=SENDER)
    assert answer.status == 202
    [line] = [one for one in lines if one["event"] == "rejected webhook events are not kept"]
    assert line["log_level"] == "error"
    assert [one.partition(":")[0] for one in line["rejected"]] == ["alerts[0].status", "alerts[1]"]
    assert line["bodies"] == [('{"story":"' + "x" * 9000)[:4096], "7"]


async def test_a_strange_count_of_what_was_left_out_harms_nobody(web: Web) -> None:
    body = {"truncatedAlerts": 10**30, "alerts": [alert()]}
    answer = await web.client.post(PATH, json=body, headers=SENDER)
    assert (answer.status, (await answer.json())["truncated"]) == (202, 0)
    assert web.metric("tocsin_webhook_events_total", source="alertmanager", outcome="truncated") == 0


async def test_a_broker_that_is_away_is_a_503(web: Web) -> None:
    web.publisher.reachable = False
    answer = await web.client.post(PATH, json={"alerts": [alert()]}, headers=SENDER)
    assert (answer.status, answer.headers["Retry-After"]) == (503, "5")
    assert answer.content_type == "application/problem+json"
    assert web.kept.rejected == []


async def test_nothing_to_produce_needs_no_broker(web: Web) -> None:
    web.publisher.reachable = False
    answer = await web.client.post(PATH, json={"alerts": []}, headers=SENDER)
    assert answer.status == 202


async def test_a_full_buffer_is_a_503(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    async def full(_records: Sequence[OutRecord], within: float) -> None:
        assert within < 5
        raise BrokerUnavailableError("too many records wait")

    monkeypatch.setattr(web.publisher, "publish", full)
    answer = await web.client.post(PATH, json={"alerts": [alert()]}, headers=SENDER)
    assert answer.status == 503


@pytest.mark.parametrize(
    "headers", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "Bearer api-token"}]
)
async def test_only_the_senders_token_opens(web: Web, headers: dict[str, str]) -> None:
    answer = await web.client.post(PATH, json={"alerts": []}, headers=headers)
    assert (answer.status, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert "sender-token" not in await answer.text()


@pytest.mark.parametrize(
    ("body", "path"), [(b"{", ""), (b"{}", "alerts"), (b'{"alerts": [], "version": "3"}', "version")]
)
async def test_what_cannot_be_read_is_a_400_that_names_the_field(web: Web, body: bytes, path: str) -> None:
    answer = await web.client.post(PATH, data=body, headers=SENDER)
    problem = await answer.json()
    assert (answer.status, answer.content_type) == (400, "application/problem+json")
    assert problem["errors"][0]["path"] == path


async def test_an_unknown_source_is_a_404_that_names_the_known(web: Web) -> None:
    answer = await web.client.post("/api/v1/webhooks/nagios", json={}, headers=SENDER)
    assert answer.status == 404
    assert "alertmanager" in (await answer.json())["detail"]


async def test_another_media_type_is_a_415(web: Web) -> None:
    answer = await web.client.post(PATH, data={"a": "b"}, headers=SENDER)
    assert answer.status == 415


async def chunks(count: int) -> AsyncIterator[bytes]:
    for _ in range(count):
        yield b" " * 100


@pytest.mark.parametrize("kind", ["plain", "chunked", "gzip"])
async def test_a_huge_body_is_a_413_and_counted(
    serve: Callable[[WebDeps], Awaitable[Web]], kind: str
) -> None:
    web = await serve(deps(limits=SMALL))
    data: Any = {"plain": b" " * 2000, "chunked": chunks(20), "gzip": gzip.compress(b" " * 2000)}[kind]
    headers = SENDER | ({"Content-Encoding": "gzip"} if kind == "gzip" else {})
    answer = await web.client.post(PATH, data=data, headers=headers)
    assert answer.status == 413
    assert web.metric("tocsin_http_bodies_too_large_total") == 1
    route = {"method": "POST", "route": "/api/v1/webhooks/{source}", "status": "413"}
    assert web.metric("tocsin_http_requests_total", **route) == 1


async def test_by_default_the_bound_is_16_mib(web: Web) -> None:
    almost = b'{"alerts": []' + b" " * (16 * 2**20 - 15) + b"}"
    assert (await web.client.post(PATH, data=io.BytesIO(almost), headers=SENDER)).status == 202
    assert (await web.client.post(PATH, data=io.BytesIO(almost + b"   "), headers=SENDER)).status == 413


async def test_a_compressed_body_is_read(web: Web) -> None:
    body = gzip.compress(json.dumps({"alerts": [alert()]}).encode())
    answer = await web.client.post(PATH, data=body, headers=SENDER | {"Content-Encoding": "gzip"})
    assert (answer.status, len(web.publisher.records)) == (202, 1)
