from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.config.installation import CHANNEL_FIELDS, Installation
from bot.domain.rules import StormPolicy
from bot.ingest.labels import LabelPolicy
from tests.config.folders import loaded, problems

if TYPE_CHECKING:
    from pathlib import Path


def test_every_field_has_a_default_that_works() -> None:
    usual = Installation()
    assert usual.label_policy() == LabelPolicy()
    assert usual.storm.policy() == StormPolicy(10, timedelta(minutes=5))
    assert usual.page_when_slack_fails == timedelta(seconds=60)


def test_every_field(tmp_path: Path) -> None:
    told = loaded(
        tmp_path,
        {
            "tocsin.yaml": """
                labels: {environment: [tier]}
                change_environments: {prod: [production, prd]}
                storm: {openings: 2, window: 30s}
                channel: "x-{number}-{service}-{severity}-{environment}-{slug}"
                look_back: 2d
                page_when_slack_fails: 5m
                variables: {prometheus_url: "http://prometheus:9090"}
            """
        },
    ).installation
    assert told.label_policy() == LabelPolicy(
        environment=("tier",), of_changes={"production": "prod", "prd": "prod"}
    )
    assert told.look_back == timedelta(days=2)
    assert told.page_when_slack_fails == timedelta(minutes=5)
    assert told.variables == {"prometheus_url": "http://prometheus:9090"}
    assert all(f"{{{name}}}" in told.channel for name in CHANNEL_FIELDS)


def test_an_alertmanager_is_an_address_or_has_more_to_it(tmp_path: Path) -> None:
    text = 'alertmanagers: ["http://am:9093", {url: "https://am.example", authorization: am}]'
    told = loaded(tmp_path, {"tocsin.yaml": text}).installation.alertmanagers
    assert [(one.url, one.authorization) for one in told] == [
        ("http://am:9093", ""),
        ("https://am.example", "am"),
    ]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('alertmanagers: ["http://ada:hunter2@am:9093"]', "an address holds no password; name a secret"),
        ("alertmanagers: [{url: am}]", "alertmanagers[0].url: must match the pattern"),
        (
            'alertmanagers: [{url: "http://am", authorization: "Bearer x"}]',
            "alertmanagers[0].authorization: ",
        ),
        ("alertmanagers: [9093]", "an address is expected here, or a mapping with url"),
        ("channel: inc", "channel: must hold {number}"),
        (
            'channel: "{number}-{sulg}"',
            "there is no field {sulg} for a channel's name; there are number, slug",
        ),
        ("storm: {openings: 0}", "storm.openings: "),
        ("look_back: 400d", "look_back: "),
        ("variables: {a: [1]}", "variables.a: "),
        ("labels: {service: job}", "labels.service: "),
        (
            "change_environments: {prod: [live], live: [prd]}",
            "change_environments: live is the name of one environment and another name of one",
        ),
        (
            "change_environments: {prod: [live], dev: [live]}",
            "change_environments: live is said to be another name more than once",
        ),
        ('change_environments: {prod: [""]}', "change_environments.prod[0]: "),
        ('change_environments: {"prod ": [live]}', "change_environments"),
        ("[]", "a mapping is expected here, with labels, storm, channel"),
    ],
)
def test_bad_fields(tmp_path: Path, line: str, message: str) -> None:
    [problem] = problems(tmp_path, {"tocsin.yaml": f"{line}\n"})
    assert problem.startswith("tocsin.yaml:1:")
    assert message in problem
