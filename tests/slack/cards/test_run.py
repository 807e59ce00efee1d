from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from hypothesis import given, settings

from bot.domain.view import StepSummary
from bot.slack.cards.run import run_card
from tests.slack.checks import assert_slack_takes, buttons, words
from tests.support.incident_views import MANY, NOW, run, runs, view

if TYPE_CHECKING:
    from bot.domain.view import RunSummary


@settings(max_examples=MANY, deadline=None)
@given(runs)
def test_slack_takes_it_whatever_the_run_holds(any_run: RunSummary) -> None:
    assert_slack_takes(run_card(view(), any_run))


def test_a_step_that_asks_for_approval_has_its_buttons() -> None:
    card = run_card(view(), run())
    assert buttons(card) == [
        ("run.approve", '{"run":"run-1","step":"restart"}'),
        ("run.reject", '{"run":"run-1","step":"restart"}'),
    ]
    assert "✅ 1. *Look at the error rate* · done\n5.2 %" in words(card)
    assert "✋ 2. *Restart the checkout* · waits for approval\nRestart it?" in words(card)
    assert card.text == "INC-12: playbook First look: waits for your approval"


def test_a_step_of_unknown_fate_asks_what_to_do() -> None:
    lost = StepSummary("restart", "Restart", "unknown", "The worker died", "decide")
    card = run_card(view(), run(state="needs_person", steps=(lost,)))
    assert [action for action, _ in buttons(card)] == ["run.retry", "run.skip", "run.stop"]
    assert "nobody knows whether it happened" in words(card)


def test_of_many_steps_the_one_that_asks_is_always_there() -> None:
    steps = [StepSummary(f"s{n}", f"Step {n}", "succeeded") for n in range(40)]
    steps[3] = StepSummary("ask", "Ask", "waiting_approval", asks="approve")
    card = run_card(view(), run(steps=tuple(steps)))
    assert "4. *Ask*" in words(card)
    assert "40. *Step 39*" in words(card)
    assert "28 of 40 steps are not shown here" in words(card)


def test_an_ended_run_says_how_long_it_took() -> None:
    card = run_card(view(), run(state="succeeded", ended_at=NOW + timedelta(seconds=90), steps=()))
    assert "took 1 min" in words(card)
    assert not buttons(card)


def test_what_was_posted_is_not_shown_again() -> None:
    step = StepSummary("findings", "Post what was found", "succeeded", "Error rate: 0.34 now", posted=True)
    card = run_card(view(), run(steps=(step,)))
    assert "Post what was found" in words(card)
    assert "0.34" not in words(card)
