"""One person is told, by whatever way works."""

from __future__ import annotations

from contextlib import suppress
from http import HTTPStatus
from typing import TYPE_CHECKING, Literal

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.app.ports import Message
from bot.domain.errors import RateLimitedError, RemoteRefusedError, RemoteUnavailableError
from bot.localslack.faults import Fault
from bot.slack.people import Asker, People
from tests.slack.person import ADA
from tests.support.ports import free_port

if TYPE_CHECKING:
    from bot.localslack.server import RunningLocalSlack
    from bot.slack.webapi import WebApi

HELLO = Message("hello")


class Pauses:
    """Remembers how long was waited, and waits not at all."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


@pytest.fixture
def pauses() -> Pauses:
    return Pauses()


@pytest.fixture
def people(api: WebApi, pauses: Pauses) -> People:
    return People(api, pauses)


def written(slack: RunningLocalSlack) -> list[bool]:
    """How often we wrote to Ada, and whether Slack took it."""
    return [bool(one["ok"]) for one in slack.slack.journal.calls("chat.postMessage")]


@pytest.mark.parametrize("address", ["used up", "silent", "no address"])
async def test_where_the_address_does_not_work_it_is_written_directly(
    slack: RunningLocalSlack, people: People, pauses: Pauses, address: str
) -> None:
    addresses = {
        "used up": f"{slack.url}response/T0LOCAL001/none",
        "silent": f"http://127.0.0.1:{free_port()}/",
    }
    await people.tell(Asker(ADA, "", addresses.get(address, address)), HELLO)
    assert written(slack) == [True]
    assert pauses.seconds == []


@pytest.mark.parametrize("kind", ["unavailable", "ratelimited"])
async def test_where_one_way_fails_the_other_is_taken(
    slack: RunningLocalSlack,
    people: People,
    pauses: Pauses,
    kind: Literal["unavailable", "ratelimited"],
) -> None:
    slack.slack.faults.add(Fault(method="chat.postEphemeral", kind=kind))
    await people.tell(Asker(ADA, "C1"), HELLO)
    assert written(slack) == [True]
    assert pauses.seconds == []


async def test_the_only_way_is_tried_again_after_a_pause(
    slack: RunningLocalSlack, people: People, pauses: Pauses
) -> None:
    slack.slack.faults.add(Fault(method="chat.postMessage", kind="unavailable"))
    slack.slack.faults.add(Fault(method="chat.postMessage", kind="ratelimited", retry_after=7))
    await people.tell(Asker(ADA), HELLO)
    assert written(slack) == [False, False, True]
    assert pauses.seconds == [1, 7]


async def test_it_is_given_up_after_three_attempts(
    slack: RunningLocalSlack, people: People, pauses: Pauses
) -> None:
    slack.slack.faults.add(Fault(method="chat.postMessage", kind="ratelimited", retry_after=900, times=9))
    with pytest.raises(RateLimitedError):
        await people.tell(Asker(ADA), HELLO)
    assert written(slack) == [False] * 3
    assert pauses.seconds == [30, 30]


async def test_what_slack_refuses_is_not_tried_again(
    slack: RunningLocalSlack, people: People, pauses: Pauses
) -> None:
    with pytest.raises(RemoteRefusedError):
        await people.tell(Asker("U0NOBODY01", "", f"{slack.url}response/T0LOCAL001/none"), HELLO)
    assert written(slack) == [False]
    assert pauses.seconds == []


@pytest.mark.parametrize(("status", "asked"), [(429, 3), (503, 3), (404, 1), (200, 1)])
async def test_an_address_is_tried_again_while_it_may_still_answer(
    slack: RunningLocalSlack, people: People, status: int, asked: int
) -> None:
    seen: list[str] = []

    async def answered(request: web.Request) -> web.Response:
        seen.append(str((await request.json())["text"]))
        return web.Response(status=status)

    app = web.Application()
    app.router.add_post("/", answered)
    server = TestServer(app)
    await server.start_server()
    slack.slack.faults.add(Fault(method="chat.postMessage", kind="error", error="user_disabled", times=9))
    with suppress(RemoteUnavailableError, RemoteRefusedError):
        await people.tell(Asker(ADA, "", str(server.make_url("/"))), HELLO)
    await server.close()
    assert seen == ["hello"] * asked
    assert len(written(slack)) == (status != HTTPStatus.OK)
