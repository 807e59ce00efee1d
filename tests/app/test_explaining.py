from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.app.explaining import JOINED_SHOWN, Explainer
from bot.domain.alert import UNKNOWN
from bot.domain.decisions import DecisionKind
from bot.domain.errors import NotFoundError
from bot.domain.incident import State
from bot.domain.matchers import Matcher
from bot.domain.quieting import Quiet, QuietKind
from bot.domain.rules import Action, Rule, RuleSet
from tests.app.conftest import CATALOG, Intake
from tests.support.facts import NOW, alert_event, later

if TYPE_CHECKING:
    from bot.domain.alert import AlertEvent

SILENCE = Quiet(
    "q1",
    QuietKind.SILENCE,
    (Matcher("service", "=", "checkout"),),
    later(-60),
    later(3600),
    "@ada",
    "deploying",
)


def explainer(intake: Intake, *rules: Rule, at: float = 0) -> Explainer:
    return Explainer(intake.store, RuleSet(rules) if rules else intake.rules, CATALOG, lambda: later(at))


async def hear(intake: Intake, *events: AlertEvent) -> None:
    for event in events:
        await intake.alerts.take_in([event])


async def silence(intake: Intake, *quiets: Quiet) -> None:
    async with intake.store.begin() as uow:
        await uow.quiets.put(quiets)


async def test_what_an_alert_would_do_now(intake: Intake) -> None:
    await hear(intake, alert_event("f1", service="db"))
    told = await explainer(intake).explain(alert_event("f2", service="checkout", at=30))
    assert (told.decision.kind, told.decision.reason.name) == (DecisionKind.ATTACH, "topology")
    assert told.incident is not None
    assert told.incident.name == "INC-1"
    assert len(intake.store.state.events) == 1
    assert len(intake.incidents[0].services) == 1


async def test_what_is_silenced_now(intake: Intake) -> None:
    await silence(intake, SILENCE)
    told = await explainer(intake).explain(alert_event("f1"))
    assert (told.decision.kind, told.decision.reason.name) == (DecisionKind.SUPPRESS, "silenced")
    assert "Silenced by @ada until" in told.decision.reason.text
    assert "deploying" in told.decision.reason.text


async def test_why_an_incident_opened_and_who_joined(intake: Intake) -> None:
    await hear(
        intake,
        alert_event("f1", service="db"),
        alert_event("f2", service="db", at=10),
        alert_event("f3", service="checkout", at=20),
    )
    told = await explainer(intake).explain_incident("INC-1")
    assert told.incident.name == "INC-1"
    assert told.opening is not None
    assert told.opening.event.fingerprint == "f1"
    assert told.opening.decision.reason == told.incident.reason
    assert told.opening.decided_at == later(1)
    assert [(one.event.fingerprint, one.decision.reason.name) for one in told.joined] == [
        ("f2", "same_group"),
        ("f3", "topology"),
    ]
    assert told.joined[0].decision.reason.text == "An incident of the same group is open."
    text = told.joined[1].decision.reason.text
    assert text.startswith("checkout is 1 call from db, which this incident is about; ")
    assert (told.more, told.joined[1].notes) == (False, ())


async def test_each_alert_of_one_webhook_has_the_reason_that_is_its_own(intake: Intake) -> None:
    """They were received at one moment, and the timeline has a line for some of them."""
    await hear(intake, alert_event("db", service="db"))
    together = [
        replace(alert_event(fingerprint, service=service, at=20), name="Latency")
        for fingerprint, service in (("c1", "checkout"), ("c2", "checkout"), ("w", "web"), ("n", UNKNOWN))
    ]
    await intake.alerts.take_in(together)
    told = await explainer(intake).explain_incident("INC-1")
    said = {
        one.event.fingerprint: (one.decision.reason.name, one.decision.reason.text) for one in told.joined
    }
    assert {name: reason for name, (reason, _) in said.items()} == {
        "c1": "topology",
        "c2": "same_group",
        "w": "topology",
        "n": "time",
    }
    assert said["c1"][1].startswith("checkout is 1 call from db, ")
    assert said["c2"][1] == "An incident of the same group is open."
    assert said["w"][1].startswith("web is 1 call from checkout, ")
    assert said["n"][1].startswith("the alert names no service; ")


async def test_rules_that_have_changed_since_are_told(intake: Intake) -> None:
    await hear(intake, alert_event("f1"))
    told = await explainer(intake, Rule("new")).explain_incident("INC-1")
    assert told.opening is not None
    assert told.opening.notes == (
        "The rules have changed since: rule default took it then, rule new would today.",
    )


async def test_only_so_many_that_joined_are_told(intake: Intake) -> None:
    await hear(intake, *(alert_event(f"f{n:02}", at=n) for n in range(JOINED_SHOWN + 2)))
    told = await explainer(intake).explain_incident("INC-1")
    assert (len(told.joined), told.more) == (JOINED_SHOWN, True)


async def test_why_it_opened_again(intake: Intake) -> None:
    await hear(intake, alert_event("f1"))
    state = intake.store.state
    incident = intake.incidents[0]
    resolved = replace(incident, state=State.RESOLVED, resolved_at=later(60))
    state.incidents[incident.id] = resolved
    await hear(intake, alert_event("f2", at=90))
    told = await explainer(intake).explain_incident("INC-1")
    [again] = told.joined
    assert again.decision.kind is DecisionKind.REOPEN
    assert "within the reopen window" in again.decision.reason.text


async def test_an_incident_whose_events_are_gone_has_its_reason_still(intake: Intake) -> None:
    await hear(intake, alert_event("f1"))
    intake.store.state.events.clear()
    told = await explainer(intake).explain_incident("INC-1")
    assert (told.opening, told.joined) == (None, ())
    assert told.incident.reason.name == "opened"


async def test_an_incident_that_is_not_there(intake: Intake) -> None:
    with pytest.raises(NotFoundError):
        await explainer(intake).explain_incident("INC-9")


class TestWhyNot:
    async def test_an_alert_that_was_silenced(self, intake: Intake) -> None:
        await silence(intake, SILENCE)
        await hear(intake, alert_event("f1"))
        [told] = await explainer(intake, at=60).explain_alerts({"alertname": "Alertf1"})
        assert (told.decision.kind, told.decision.reason.name) == (DecisionKind.SUPPRESS, "silenced")
        assert "Silenced by @ada" in told.decision.reason.text
        assert (told.decided_at, told.notes) == (later(1), ())

    async def test_what_is_otherwise_by_now_is_told_beside_it(self, intake: Intake) -> None:
        await silence(intake, SILENCE)
        await hear(intake, alert_event("f1"))
        await silence(intake, replace(SILENCE, ends_at=later(30)))
        [told] = await explainer(intake, at=60).explain_alerts({"service": "checkout"})
        assert (told.decision.reason.name, told.decision.reason.text) == ("silenced", "")
        [note] = told.notes
        assert note.startswith("Heard for the first time now: It would open an incident: Rule default opens")

    async def test_no_rule_took_it_and_one_would_today(self, intake: Intake) -> None:
        intake.rules = RuleSet([Rule("none", (Matcher("team", "=", "a"),))])
        await hear(intake, alert_event("f1"))
        [told] = await explainer(intake, Rule("all")).explain_alerts({"alertname": "Alertf1"})
        assert told.decision.reason.text == "No rule matches the alert."
        assert told.notes[0] == "The rules have changed since: no rule took it then, rule all would today."
        [told] = await explainer(intake).explain_alerts({"alertname": "Alertf1"})
        assert told.notes == ()

    async def test_a_rule_suppressed_it(self, intake: Intake) -> None:
        intake.rules = RuleSet([Rule("quiet", action=Action.SUPPRESS)])
        await hear(intake, alert_event("f1"))
        [told] = await explainer(intake).explain_alerts({"alertname": "Alertf1"})
        assert told.decision.reason.text == "Rule quiet suppresses the alert."
        assert told.rule == "quiet"

    async def test_it_did_after_all(self, intake: Intake) -> None:
        await hear(intake, alert_event("f1"), alert_event("f1", received=30))
        [told] = await explainer(intake).explain_alerts({"alertname": "Alertf1"})
        assert told.decision.kind is DecisionKind.OPEN
        assert told.incident is not None
        assert told.incident.name == "INC-1"

    async def test_what_was_not_heard_of_in_a_day(self, intake: Intake) -> None:
        await hear(intake, alert_event("f1"))
        day = timedelta(days=1).total_seconds()
        assert await explainer(intake).explain_alerts({"alertname": "Other"}) == []
        assert await explainer(intake, at=day + 2).explain_alerts({"alertname": "Alertf1"}) == []
        assert len(await explainer(intake, at=day).explain_alerts({"alertname": "Alertf1"})) == 1
        assert later(0) == NOW
