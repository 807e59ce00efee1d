"""The same promises from the real toolbox and from the one that playbooks are tested with."""

from __future__ import annotations

import time
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import pytest

from bot.domain.effects import EffectKind
from bot.domain.errors import StoreUnavailableError
from bot.toolbox.toolbox import Toolboxes
from bot.toolbox.web import Web, open_session
from playbooks.errors import RetryableStepError
from playbooks.toolbox import HttpRequest, HttpResponse
from tests.delivery.stage import Stage, stage
from tests.playbooks.fake_toolbox import FakeToolbox
from tests.toolbox.world import World, world

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.app.ports import Store
    from playbooks.toolbox import Toolbox


@dataclass(slots=True)
class Kit:
    """A toolbox, and how to look at what it did."""

    box: Toolbox
    outside: World
    stage: Stage
    fake: FakeToolbox | None = None

    def answers(self, path: str, status: int, body: str) -> str:
        url = self.outside.says(path, body, status)
        if self.fake is not None:
            self.fake.responses[url] = HttpResponse(status, body)
        return url

    def said(self) -> list[str]:
        if self.fake is not None:
            return list(self.fake.posted.values())
        return [str(row.effect.payload["text"]) for row in self.stage.store.rows(EffectKind.POST_NOTE)]

    def noted(self) -> list[str]:
        if self.fake is not None:
            return list(self.fake.noted.values())
        return self.stage.store.told("incident-1")[1:]


@asynccontextmanager
async def kit(kind: str) -> AsyncIterator[Kit]:
    it = stage()
    await it.declare()
    async with world() as outside, open_session() as session:
        boxes = Toolboxes(
            cast("Store", it.store), it.time, Web(session, time.monotonic), {"deploy": "s3cret"}
        )
        if kind == "fake":
            fake = FakeToolbox(secrets={"deploy": "s3cret"})
            yield Kit(fake, outside, it, fake)
        else:
            yield Kit(boxes.of("incident-1"), outside, it)


@pytest.fixture(params=["real", "fake"])
async def given(request: pytest.FixtureRequest) -> AsyncIterator[Kit]:
    async with kit(request.param) as made:
        yield made


async def test_any_status_is_an_answer(given: Kit) -> None:
    url = given.answers("/health", 503, "down")
    answer = await given.box.http_request(HttpRequest("GET", url))
    assert (answer.status, answer.body) == (503, "down")


async def test_a_message_is_said_once_a_key(given: Kit) -> None:
    first = await given.box.post_message("*Found*\nit", "run:findings")
    again = await given.box.post_message("*Found*\nit", "run:findings")
    other = await given.box.post_message("More", "run:more")
    assert first == again != other
    assert given.said() == ["*Found*\nit", "More"]


async def test_a_note_is_written_once_a_key(given: Kit) -> None:
    await given.box.note("It was the disk", "run:note")
    await given.box.note("It was the disk", "run:note")
    assert given.noted() == ["It was the disk"]


async def test_secrets_are_known_by_name(given: Kit) -> None:
    assert given.box.secret("deploy") == "s3cret"
    assert given.box.secret("nothing") is None


async def test_without_the_store_nothing_was_said() -> None:
    async with kit("real") as given:
        given.stage.store.failures.append(StoreUnavailableError("gone"))
        with pytest.raises(RetryableStepError):
            await given.box.post_message("Hello", "key")
        assert given.said() == []


async def test_secrets_are_not_shown() -> None:
    async with kit("real") as given:
        assert "s3cret" not in repr(given.box)
