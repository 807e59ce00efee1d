from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import yaml
from pydantic import ValidationError

from bot.config.suspects import SuspectsModel, written
from bot.domain.change import ChangeKind
from bot.domain.delays import DelayMixture, LogNormal
from bot.domain.suspicion import DEFAULT_PARAMETERS, Parameters

DAY = timedelta(days=1)


def read(text: str) -> Parameters:
    return SuspectsModel.model_validate(yaml.safe_load(text)["suspects"]).parameters(DAY)


def test_nothing_said_is_the_default() -> None:
    usual = SuspectsModel().parameters(DAY)
    assert usual.kinds == DEFAULT_PARAMETERS.kinds
    assert usual.spread == DEFAULT_PARAMETERS.spread
    assert usual == DEFAULT_PARAMETERS
    assert SuspectsModel().parameters(timedelta(hours=2)).look_back == 7200


def test_what_is_written_reads_back() -> None:
    learnt = replace(
        DEFAULT_PARAMETERS,
        change=0.7125,
        kinds={**DEFAULT_PARAMETERS.kinds, ChangeKind.CONFIG: 2.25},
        services={"checkout: the old one": 1.5},
        delay=DelayMixture((LogNormal(0.25, 90, 0.9), LogNormal(0.75, 43_200, 0.6))),
        spread=replace(DEFAULT_PARAMETERS.spread, root=0.5, strengths=((0.5, 0.2), (0.5, 0.8)), cascade=0.0),
        shown_from=0.41,
        crowded=0.05,
        learnt_from=60,
    )
    assert read(written(learnt)) == learnt
    assert read(written(DEFAULT_PARAMETERS)) == DEFAULT_PARAMETERS


def test_shares_that_do_not_sum_to_one_are_made_to() -> None:
    parts = read(
        "suspects: {delay: [{weight: 0.1, median: 3m, sigma: 1}, {weight: 0.3, median: 2h, sigma: 1}]}"
    )
    assert [one.weight for one in parts.delay.parts] == pytest.approx([0.25, 0.75])
    assert parts.delay.parts[1].median == 7200


def test_one_kind_alone_leaves_the_others() -> None:
    assert read("suspects: {kinds: {config: 3}}").kinds == {
        **DEFAULT_PARAMETERS.kinds,
        ChangeKind.CONFIG: 3.0,
    }


@pytest.mark.parametrize(
    "wrong",
    [
        "{change: 1.0}",
        "{kinds: {party: 1}}",
        "{delay: []}",
        "{services: {a: 0}}",
        "{shown: 1}",
        "{spread: {root: 0}}",
    ],
)
def test_what_makes_no_sense_is_refused(wrong: str) -> None:
    with pytest.raises(ValidationError):
        read(f"suspects: {wrong}")
