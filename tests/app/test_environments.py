from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.app.environments import Apart, apart
from tests.support.facts import change, incident, later
from tests.support.fake_store import FakeStore

if TYPE_CHECKING:
    from collections.abc import Sequence


async def found(
    incidents: Sequence[str], changes: Sequence[str], same: dict[str, str] | None = None
) -> Apart:
    store, known = FakeStore(), same or {}
    async with store.begin() as uow:
        for number, name in enumerate(incidents):
            await uow.incidents.add(incident(environment=name, opened_at=later(number)))
        for name in changes:
            await uow.changes.add([replace(change(f"c-{name}"), environment=name)])
        return await apart(uow, later(3_600), lambda name: known.get(name, name))


async def test_environments_that_only_one_side_names() -> None:
    one = await found(["prod", "unknown", "staging"], ["production", "unknown", "staging"])
    assert one == Apart(("prod",), ("production",))
    assert "incidents in prod have no changes, and changes in production no incidents" in one.text
    assert one.text.endswith("change_environments: {prod: [production]}")


async def test_of_several_nobody_can_say_which_are_one() -> None:
    several = await found(["prod"], ["production", "dev"])
    assert several == Apart(("prod",), ("dev", "production"))
    assert several.text.endswith("{NAME IN ALERTS: [NAME IN CHANGES]}")


async def test_what_is_said_to_be_one_is_one() -> None:
    assert await found(["prod"], ["production"], {"production": "prod"}) == Apart((), ())


async def test_an_environment_whose_incidents_are_not_among_the_newest() -> None:
    assert await found(["staging", *["prod"] * 200], ["staging", "production"]) == Apart(
        ("prod",), ("production",)
    )


async def test_nothing_is_said_where_only_one_side_has_some_of_its_own() -> None:
    for nothing in (await found([], []), await found(["prod"], []), await found([], ["dev"])):
        assert not nothing.text
