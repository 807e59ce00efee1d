from __future__ import annotations

from dataclasses import replace

from bot.app.environments import Apart, apart
from tests.support.facts import NOW, change, incident, later
from tests.support.fake_store import FakeStore


async def test_environments_that_only_one_side_names() -> None:
    store = FakeStore()
    async with store.begin() as uow:
        assert (await apart(uow, NOW)).text == ""
        for name in ("prod", "unknown", "staging"):
            await uow.incidents.add(incident(environment=name))
        for name in ("production", "unknown", "staging", "dev"):
            await uow.changes.add([replace(change(f"c-{name}"), environment=name)])
        found = await apart(uow, later(60))
    assert found == Apart(("prod",), ("dev", "production"))
    assert "incidents in prod have no changes, and changes in dev, production no incidents" in found.text
    assert "labels: {environments: {prod: [dev]}}" in found.text


def test_that_only_one_side_has_some_of_its_own_is_nothing_to_say() -> None:
    assert not Apart(("prod",), ()).text
    assert not Apart((), ("dev",)).text
