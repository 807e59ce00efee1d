"""A changed folder is taken without a restart; a wrong one changes nothing, and the owners hear of it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import pytest
from prometheus_client import CollectorRegistry

from bot.config.folder import Configuration, require_configuration
from bot.settings import from_environment
from bot.wiring.in_force import InForce, in_force
from bot.wiring.reloading import Reloader, ReloadMetrics, on_hangup, told
from bot.wiring.rule_metrics import RuleMetrics
from playbooks.problem import Problem
from tests.config.folders import written
from tests.domain.world import alert, at
from tests.support.fake_store import FakeStore
from tests.support.ordinary_user import closed, ordinary_user
from tests.support.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.app.ports import Store

TOCSIN = 'owners: ["#ops", U024BE7LH]\n'
ONE = "rules: [{name: one}]\n"


@dataclass
class Installed:
    root: Path
    store: FakeStore
    current: InForce
    reloader: Reloader
    registry: CollectorRegistry

    @property
    def names(self) -> list[str]:
        return [rule.name for rule in self.current.desks.configuration.rules.rules]

    def figure(self, name: str, **labels: str) -> float | None:
        return self.registry.get_sample_value(name, labels)

    @property
    def notes(self) -> list[tuple[str, str]]:
        payloads = [row.effect.payload for row in self.store.state.outbox]
        return [(one["to"], one["text"]) for one in payloads]


@contextlib.asynccontextmanager
async def installed(root: Path, **files: str) -> AsyncIterator[Installed]:
    """A folder that is looked at many times a second."""
    written(root, {"tocsin.yaml": TOCSIN, "rules/a.yaml": ONE, **files})
    store, registry = FakeStore(), CollectorRegistry()
    port = cast("Store", store)
    current = in_force(from_environment({}), require_configuration(root), port)
    metrics = ReloadMetrics(registry)
    RuleMetrics(current, registry)
    reloader = Reloader(root, current, port, lambda: at(0), metrics, meter=float, poll=0.01)
    stop = asyncio.Event()
    task = asyncio.create_task(reloader.run(stop))
    try:
        yield Installed(root, store, current, reloader, registry)
    finally:
        stop.set()
        await task


async def test_a_changed_folder_counts_from_then_on(tmp_path: Path) -> None:
    async with installed(tmp_path) as it:
        rules = it.current.newest(lambda desks: desks.configuration.rules)
        written(tmp_path, {"rules/a.yaml": "rules: [{name: two}]\n", "rules/b.yaml": "rules: [{name: b}]\n"})
        await eventually(lambda: it.names == ["two", "b"])
        taken = rules.route(alert()).rule
        assert taken is not None
        assert taken.name == "two"
        assert it.figure("tocsin_config_reload_failures_total") == 0
        assert it.figure("tocsin_config_last_reload_success_timestamp_seconds") == at(0).timestamp()
        assert it.notes == []


async def test_a_wrong_folder_changes_nothing_and_its_owners_are_told_once(tmp_path: Path) -> None:
    async with installed(tmp_path) as it:
        written(tmp_path, {"rules/a.yaml": "rules: [{name: one, whem: x}]\n"})
        await eventually(lambda: it.figure("tocsin_config_reload_failures_total") == 1)
        await eventually(lambda: len(it.notes) == 2)
        it.reloader.ask()
        await eventually(lambda: it.figure("tocsin_config_reload_failures_total") == 2)
        assert it.names == ["one"]
        assert [to for to, _ in it.notes] == ["#ops", "U024BE7LH"]
        assert "rules/a.yaml:1:21: rules[0].whem: there is no such field" in it.notes[0][1]
        written(tmp_path, {"rules/a.yaml": "rules: [{name: mended}]\n"})
        await eventually(lambda: it.names == ["mended"])


async def test_a_swapped_link_is_a_change_as_in_a_config_map(tmp_path: Path) -> None:
    for version in ("1", "2"):
        written(tmp_path / "mount" / f"..{version}", {"a.yaml": f"rules: [{{name: v{version}}}]\n"})
    (tmp_path / "mount" / "..data").symlink_to("..1")
    (tmp_path / "root" / "rules").mkdir(parents=True)
    (tmp_path / "root" / "rules" / "a.yaml").symlink_to(tmp_path / "mount" / "..data" / "a.yaml")
    (tmp_path / "root" / "tocsin.yaml").write_text(TOCSIN)
    store, registry = cast("Store", FakeStore()), CollectorRegistry()
    current = in_force(from_environment({}), require_configuration(tmp_path / "root"), store)
    metrics = ReloadMetrics(registry)
    reloader = Reloader(tmp_path / "root", current, store, lambda: at(0), metrics, meter=float, poll=0.01)
    stop = asyncio.Event()
    task = asyncio.create_task(reloader.run(stop))
    (tmp_path / "mount" / "..new").symlink_to("..2")
    (tmp_path / "mount" / "..new").replace(tmp_path / "mount" / "..data")
    await eventually(lambda: [rule.name for rule in current.desks.configuration.rules.rules] == ["v2"])
    stop.set()
    await task


async def test_a_folder_that_goes_is_no_reason_to_stop(tmp_path: Path) -> None:
    root = tmp_path / "config"
    async with installed(root) as it:
        root.rename(tmp_path / "elsewhere")
        await eventually(lambda: it.figure("tocsin_config_reload_failures_total") == 1)
        assert it.names == ["one"]
        assert "is not a folder" in it.notes[0][1]


@pytest.mark.parametrize("place", ["", "rules"])
async def test_what_may_not_be_looked_into_is_no_reason_to_stop_or_to_drop_rules(place: str) -> None:
    with ordinary_user() as folder:
        async with installed(folder / "config") as it:
            with closed(it.root / place):
                await eventually(lambda: len(it.notes) == 2)
                assert it.figure("tocsin_config_reload_failures_total") == 1
                assert it.names == ["one"]
                assert "cannot be read: Permission denied" in it.notes[0][1]
            written(it.root, {"rules/a.yaml": "rules: [{name: mended}]\n"})
            await eventually(lambda: it.names == ["mended"])


async def test_a_store_that_is_away_keeps_nobody_from_the_next_reload(tmp_path: Path) -> None:
    async with installed(tmp_path) as it:
        it.store.reachable = False
        written(tmp_path, {"rules/a.yaml": "rules: 7\n"})
        await eventually(lambda: it.figure("tocsin_config_reload_failures_total") == 1)
        written(tmp_path, {"rules/a.yaml": "rules: [{name: two}]\n"})
        await eventually(lambda: it.names == ["two"])


async def test_hangup_asks(tmp_path: Path) -> None:
    async with installed(tmp_path) as it:
        written(tmp_path, {"rules/a.yaml": "rules: [\n"})
        await eventually(lambda: it.figure("tocsin_config_reload_failures_total") == 1)
        with on_hangup(it.reloader.ask):
            os.kill(os.getpid(), signal.SIGHUP)
            await eventually(lambda: it.figure("tocsin_config_reload_failures_total") == 2)


async def test_without_a_folder_hangup_does_nothing(tmp_path: Path) -> None:
    store, registry = cast("Store", FakeStore()), CollectorRegistry()
    current = in_force(from_environment({}), require_configuration(None), store)
    metrics = ReloadMetrics(registry)
    reloader = Reloader(None, current, store, lambda: at(0), metrics, meter=float, poll=0.01)
    before = current.desks
    stop = asyncio.Event()
    task = asyncio.create_task(reloader.run(stop))
    reloader.ask()
    await eventually(lambda: not reloader.asked)
    stop.set()
    await task
    assert current.desks is before


async def test_another_thread_hears_no_signals() -> None:
    def elsewhere() -> bool:
        with on_hangup(lambda: None):
            return True

    assert await asyncio.to_thread(elsewhere)


async def test_rules_that_stay_keep_their_records(tmp_path: Path) -> None:
    async with installed(tmp_path) as it:
        rules = it.current.newest(lambda desks: desks.configuration.rules)
        rules.route(alert(minute=3))
        written(tmp_path, {"rules/b.yaml": "rules: [{name: new}]\n"})
        await eventually(lambda: it.names == ["one", "new"])
        assert it.figure("tocsin_rule_matches_total", rule="one") == 1
        assert it.figure("tocsin_rule_last_match_timestamp_seconds", rule="one") == at(3).timestamp()
        assert it.figure("tocsin_rule_last_match_timestamp_seconds", rule="new") == 0
        assert it.figure("tocsin_rules") == 2
        written(tmp_path, {"rules/a.yaml": "rules: [{name: one, window: 1h}]\n"})
        await eventually(lambda: it.figure("tocsin_rule_matches_total", rule="one") == 0)


async def test_a_method_that_was_taken_earlier_is_the_newest_s(tmp_path: Path) -> None:
    async with installed(tmp_path) as it:
        route = it.current.newest(lambda desks: desks.configuration.rules).route
        written(tmp_path, {"rules/a.yaml": "rules: [{name: two}]\n"})
        await eventually(lambda: it.names == ["two"])
        taken = route(alert()).rule
        assert taken is not None
        assert taken.name == "two"


@pytest.mark.parametrize(("count", "said"), [(1, "1 problem)"), (3, "3 problems)"), (5, "and 2 more")])
def test_a_message_shows_the_first_problems(count: int, said: str) -> None:
    problems = [Problem("rules/a.yaml", number, 1, "", "is wrong") for number in range(1, count + 1)]
    text = told(problems)
    assert said in text
    assert "rules/a.yaml:1:1: is wrong" in text
    assert "rules/a.yaml:4:1" not in text


def test_everything_is_built_over_one_configuration(tmp_path: Path) -> None:
    written(tmp_path, {"tocsin.yaml": "look_back: 6h\n", "rules/a.yaml": ONE})
    current = in_force(from_environment({}), require_configuration(None), cast("Store", FakeStore()))
    loaded = require_configuration(tmp_path)
    assert isinstance(loaded, Configuration)
    current.put(loaded)
    desks = current.desks
    assert desks.alert_intake.rules is loaded.rules
    assert desks.alert_intake.ranker.catalog is loaded.catalog
    assert desks.incidents.ranker is desks.alert_intake.ranker
    assert desks.runs.playbooks is loaded.playbooks
    assert desks.policy.look_back_seconds == 6 * 3600
    assert desks.change_intake.ranker is desks.alert_intake.ranker
