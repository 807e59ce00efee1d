from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.change import ChangeKind, Wave
from bot.domain.reasons import (
    delay_text,
    environment_text,
    history_text,
    kind_text,
    no_change_text,
    prior_text,
    services_text,
)
from tests.domain.test_correlation import change
from tests.domain.world import at, catalog

CALLS = catalog("web > checkout > payments", "mail > payments", "app > web")


@pytest.mark.parametrize(
    ("root", "alerting", "words"),
    [
        (
            "payments",
            {"payments", "checkout"},
            "payments itself alerts, and checkout alerts and depends on it",
        ),
        (
            "payments",
            {"checkout", "web"},
            "payments itself is quiet, but checkout and web alert and depend on it",
        ),
        ("app", {"app"}, "app itself alerts"),
        ("app", {"mail"}, "app itself is quiet; mail alerts without depending on it"),
        ("web", {"web", "mail"}, "web itself alerts; 1 other service depending on it is quiet"),
        ("checkout", {"checkout"}, "checkout itself alerts; 2 other services depending on it are quiet"),
        ("app", {"a", "b", "c", "d", "e"}, "a, b, c and 2 more alert without depending on it"),
        ("unknown", {"web"}, "the change names no service"),
        ("app", set(), "no alert names a service"),
    ],
)
def test_how_what_alerts_fits(root: str, alerting: set[str], words: str) -> None:
    text = services_text(change(root), alerting, CALLS, everywhere=False)
    assert words in text


FIRST = "the first alert"


def test_what_concerns_every_service_says_so() -> None:
    assert services_text(change("global"), {"web"}, CALLS, everywhere=True) == "concerns every service"


def test_when_it_was_made() -> None:
    assert delay_text(change(before=4), at(0), FIRST) == "deployed 4 min before the first alert"
    database = change(before=125, kind=ChangeKind.DATABASE)
    assert delay_text(database, at(0), FIRST) == "database changed 2 h 5 min before the first alert"
    after = "feature flag changed 30 s after the first alert, if the clocks agree"
    assert delay_text(change(before=-0.5, kind=ChangeKind.FEATURE_FLAG), at(0), FIRST) == after


def test_the_latest_wave_before_the_first_alert() -> None:
    waves = (Wave(at(-60), 0.05), Wave(at(-10), 0.5), Wave(at(5), 1.0))
    text = delay_text(replace(change(before=60), waves=waves), at(0), FIRST)
    assert text == (
        "deployed 1 h before the first alert; its latest wave, which reached 50 %, was 10 min before it"
    )
    unsaid = replace(change(before=60), waves=(Wave(at(-3)),))
    assert delay_text(unsaid, at(0), FIRST).endswith("; its latest wave was 3 min before it")
    assert ";" not in delay_text(replace(change(before=60), waves=waves[:1]), at(0), FIRST)


def test_how_guilty_a_service_has_been() -> None:
    assert history_text("web", 2.5) == "changes to web have caused 2.5 times as many incidents as others"
    assert "fewer incidents than others (0.4 times as many)" in history_text("web", 0.4)


def test_how_the_kind_compares() -> None:
    ratios = {ChangeKind.DEPLOY: 1.1, ChangeKind.CONFIG: 0.95, ChangeKind.ROLLBACK: 0.1}
    assert kind_text(ChangeKind.DEPLOY, ratios) == "deploys cause more incidents than other changes"
    assert kind_text(ChangeKind.CONFIG, ratios).startswith("configuration changes cause somewhat fewer")
    assert kind_text(ChangeKind.ROLLBACK, ratios).startswith("rollbacks cause far fewer")
    assert kind_text(ChangeKind.INFRA, ratios).endswith("as many incidents as other changes")


def test_the_prior_in_words() -> None:
    assert prior_text(1, 86_400) == "the only change to these services in the 24 h before"
    assert prior_text(12, 3_600) == "one of 12 changes to these services in the 1 h before"
    assert no_change_text(0.45, 3) == "45 % of incidents have no change behind them"
    assert no_change_text(0.45, 0) == "nothing is known to have changed on these services"


def test_an_environment_that_is_not_said() -> None:
    assert environment_text("prod").endswith("whether it was made in prod")
