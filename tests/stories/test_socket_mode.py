"""The same stories over Socket Mode: no address of ours is known to Slack."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.harness.fixtures import Running, running_product
from tests.stories.test_acts import (
    test_a_button_that_comes_too_late_says_so,
    test_buttons,
    test_commands_in_the_channel_need_no_name,
)
from tests.stories.test_commands import test_declaring_in_a_window, test_declaring_in_one_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.harness.story import Story
    from tests.support.kafka import Broker
    from tests.support.postgres import PostgresServer

__all__ = [
    "test_a_button_that_comes_too_late_says_so",
    "test_buttons",
    "test_commands_in_the_channel_need_no_name",
    "test_declaring_in_a_window",
    "test_declaring_in_one_line",
]


@pytest.fixture(scope="module")
def running(postgres_server: PostgresServer, kafka_broker: Broker) -> Iterator[Running]:
    with running_product(postgres_server, kafka_broker, socket_mode=True) as started:
        yield started


async def test_a_session_that_slack_ends_is_renewed(story: Story) -> None:
    await story.slack.do("refresh")  # Slack asks to come again, as it does every few hours
    await story.until(lambda: _answers(story), "an answer over the new session")
    deliveries = (await story.slack.see("deliveries", kind="slash_commands"))["deliveries"]
    assert {delivery["transport"] for delivery in deliveries if delivery["outcome"] == "ok"} == {"socket"}


async def _answers(story: Story) -> bool:
    sent = await story.slack.try_to("commands", user="ada", channel="general", text="/incident help")
    return bool(sent["ok"])
