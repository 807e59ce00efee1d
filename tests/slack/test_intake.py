from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from bot.app.ports import Message
from bot.domain.errors import NotFoundError, RemoteUnavailableError, StoreUnavailableError
from bot.slack.apologies import OURS
from bot.slack.intake import Intake
from tests.support.spans import Spans, about

if TYPE_CHECKING:
    from bot.slack.metrics import SlackMetrics


class Case:
    """An intake, the work that it was given, and what the person heard."""

    def __init__(self, metrics: SlackMetrics) -> None:
        self.seen: set[str] = set()
        self.error: Exception | None = None
        self.done = 0
        self.answer: Message | None = None
        self.heard: list[str] = []
        self.metrics = metrics
        self.intake = Intake(self.first_time, metrics)

    async def first_time(self, key: str, /) -> bool:
        if key == "store is away":
            raise StoreUnavailableError
        first = key not in self.seen
        self.seen.add(key)
        return first

    async def work(self) -> Message | None:
        self.done += 1
        if self.error is not None:
            raise self.error
        return self.answer

    async def tell(self, message: Message) -> None:
        self.heard.append(message.text)

    async def run(self, key: str = "k") -> None:
        self.intake.begin("button", key, self.work, self.tell)
        await self.intake.drain(5)

    def counted(self, outcome: str) -> float:
        return float(self.metrics.interactions.labels("button", outcome)._value.get())


@pytest.fixture
def case(metrics: SlackMetrics) -> Case:
    return Case(metrics)


async def test_a_repeated_delivery_does_nothing(case: Case) -> None:
    await case.run()
    await case.run()
    assert case.done == 1
    assert case.counted("ok") == case.counted("duplicate") == 1


async def test_a_refusal_is_told_in_words(case: Case) -> None:
    case.error = NotFoundError("INC-9")
    await case.run()
    assert case.heard == ["That does not exist: INC-9."]
    assert case.counted("refused") == 1


async def test_what_nobody_foresaw_is_told_without_details(case: Case) -> None:
    case.error = ZeroDivisionError("secret")
    await case.run()
    assert case.heard == [OURS]
    assert case.counted("failed") == 1


async def test_without_the_database_nothing_is_done(case: Case) -> None:
    await case.run("store is away")
    assert case.done == 0
    assert "Nothing was changed" in case.heard[0]


async def test_what_came_of_it_is_told(case: Case) -> None:
    case.answer = Message("INC-1 is declared")
    await case.run()
    assert case.heard == ["INC-1 is declared"]


async def test_what_is_done_has_not_failed_where_telling_fails(case: Case) -> None:
    told: list[str] = []

    async def tell(message: Message) -> None:
        told.append(message.text)
        raise RemoteUnavailableError

    case.answer = Message("INC-1 is declared")
    case.intake.begin("button", "k", case.work, tell)
    await case.intake.drain(5)
    assert told == ["INC-1 is declared"], "and no word of a failure"
    assert case.counted("ok") == 1


async def test_what_others_wrote_is_escaped_once(case: Case) -> None:
    case.error = NotFoundError("<!here>")
    await case.run()
    assert case.heard == ["That does not exist: &lt;!here&gt;."]


async def test_a_person_who_cannot_be_told_breaks_nothing(case: Case) -> None:
    async def tell(_message: Message) -> None:
        raise RemoteUnavailableError

    case.error = NotFoundError()
    case.intake.begin("button", "k", case.work, tell)
    await case.intake.drain(5)
    assert case.counted("refused") == 1


async def test_the_end_waits_for_work_but_not_for_ever(case: Case) -> None:
    begun = asyncio.Event()

    async def endless() -> Message | None:
        begun.set()
        await asyncio.Event().wait()
        return None

    case.intake.begin("button", "k", endless, case.tell)
    await begun.wait()
    await case.intake.drain(0.01)
    assert case.intake._running == set()
    await case.intake.drain(0.01)


async def test_what_a_person_asks_for_is_a_span_with_its_outcome(case: Case) -> None:
    spans = Spans()
    case.intake = Intake(case.first_time, case.metrics, spans.tracer)
    await case.run()
    await case.run()
    told = [about(span) for span in spans.all("slack button")]
    assert [one["tocsin.outcome"] for one in told] == ["ok", "duplicate"]
