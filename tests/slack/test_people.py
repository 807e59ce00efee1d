from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.app.ports import Message
from bot.domain.errors import RemoteRefusedError, RemoteUnavailableError
from bot.slack.people import People
from tests.support.ports import free_port

if TYPE_CHECKING:
    from bot.localslack.server import RunningLocalSlack
    from bot.slack.webapi import WebApi


async def test_an_address_that_is_used_up_is_refused(slack: RunningLocalSlack, api: WebApi) -> None:
    with pytest.raises(RemoteRefusedError, match="HTTP 404"):
        await People(api).answer(f"{slack.url}response/T0LOCAL001/none", Message("hello"))


async def test_an_address_that_does_not_answer(api: WebApi) -> None:
    with pytest.raises(RemoteUnavailableError):
        await People(api).answer(f"http://127.0.0.1:{free_port()}/", Message("hello"))
    with pytest.raises(RemoteUnavailableError):
        await People(api).answer("no address", Message("hello"))
