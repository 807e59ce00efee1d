from __future__ import annotations

import re
from itertools import product
from pathlib import Path

import pytest

from bot.domain.errors import TransitionError
from bot.domain.incident import TRANSITIONS, Act, Incident, Reason, Severity, State, after
from tests.domain.world import at
from tests.support.facts import incident as an_incident

README = Path(__file__).parents[2] / "README.md"
_ARROW = re.compile(r"^\s*(\[\*\]|\w+) --> (\w+): (.+)$", re.MULTILINE)


def drawn() -> tuple[set[tuple[State, Act, State]], set[State]]:
    """The arrows of the README's diagram, and the states that it starts in."""
    found = re.search(r"<!-- states -->(.*?)<!-- states -->", README.read_text("utf-8"), re.DOTALL)
    assert found, "the README draws the states between two marks"
    arrows, starts = set(), set()
    for source, target, label in _ARROW.findall(found[1]):
        if source == "[*]":
            starts.add(State(target))
        else:
            arrows |= {(State(source), Act(act.strip()), State(target)) for act in label.split(" / ")}
    return arrows, starts


def test_the_readme_draws_the_state_table() -> None:
    table = {(state, act, following) for (state, act), following in TRANSITIONS.items()}
    taken = (State.MONITORING, Act.FIRED, State.ACKNOWLEDGED)
    assert drawn() == (table | {taken}, {State.TRIGGERED})


@pytest.mark.parametrize(("state", "act"), list(product(State, Act)))
def test_every_pair_leads_somewhere_or_says_what_is_possible(state: State, act: Act) -> None:
    if (state, act) in TRANSITIONS:
        assert after(state, act) is TRANSITIONS[(state, act)]
    else:
        with pytest.raises(TransitionError, match=f"{act.value} while {state.value}; possible now: "):
            after(state, act)


def test_a_monitored_incident_goes_back_to_what_it_was() -> None:
    assert after(State.MONITORING, Act.FIRED, acknowledged=True) is State.ACKNOWLEDGED
    assert after(State.MONITORING, Act.FIRED) is State.TRIGGERED
    assert after(State.RESOLVED, Act.REOPEN, acknowledged=True) is State.TRIGGERED


def test_severities_are_ranked_worst_first() -> None:
    assert [severity.rank for severity in Severity] == [0, 1, 2, 3]


def test_people_call_it_by_its_number() -> None:
    incident = Incident(
        id="x",
        title="t",
        state=State.TRIGGERED,
        severity=Severity.INFO,
        environment="production",
        rule="default",
        reason=Reason("opened", "because"),
        services=(),
        opened_at=at(0),
        onset=at(0),
        last_alert_at=at(0),
        number=12,
    )
    assert incident.name == "INC-12"
    assert incident.is_open
    incident.state = State.RESOLVED
    assert not incident.is_open


def test_who_resolves_is_told_what_still_fires() -> None:
    told = an_incident(state=State.RESOLVED, firing=4)
    assert told.unended.startswith("4 alerts still fire; sent again, that reopens nothing")
    told.firing = 1
    assert told.unended.startswith("An alert still fires; ")
    told.firing = 0
    assert told.unended == ""
    assert an_incident(firing=4).unended == ""
