"""Whom an incident would reach, said before one opens."""

from __future__ import annotations

from bot.app.reach import Reach, out_of_reach, reach_of
from bot.domain.catalog import Catalog, Service
from bot.domain.rules import Rule, RuleSet
from tests.support.fake_chat import FakeChat


def test_all_that_is_named_once_each() -> None:
    rules = RuleSet(
        [
            Rule("a", invite=("@sre", " ada@example.com"), announce=("#shop",), owners=("U0ADA00001",)),
            Rule("b", invite=("@sre",), announce=("#shop", "C024BE91L")),
        ]
    )
    catalog = Catalog([Service("web", responders=("ada@example.com", "grace@example.com"))])
    assert reach_of(rules, catalog, ["#tocsin", "#shop"]) == Reach(
        ("@sre", "ada@example.com", "grace@example.com"),
        ("#shop", "U0ADA00001", "C024BE91L", "#tocsin"),
    )


async def test_who_and_what_is_out_of_reach() -> None:
    chat = FakeChat()
    shop, old = [await chat.create_channel(name) for name in ("shop", "old")]
    chat.channels[old.id].archived = True
    chat.unfindable |= {"ada@example.com", "U0GONE0001"}
    told = ("#shop", "shop", shop.id, "U0GONE0001", "U0ADA00001", "#old", old.id.upper(), "#nowhere")
    assert await out_of_reach(chat, Reach(("ada@example.com", "@sre"), told)) == [
        "ada@example.com would not be invited: users_not_found",
        "U0GONE0001 would hear of nothing: users_not_found",
        "#old would hear of nothing: the app is not in it, or it is archived",
        f"{old.id} would hear of nothing: the app is not in it, or it is archived",
        "#nowhere would hear of nothing: no public channel has this name",
    ]


async def test_an_installation_that_names_nobody_asks_nothing_that_can_fail() -> None:
    assert await out_of_reach(FakeChat(), Reach((), ())) == []
