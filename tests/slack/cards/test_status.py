from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from hypothesis import given, settings

from bot.domain.alert import AlertStatus
from bot.domain.incident import State
from bot.domain.view import PageRecord
from bot.slack.cards.status import status_card
from bot.slack.cards.topic import topic
from tests.slack.checks import assert_slack_takes, buttons, words
from tests.support.incident_views import MANY, NOW, alert, incident, view, views

if TYPE_CHECKING:
    from bot.domain.view import IncidentView

CONSOLE = "https://tocsin.example"


@settings(max_examples=MANY, deadline=None)
@given(views)
def test_slack_takes_it_whatever_the_view_holds(any_view: IncidentView) -> None:
    assert_slack_takes(status_card(any_view, CONSOLE))


def test_alerts_that_are_called_the_same_are_told_apart() -> None:
    one, other = (
        alert(fingerprint=name, name="DiskFull", labels={"instance": name, "team": "shop"})
        for name in ("db-1", "db-2")
    )
    shown = words(status_card(view(alerts=(one, other)), ""))
    assert "*DiskFull* on `checkout` `instance=db-1`" in shown
    assert "`instance=db-2`" in shown
    assert "team=" not in shown
    assert "`instance" not in words(status_card(view(alerts=(one,)), ""))


def test_it_says_at_a_glance_how_bad_and_who_has_it() -> None:
    card = status_card(view(), CONSOLE)
    assert card.text.startswith("🔴 INC-12 Critical · Checkout fails")
    assert card.blocks[0]["text"]["text"] == "🔴 INC-12 Critical · Checkout fails"
    assert "*TRIGGERED*" in words(card)
    assert "nobody has taken it yet" in words(card)
    assert "1 firing of 1" in words(card)
    assert "HighErrorRate fires on checkout and nothing is open for it" in words(card)


def test_an_alert_has_its_summary_and_links() -> None:
    shown = words(status_card(view(), CONSOLE))
    assert "5 % of requests fail" in shown
    assert "<https://runbooks.example/errors|Runbook>" in shown
    assert "<https://prometheus.example/graph?g0.expr=a&amp;b|Source>" in shown
    assert f"<{CONSOLE}/incidents/INC-12|Open in the console>" in shown


def test_triggered_asks_for_somebody() -> None:
    assert buttons(status_card(view(), "")) == [
        ("incident.acknowledge", '{"incident":"0195"}'),
        ("incident.resolve", '{"incident":"0195"}'),
        ("incident.silence", '{"incident":"0195"}'),
        ("incident.why", '{"incident":"0195"}'),
    ]


def test_acknowledged_names_who() -> None:
    taken = incident(state=State.ACKNOWLEDGED, acknowledged_by="@ada", acknowledged_at=NOW)
    card = status_card(view(incident=taken), "")
    assert "*ACKNOWLEDGED* · *Critical* · @ada is on it" in words(card)
    assert [action for action, _ in buttons(card)] == ["incident.resolve", "incident.silence", "incident.why"]


def test_monitoring_asks_to_be_closed() -> None:
    calm = incident(state=State.MONITORING, firing=0, monitoring_at=NOW, acknowledged_by="@ada")
    card = status_card(view(incident=calm), "")
    assert "every alert has ended; resolve it when you agree · @ada has it" in words(card)
    assert "All of its alerts have ended." in words(card)


def test_resolved_can_be_reopened_and_says_how_long_it_took() -> None:
    over = incident(
        state=State.RESOLVED, resolved_at=NOW + timedelta(minutes=63), resolved_by="@ada", monitoring_at=NOW
    )
    card = status_card(view(incident=over), "")
    assert "closed by @ada" in words(card)
    assert "after 1 h 5 min" in words(card)
    assert [action for action, _ in buttons(card)] == ["incident.reopen", "incident.why"]


def test_firing_alerts_come_first_and_the_rest_are_counted() -> None:
    ended = alert(name="Ended", status=AlertStatus.RESOLVED, ends_at=NOW, starts_at=NOW - timedelta(hours=1))
    many = tuple(replace(alert(name=f"A{number}"), fingerprint=str(number)) for number in range(7))
    shown = words(status_card(view(alerts=(ended, *many)), ""))
    assert "*A4*" in shown
    assert "Ended" not in shown
    assert "and 3 more alerts, 2 of them firing" in shown


def test_an_ended_alert_says_when() -> None:
    ended = alert(status=AlertStatus.RESOLVED, ends_at=NOW)
    assert "✅ *HighErrorRate* on `checkout` · ended <!date^" in words(status_card(view(alerts=(ended,)), ""))


def test_many_services_are_cut_and_a_storm_and_a_page_are_told() -> None:
    big = incident(services=tuple(f"s{n}" for n in range(10)), storm=True)
    shown = words(status_card(view(incident=big, pages=(PageRecord(NOW, "critical"),)), ""))
    assert "`s7`, and 2 more" in shown
    assert "storm" in shown
    assert "*Paged*\n<!date^" in shown


def test_a_storm_is_summed_up_and_says_when_it_is_over() -> None:
    alerts = (alert(), alert(fingerprint="b", name="Down", service="web", group_key="g2"))
    storm = view(
        incident=incident(storm=True, alerts=2, firing=2, services=("checkout", "web")), alerts=alerts
    )
    shown = words(status_card(storm, CONSOLE))
    assert "2 alerts (2 firing) of 2 services in 2 groups since" in shown
    assert "Mostly `Down` 1, `HighErrorRate` 1" in shown
    assert "Worst hit `checkout` 1, `web` 1" in shown
    assert "still growing" in shown
    assert "further openings join this incident" in shown
    over = words(status_card(replace(storm, incident=replace(storm.incident, calm_at=NOW)), CONSOLE))
    assert "over since" in over
    assert "further openings join this incident" not in over
    closed = replace(storm.incident, state=State.RESOLVED, resolved_at=NOW, resolved_by="@ada")
    shown = words(status_card(replace(storm, incident=closed), CONSOLE))
    assert "still growing" not in shown
    assert "further openings join this incident" not in shown


def test_flapping_is_marked_with_its_reason() -> None:
    flapping = view(incident=incident(flapping_since=NOW, flips=7))
    shown = words(status_card(flapping, CONSOLE))
    assert "*FLAPPING* since" in shown
    assert "its alerts have all ended and fired again 7 times in a row" in shown
    assert topic(flapping).startswith("〰️ Flapping · Critical · INC-12 ")
    assert topic(view()).startswith("🔴 Triggered")
