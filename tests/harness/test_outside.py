"""The pager of the harness tells a good signature from a bad one."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import aiohttp
import pytest

from bot.delivery.pager import signature
from tests.harness.background import Background
from tests.harness.outside import Outside

if TYPE_CHECKING:
    from collections.abc import Iterator

BODY = b'{"environment":"here"}'


@pytest.fixture
def outside() -> Iterator[Outside]:
    with Background() as background:
        world = Outside(background)
        world.start()
        yield world
        world.close()


@pytest.mark.parametrize(
    ("secret", "age", "problem"),
    [
        ("a-pager-secret-of-this-test", 0, ""),
        ("another", 0, "signed with another secret"),
        ("a-pager-secret-of-this-test", 3600, "signed at"),
    ],
)
async def test_a_page_is_judged(outside: Outside, secret: str, age: int, problem: str) -> None:
    header = {"X-Tocsin-Signature": signature(secret, int(time.time()) - age, BODY)}
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{outside.url}/page", data=BODY, headers=header) as answer,
    ):
        assert answer.status == (401 if problem else 202)
    (page,) = outside.pages("here")
    assert page.problem.startswith(problem) if problem else not page.problem
    assert outside.pages("elsewhere") == []


async def test_a_service_is_well_after_its_rollback(outside: Outside) -> None:
    async with aiohttp.ClientSession() as session:
        for expected in (503, 200):
            async with session.get(f"{outside.url}/health/payments") as answer:
                assert answer.status == expected
            body = {"environment": "here", "to": "v41"}
            async with session.post(f"{outside.url}/rollback/payments", json=body) as answer:
                assert answer.status == 200
    assert len(outside.rollbacks("here")) == 2
