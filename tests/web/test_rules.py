"""The rules over HTTP and as a page: what each does, and what it has done."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import TYPE_CHECKING

from bot.domain.conditions import ConditionError
from bot.domain.rule_watch import CostBound
from bot.domain.rules import Action, RuleSet
from bot.domain.schedule import Hours, Schedule
from tests.domain.conditions import Says
from tests.domain.world import alert, rule
from tests.web.fakes import API, deps

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from bot.web.deps import WebDeps
    from tests.web.fakes import Web

    Serve = Callable[[WebDeps], Awaitable[Web]]


def seconds() -> Iterator[float]:
    """A condition takes a second."""
    now = 0.0
    while True:
        yield (now := now + 1.0)


def rules() -> RuleSet:
    """One of each: broken, resting, taking all, never asked."""
    ticks = seconds()
    made = RuleSet(
        [
            rule("team=<pay>", name="broken", when=Says(ConditionError("there is no tier"))),
            rule(name="resting", when=Says(answer=False), owners=("U1",)),
            rule(name="takes", active=Schedule((Hours(UTC),))),
            rule(name="never", action=Action.ATTACH),
        ],
        meter=lambda: next(ticks),
        bound=CostBound(strikes=2, rest=timedelta(hours=1)),
    )
    for minute in range(3):
        made.route(alert(minute=minute))
    made.route(alert(minute=3, team="<pay>"))
    return made


async def test_the_api_lists_them_in_their_order(serve: Serve) -> None:
    web = await serve(deps(rules=rules()))
    answer = await web.client.get("/api/v1/rules", headers=API)
    broken, resting, takes, never = (await answer.json())["items"]
    assert (broken["name"], broken["match"], broken["when"]) == ("broken", ['team="<pay>"'], "says")
    assert (broken["errors"], broken["last_error"], broken["matches"]) == (1, "there is no tier", 0)
    assert (resting["evaluations"], resting["condition_seconds"], resting["skipped"]) == (2, 2.0, 2)
    assert resting["resting"].startswith("its condition took more than 10 ms")
    assert (takes["matches"], takes["last_matched_at"]) == (4, "2026-11-21T03:03:00Z")
    assert (takes["active"], takes["when"], takes["resting"]) == ("00:00-24:00 UTC", None, None)
    assert (never["action"], never["matches"], never["last_matched_at"]) == ("attach", 0, None)


async def test_the_page_says_it_in_words(serve: Serve) -> None:
    web = await serve(deps(rules=rules()))
    text = await (await web.client.get("/rules", headers=API)).text()
    assert "never matched" in text
    assert "1 error: there is no tier" in text
    assert "left out (2 alerts)" in text
    assert "last matched" in text
    assert "team=&#34;&lt;pay&gt;&#34;" in text


async def test_both_want_the_token(web: Web) -> None:
    assert (await web.client.get("/api/v1/rules")).status == 401
    assert (await web.client.get("/rules")).status == 401


async def test_a_process_that_takes_no_alerts_says_where_they_are_counted(serve: Serve) -> None:
    taking, idle = await serve(deps(rules=rules())), await serve(deps())
    hint = "tocsin_rule_matches_total"
    assert hint not in await (await taking.client.get("/rules", headers=API)).text()
    assert hint in await (await idle.client.get("/rules", headers=API)).text()
