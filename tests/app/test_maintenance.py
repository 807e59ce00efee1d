"""Maintenance that changes announce: as the installation says, from its start to its end."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

import pytest

from bot.app.ingest_changes import ChangeIntake
from bot.app.ranking import Ranker
from bot.config.folder import require_configuration
from bot.domain.change import ChangeKind
from bot.domain.correlation import DEFAULT_PARAMETERS
from bot.domain.maintenance import MaintenancePolicy
from bot.settings import from_environment
from bot.wiring.in_force import in_force
from tests.app.conftest import CATALOG
from tests.support.facts import NOW, change, later
from tests.support.fake_store import FakeStore

if TYPE_CHECKING:
    from pathlib import Path

    from bot.app.ports import Store
    from bot.domain.quieting import Quiet


def intake(store: FakeStore) -> ChangeIntake:
    return ChangeIntake(cast("Store", store), Ranker(CATALOG, DEFAULT_PARAMETERS), MaintenancePolicy())


def announced(**more: Any) -> Any:
    return replace(change("m1", "db", at=0, received_at=NOW), maintenance=True, **more)


def window(store: FakeStore) -> Quiet:
    (found,) = store.state.quiets.values()
    return found


async def test_the_configuration_says_which_kinds_announce_it_and_for_how_long(tmp_path: Path) -> None:
    (tmp_path / "tocsin.yaml").write_text("maintenance_changes: {kinds: [database], timeout: 4h}\n")
    store = FakeStore()
    current = in_force(from_environment({}), require_configuration(tmp_path), cast("Store", store))
    migration = replace(change("c1", "db", at=0), kind=ChangeKind.DATABASE)
    await current.desks.change_intake.take_in([migration, change("c2", "web")])
    assert (window(store).starts_at, window(store).ends_at) == (NOW, NOW + timedelta(hours=4))


@pytest.mark.parametrize("at_once", [True, False])
async def test_what_is_told_after_the_end_does_not_begin_it_anew(*, at_once: bool) -> None:
    store = FakeStore()
    ended = announced(ended_at=later(600), received_at=later(600))
    told = [announced(), ended, announced(summary="in other words", received_at=later(660))]
    for batch in [told] if at_once else [[one] for one in told]:
        await intake(store).take_in(batch)
    assert window(store).ends_at == later(600)


async def test_a_start_that_is_read_after_the_end_does_not_begin_it_anew() -> None:
    store = FakeStore()
    await intake(store).take_in([announced(ended_at=later(600), received_at=later(600))])
    await intake(store).take_in([announced()])
    assert window(store).ends_at == later(600)


async def test_who_tells_the_end_need_not_say_again_that_it_was_maintenance() -> None:
    store = FakeStore()
    await intake(store).take_in([announced()])
    end = replace(announced(ended_at=later(600), received_at=later(600)), maintenance=False)
    await intake(store).take_in([end])
    assert window(store).ends_at == later(600)
