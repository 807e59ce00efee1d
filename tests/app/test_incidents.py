from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.app.ports import IncidentFilter, Person
from bot.domain.change import Change, ChangeKind
from bot.domain.effects import EffectKind
from bot.domain.errors import ConflictError, InvalidInputError, NotFoundError, TransitionError
from bot.domain.incident import Severity, State
from bot.domain.rules import Action, RuleSet
from bot.domain.timer import TimerKind
from tests.delivery.stage import ANNA, BOB, NOW, Stage, stage
from tests.domain.world import rule

API = Person("key", "deploy script", via="api")


async def test_a_declared_incident_asks_for_all_that_an_opened_one_does() -> None:
    it = stage()
    view = await it.desk.declare(
        " Checkout \n fails ", Severity.CRITICAL, ["checkout", "", "checkout"], " ", ANNA
    )
    incident = view.incident
    assert (incident.name, incident.title, incident.services) == ("INC-1", "Checkout fails", ("checkout",))
    assert (incident.environment, incident.state) == ("unknown", State.TRIGGERED)
    assert (incident.reason.name, incident.reason.text) == ("declared", "@anna declared it.")
    assert it.store.told(incident.id) == ["@anna declared INC-1: Checkout fails"]
    assert {row.effect.kind for row in it.store.rows()} == {
        EffectKind.OPEN_CHANNEL,
        EffectKind.STATUS_CARD,
        EffectKind.PUBLISH,
        EffectKind.PAGE,
        EffectKind.SUSPECTS_CARD,
    }
    assert it.store.locked == ["unknown"], "alerts of the environment wait"
    row = it.store.state.timers[TimerKind.CHANNEL_OVERDUE, incident.id]
    assert row.timer.due_at == NOW + timedelta(seconds=60)


@pytest.mark.parametrize(
    ("services", "environment", "severity", "taken"),
    [
        (["checkout"], "production", Severity.CRITICAL, "shop"),
        (["checkout"], "production", Severity.WARNING, "usual"),
        (["odd", "checkout", "mail"], "production", Severity.CRITICAL, "shop"),
        (["odd", "mail"], "staging", Severity.CRITICAL, ""),
        ([], "production", Severity.CRITICAL, "nowhere"),
        ([], "", Severity.INFO, "nowhere"),
    ],
)
async def test_the_first_opening_rule_that_holds_takes_what_is_declared(
    services: list[str], environment: str, severity: Severity, taken: str
) -> None:
    it = stage()
    rules = RuleSet(
        [
            rule(name="batch", action=Action.ATTACH, page=frozenset(), invite=("carol",)),
            rule('severity="critical"', name="quiet", action=Action.SUPPRESS),
            rule('service="checkout"', 'severity="critical"', 'environment="production"', name="shop"),
            rule('service="checkout"', name="usual", page=frozenset({Severity.WARNING})),
            rule('service="unknown"', name="nowhere"),
            rule('team="batch"', name="default", invite=("carol",)),
        ]
    )
    view = await replace(it.desk, rules=rules).declare("Down", severity, services, environment, ANNA)
    assert view.incident.rule == taken
    pages = len(it.store.rows(EffectKind.PAGE))
    assert pages == (severity is Severity.CRITICAL or taken == "usual")


async def test_without_a_rule_that_holds_the_usual_one_takes_what_is_declared() -> None:
    it = stage()
    batch = rule('team="batch"', name="batch", page=frozenset(), reopen_window=timedelta(0))
    desk = replace(it.desk, rules=RuleSet([batch]))
    view = await desk.declare("Everything is down", Severity.CRITICAL, [], "", ANNA)
    assert (view.incident.rule, view.incident.reopen_seconds) == ("default", 1800)
    assert len(it.store.rows(EffectKind.PAGE)) == 1


async def test_a_declared_incident_names_its_suspects() -> None:
    it = stage()
    before = NOW - timedelta(minutes=5)
    change = Change("d1", "ci", ChangeKind.DEPLOY, "checkout", "production", before, before, version="v42")
    async with it.store.begin() as uow:
        await uow.changes.add([change])
    await it.declare()
    view = await it.desk.view_incident("INC-1")
    assert view.ranking is not None
    assert [one.change.change_id for one in view.ranking.suspects] == ["d1"]
    again = it.store.state.timers[TimerKind.RERANK, view.incident.id].timer
    assert again.due_at == NOW + timedelta(minutes=5)


async def test_without_services_any_change_of_the_environment_is_a_suspect() -> None:
    it = stage()
    before = NOW - timedelta(minutes=5)
    one = Change("d1", "ci", ChangeKind.DEPLOY, "checkout", "production", before, before, version="v42")
    async with it.store.begin() as uow:
        await uow.changes.add([one, replace(one, change_id="d2", environment="staging")])
    view = await it.desk.declare("Odd", Severity.INFO, [], "production", API)
    assert view.ranking is not None
    assert [one.change.change_id for one in view.ranking.suspects] == ["d1"]
    assert view.timeline[0].source == "deploy script"


async def test_the_same_key_gives_the_same_incident() -> None:
    it = stage()
    first = await it.desk.declare("A", Severity.INFO, [], "p", ANNA, key="request-1")
    again = await it.desk.declare("A", Severity.INFO, [], "p", ANNA, key="request-1")
    other = await it.desk.declare("A", Severity.INFO, [], "p", ANNA, key="request-2")
    assert first.incident.id == again.incident.id != other.incident.id
    assert len(it.store.state.incidents) == 2


@pytest.mark.parametrize(
    ("title", "services", "environment", "path"),
    [
        (" \n", [], "p", "title"),
        ("x" * 201, [], "p", "title"),
        ("x", [str(n) for n in range(51)], "p", "services"),
        ("x", ["a", "b" * 254], "p", "services[1]"),
        ("x", [], "p" * 254, "environment"),
    ],
)
async def test_what_cannot_be_declared_names_its_field(
    title: str, services: list[str], environment: str, path: str
) -> None:
    it = stage()
    with pytest.raises(InvalidInputError) as caught:
        await it.desk.declare(title, Severity.INFO, services, environment, ANNA)
    assert caught.value.path == path
    assert not it.store.state.incidents


async def test_acknowledging_twice_changes_nothing() -> None:
    it = stage()
    await it.declare()
    first = await it.desk.acknowledge("INC-1", ANNA)
    again = await it.desk.acknowledge("INC-1", ANNA)
    assert first == again
    assert (again.incident.state, again.incident.acknowledged_by) == (State.ACKNOWLEDGED, "@anna")
    assert again.incident.version == 2


async def test_another_person_hears_who_has_it() -> None:
    it = stage()
    await it.declare()
    await it.desk.acknowledge("INC-1", ANNA)
    with pytest.raises(TransitionError, match="@anna has INC-1 already"):
        await it.desk.acknowledge("INC-1", BOB)


async def test_a_monitored_incident_can_be_taken_and_stays_so() -> None:
    it = stage()
    incident = await it.declare()
    it.store.state.incidents[incident].state = State.MONITORING
    view = await it.desk.acknowledge(incident, ANNA)
    assert (view.incident.state, view.incident.acknowledged_at) == (State.MONITORING, NOW)
    note = it.store.rows(EffectKind.POST_NOTE)[-1].effect.payload["text"]
    assert note == "@anna has acknowledged INC-1. All alerts have ended."


async def test_a_resolved_incident_cannot_be_taken() -> None:
    it = stage()
    await it.declare()
    await it.desk.resolve("INC-1", ANNA)
    with pytest.raises(TransitionError, match="possible now: reopen"):
        await it.desk.acknowledge("INC-1", ANNA)


async def test_resolving_ends_timers_asks_for_the_postmortem_and_may_be_repeated() -> None:
    it = stage()
    incident = await it.declare()
    first = await it.desk.resolve(incident, ANNA)
    again = await it.desk.resolve(incident, BOB)
    assert first == again
    assert (first.incident.resolved_at, first.incident.resolved_by) == (NOW, "@anna")
    assert not it.store.state.timers
    assert len(it.store.rows(EffectKind.POST_POSTMORTEM)) == 1


async def test_whoever_resolves_what_still_fires_is_told() -> None:
    it = stage()
    incident = await it.declare()
    it.store.state.incidents[incident] = replace(it.store.state.incidents[incident], firing=2)
    await it.desk.resolve(incident, ANNA)
    note = it.store.rows(EffectKind.POST_NOTE)[-1].effect.payload["text"]
    assert note.startswith("@anna has resolved INC-1. 2 alerts still fire; sent again, that reopens nothing")


async def test_reopening_takes_the_environment_s_lock_and_may_be_repeated() -> None:
    it = stage()
    await it.declare()
    await it.desk.acknowledge("INC-1", ANNA)
    await it.desk.resolve("INC-1", ANNA)
    first = await it.desk.reopen("INC-1", BOB)
    again = await it.desk.reopen("INC-1", BOB)
    assert first == again
    incident = first.incident
    assert (incident.state, incident.resolved_at, incident.acknowledged_by) == (State.TRIGGERED, None, "")
    assert it.store.locked[:2] == ["production", "production"]
    assert it.store.told(incident.id)[-1] == "@bob reopened it."


@pytest.mark.parametrize("verb", ["acknowledge", "resolve", "reopen"])
async def test_what_is_not_there_is_not_found(verb: str) -> None:
    with pytest.raises(NotFoundError):
        await getattr(stage().desk, verb)("INC-7", ANNA)


async def test_a_lost_race_is_run_again_but_not_for_ever() -> None:
    it = stage()
    await it.declare()
    it.store.failures += [ConflictError("raced")] * 4
    assert (await it.desk.acknowledge("INC-1", ANNA)).incident.state is State.ACKNOWLEDGED
    it.store.failures += [ConflictError("raced")] * 5
    with pytest.raises(ConflictError):
        await it.desk.resolve("INC-1", ANNA)


async def test_looking_things_up() -> None:
    it = stage()
    incident = await it.declare()
    await it.settle()
    assert await it.desk.incident_of_channel("C00001") == incident
    assert await it.desk.incident_of_channel("C404") is None
    views, following = await it.desk.list_incidents(IncidentFilter())
    assert ([view.incident.id for view in views], following) == ([incident], None)
    views, in_all = await it.desk.open_incidents(5)
    assert ([view.incident.id for view in views], in_all) == ([incident], 1)
    assert (await it.desk.postmortem("INC-1")).startswith("# ")


async def test_a_delivery_is_taken_in_once() -> None:
    it = stage()
    assert [await it.desk.first_time(key) for key in ("Ev1", "Ev1", "Ev2")] == [True, False, True]


async def test_a_storm_of_acts_by_one_person_leaves_one_line() -> None:
    it: Stage = stage()
    incident = await it.declare()
    for _ in range(5):
        await it.desk.acknowledge(incident, ANNA)
    assert it.store.told(incident).count("@anna has it.") == 1
