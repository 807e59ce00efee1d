from __future__ import annotations

import uuid
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.domain.errors import NotFoundError
from playbooks.engine import new_run
from playbooks.model import RunState
from tests.playbooks.samples import NOW, VARIABLES, playbook
from tests.support.facts import incident

if TYPE_CHECKING:
    from bot.app.ports import Store

PLAYBOOK = playbook("- {name: look, title: Look around, kind: note, params: {text: hello}}\n")
INCIDENT = str(uuid.uuid4())
RUN = new_run(PLAYBOOK, "run-1", VARIABLES, NOW, "@ann")


async def test_a_run_is_entered_once_and_written_over(store: Store) -> None:
    async with store.begin() as uow:
        assert await uow.runs.add(INCIDENT, RUN)
        assert not await uow.runs.add(INCIDENT, RUN)
        assert await uow.runs.add(INCIDENT, replace(RUN, id="run-0"))
    changed = replace(RUN, state=RunState.RUNNING)
    async with store.begin() as uow:
        assert await uow.runs.get("run-1", lock=True) == (INCIDENT, RUN)
        await uow.runs.save(changed)
    async with store.begin() as uow:
        assert await uow.runs.of_incident(INCIDENT) == [changed, replace(RUN, id="run-0")]
        assert await uow.runs.of_incident(str(uuid.uuid4())) == []


async def test_a_run_that_is_not_there(store: Store) -> None:
    for wrong in ("get", "save"):
        with pytest.raises(NotFoundError):
            async with store.begin() as uow:
                await (uow.runs.get("none") if wrong == "get" else uow.runs.save(RUN))


async def test_a_view_names_the_steps_as_the_pinned_playbook_does(store: Store) -> None:
    new = incident()
    async with store.begin() as uow:
        await uow.incidents.add(new)
        await uow.runs.add(new.id, RUN)
        assert (await uow.incidents.view(new.id)).runs[0].steps[0].title == "look"
        await uow.runs.pin(PLAYBOOK.hash, PLAYBOOK.definition)
        await uow.runs.pin(PLAYBOOK.hash, b"something else")
        assert await uow.runs.definition(PLAYBOOK.hash) == PLAYBOOK.definition
        assert await uow.runs.definition("none") is None
        (run,) = (await uow.incidents.view(new.id)).runs
    assert (run.title, run.steps[0].title) == ("Sample", "Look around")
