from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.domain.change import ChangeKind
from bot.domain.correlation import rank
from bot.domain.suspicion import DEFAULT_PARAMETERS
from bot.domain.verdicts import key_of
from bot.evaluation.fit import ENOUGH, Quality, by_time, fit, quality, weigh
from tests.evaluation.labels import UNLIKE, drawn, rotated
from tests.support.measuring import unmeasured

if TYPE_CHECKING:
    from bot.domain.suspicion import Parameters

USUAL = DEFAULT_PARAMETERS


@pytest.fixture(scope="module")
@unmeasured()
def learnt() -> Parameters:
    return fit(drawn(240, UNLIKE), USUAL)


def test_many_labels_move_every_number_towards_what_is_so(learnt: Parameters) -> None:
    assert learnt.change == pytest.approx(UNLIKE.change, abs=0.06)
    assert learnt.kinds[ChangeKind.CONFIG] > 1.6
    assert learnt.kinds[ChangeKind.DEPLOY] < 0.65
    assert learnt.delay.parts[2].weight == pytest.approx(0.75, abs=0.15)
    assert learnt.delay.parts[0].weight < 0.2
    assert learnt.spread.root == pytest.approx(0.5, abs=0.15), "a silent root without callers is heard, too"
    assert learnt.spread.strengths[3][0] > 0.45


def test_it_says_how_many_taught_it(learnt: Parameters) -> None:
    assert (USUAL.learnt_from, learnt.learnt_from) == (0, 240)
    assert learnt.calibrated


@pytest.mark.unmeasured
def test_it_predicts_incidents_that_it_has_not_seen_better(learnt: Parameters) -> None:
    unseen = drawn(120, UNLIKE, seed=2)
    before, after = quality(unseen, USUAL), quality(unseen, learnt)
    truth = quality(unseen, UNLIKE)
    assert after.log_loss < before.log_loss - 0.2
    assert after.log_loss < truth.log_loss + 0.1, "close to who knows"
    assert after.top1 > before.top1 + 0.05


def test_few_labels_change_little() -> None:
    learnt = fit(drawn(5, UNLIKE), USUAL)
    assert learnt.change == pytest.approx(USUAL.change, abs=0.1)
    for kind, ratio in learnt.kinds.items():
        assert 0.7 < ratio / USUAL.kinds[kind] < 1.5
    for now, start in zip(learnt.delay.parts, USUAL.delay.parts, strict=True):
        assert now.weight == pytest.approx(start.weight, abs=0.18)
        assert (now.median, now.sigma) == (start.median, start.sigma)
    assert learnt.spread.root == pytest.approx(USUAL.spread.root, abs=0.2)
    assert learnt.shown_from == pytest.approx(USUAL.shown_from, abs=0.06)
    assert learnt.services == {}


def test_no_labels_change_nothing() -> None:
    assert fit([], USUAL) is USUAL
    assert quality([], USUAL) == Quality(0, 0.0, 0, 0, 0)
    assert quality([], USUAL).top1 == 0.0


@pytest.mark.unmeasured
def test_what_is_as_assumed_stays_as_it_is() -> None:
    # The examples' faults without a change are even over the services, however often those are changed.
    even = replace(USUAL, busy=0.0)
    learnt = fit(drawn(150, even, seed=4), even)
    assert learnt.change == pytest.approx(USUAL.change, abs=0.08)
    for now, start in zip(learnt.delay.parts, USUAL.delay.parts, strict=True):
        assert now.weight == pytest.approx(start.weight, abs=0.12)


@pytest.mark.unmeasured
def test_a_service_that_is_guilty_more_often_is_more_suspect_from_enough_labels_on() -> None:
    examples = []
    for one in drawn(360, USUAL, seed=5):
        guilty = next((change for change in one.candidates if key_of(change) == one.cause), None)
        if guilty is None or guilty.service != "web":
            examples.append(one)
    learnt = fit(examples, USUAL)
    assert learnt.services.get("web", 1.0) < 0.95
    assert fit(examples[: ENOUGH - 1], USUAL).services == {}


def test_weights_are_those_of_the_ranking() -> None:
    example = drawn(1, replace(UNLIKE, change=0.999))[0]
    ranking = rank(example.evidence, example.candidates, example.catalog, USUAL)
    weighed = weigh(example, USUAL)
    assert max(value for _, value in weighed.candidates) - weighed.total == pytest.approx(
        math.log(ranking.suspects[0].probability)
    )


def test_a_cause_that_is_no_candidate_is_counted_apart() -> None:
    one = replace(drawn(1, USUAL)[0], cause=("elsewhere", "c"))
    found = quality([one], USUAL)
    assert (found.incidents, found.missed) == (0, 1)
    assert fit([one], USUAL).delay.parts == USUAL.delay.parts


def test_the_split_is_by_time() -> None:
    examples = drawn(10, USUAL)
    earlier, later = by_time(rotated(examples))
    assert earlier == examples[:7]
    assert later == examples[7:]
