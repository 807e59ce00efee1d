"""Which of an incident's alerts look like trouble of their own, with hindsight."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.correlation import DEFAULT_PARAMETERS, rank
from bot.domain.later import told_apart
from bot.domain.suspects import Evidence, Ranking, Seen
from tests.domain.test_correlation import CALLS, best, change
from tests.domain.world import at

APART = 120.0
FIRST = (("payments", 0.0), ("checkout", 0.5))
LATER = (("search", 40.0), ("web", 40.5))


def seen(*alerts: tuple[str, float], after: float = 45) -> Evidence:
    """Alerts by service and minute, looked at so many minutes after the first."""
    onsets: dict[str, float] = {}
    for service, minute in alerts:
        onsets[service] = min(minute, onsets.get(service, minute))
    return Evidence(
        "incident-1",
        "production",
        at(after),
        {service: at(minute) for service, minute in onsets.items()},
        tuple(Seen(service, "HighErrors", at(minute)) for service, minute in alerts),
    )


def firings(*spans: tuple[float, float | None]) -> Evidence:
    """One alert of checkout that fires again and again, from one minute to another."""
    alerts = tuple(
        Seen("checkout", "HighErrors", at(begun), None if ended is None else at(ended))
        for begun, ended in spans
    )
    return Evidence("incident-1", "production", at(600), {"checkout": alerts[0].onset}, alerts)


def test_what_came_long_after_is_told_apart() -> None:
    parting = told_apart(seen(*FIRST, *LATER), CALLS, APART)
    assert parting is not None
    assert parting.since == at(40)
    assert dict(parting.former.onsets) == {"payments": at(0), "checkout": at(0.5)}
    assert dict(parting.later.onsets) == {"search": at(40), "web": at(40.5)}
    assert [one.service for one in parting.later.alerts] == ["search", "web"]
    assert parting.log_odds > 3
    assert (parting.former.later, parting.later.later) == (False, True)


@pytest.mark.parametrize(
    "alerts",
    [
        (),
        (("payments", 0.0),),
        (("payments", 0.0), ("checkout", 1.0), ("web", 2.0)),  # no pause
        (("payments", 0.0), ("checkout", 4.0)),  # soon, and it calls what is broken
    ],
)
def test_what_belongs_together_is_not(alerts: tuple[tuple[str, float], ...]) -> None:
    assert told_apart(seen(*alerts), CALLS, APART) is None


def test_the_likeliest_of_several_pauses_is_taken() -> None:
    parting = told_apart(seen(*FIRST, ("web", 4.0), *LATER), CALLS, APART)
    assert parting is not None
    assert parting.since == at(40)


def test_an_alert_that_fires_again_soon_after_it_ended_is_no_other_trouble() -> None:
    assert told_apart(firings((0, 3), (5, None)), CALLS, APART) is None


def test_one_that_fires_again_long_after_it_ended_may_be() -> None:
    parting = told_apart(firings((0, 3), (500, None)), CALLS, APART)
    assert parting is not None
    assert parting.since == at(500)


@pytest.mark.parametrize(
    "spans",
    [
        ((0, None), (300, None)),  # another instance, while the first one fires
        ((0, 310), (300, 305)),  # before the first one ended
        ((0, 100), (50, 320), (310, None)),  # two that overlap, and a third one before both were over
        ((0, 100), (50, None), (310, None)),  # one of them is not over
    ],
)
def test_one_that_still_fires_has_not_begun_anew(spans: tuple[tuple[float, float | None], ...]) -> None:
    assert told_apart(firings(*spans), CALLS, APART) is None


def test_what_only_fires_from_elsewhere_is_no_part_of_what_came_later() -> None:
    alerts = (("mail", 0.0), ("search", 40.0), ("mail", 40.5), ("mail", 41.0))
    parting = told_apart(seen(*alerts), CALLS, APART)
    assert parting is not None
    assert dict(parting.later.onsets) == {"search": at(40)}
    assert len(parting.former.alerts) == 3


def test_the_services_of_a_storm_are_parted_by_when_they_began() -> None:
    evidence = seen(*FIRST, *LATER)
    more = {**evidence.onsets, "mail": at(0.2), "bank": at(41)}
    parting = told_apart(replace(evidence, onsets=more), CALLS, APART)
    assert parting is not None
    assert dict(parting.former.onsets) == {"payments": at(0), "checkout": at(0.5), "mail": at(0.2)}
    assert dict(parting.later.onsets) == {"search": at(40), "web": at(40.5), "bank": at(41)}


# -- in the ranking


def ranked(*alerts: tuple[str, float], changes: tuple[tuple[str, float], ...], after: float = 45) -> Ranking:
    """Changes by service and minute."""
    made = [change(service, -minute) for service, minute in changes]
    return rank(seen(*alerts, after=after), made, CALLS, DEFAULT_PARAMETERS)


def test_a_change_in_the_middle_of_an_incident_is_the_suspect_for_what_came_after_it() -> None:
    one = ranked(*FIRST, *LATER, changes=(("payments", -3), ("search", 38)))
    assert best(one) == "search"
    assert one.shown
    assert one.later is not None
    assert (one.later.since, one.later.services) == (at(40), ("search", "web"))
    assert one.later.probability > 0.9
    assert one.later.former is not None
    assert one.later.former.change.service == "payments"
    reasons = {term.name: term.text for term in one.suspects[0].reasons}
    assert reasons["later"] == "the alerts of search, web, 40 min after the first, as trouble of their own"
    assert reasons["delay"] == "deployed 2 min before the first of these alerts"
    assert "later" in {term.name for term in one.no_change_reasons}
    assert one.no_change + sum(suspect.probability for suspect in one.suspects) == pytest.approx(1.0)


@pytest.mark.parametrize("others", [(), (("payments", -1_200.0),)])
def test_what_began_before_may_have_no_suspect(others: tuple[tuple[str, float], ...]) -> None:
    one = ranked(*FIRST, *LATER, changes=(("search", 38), *others))
    assert one.later is not None
    assert one.later.former is None


def test_a_change_that_explains_both_has_the_probability_of_both_and_nothing_is_told_apart() -> None:
    alerts = (("payments", 0.0), ("checkout", 20.0))
    one = ranked(*alerts, changes=(("payments", -1),), after=21)
    (suspect,) = one.suspects
    assert "later" in {term.name for term in suspect.reasons}, "by a little, it is likelier as two troubles"
    assert one.no_change + suspect.probability == pytest.approx(1.0)
    assert one.later is None


def test_reasons_are_those_of_where_a_change_is_likeliest() -> None:
    alerts = (("payments", 0.0), ("checkout", 15.0))
    one = ranked(*alerts, changes=(("payments", -1), ("payments", 14)), after=16)
    told = {suspect.change.time: {term.name for term in suspect.reasons} for suspect in one.suspects}
    assert "later" in told[at(14)]
    assert "later" not in told[at(-1)], "it broke what was there at first"
    assert best(one) == "payments"
    assert one.no_change + sum(one.probability for one in one.suspects) == pytest.approx(1.0)


def test_a_change_that_is_named_no_more_is_still_told_for_what_came_before() -> None:
    one = ranked(*FIRST, *LATER, changes=(("payments", -3),))
    assert not one.shown, "nothing that is known caused what came later"
    assert one.later is not None
    assert one.later.former is not None
    assert one.later.former.change.service == "payments"


def test_without_a_candidate_there_is_none_for_either() -> None:
    one = ranked(*FIRST, *LATER, changes=())
    assert one.suspects == ()
    assert one.no_change == pytest.approx(1.0)
    assert one.later is not None
    assert one.later.former is None


def test_many_services_are_named_shortly() -> None:
    alerts = (("bank", 0.0), ("search", 60.0), ("web", 60.1), ("mail", 60.2), ("checkout", 60.3))
    one = ranked(*alerts, changes=(("search", 59),), after=62)
    assert one.no_change_reasons[1].text == (
        "the alerts of checkout, mail, search and 1 more, 1 h after the first, as trouble of their own"
    )
