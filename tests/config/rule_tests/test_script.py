from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.config.rule_tests.script import Resolve, Script
from bot.domain.alert import AlertEvent
from bot.domain.change import Change, ChangeKind
from bot.ingest.labels import LabelPolicy
from tests.config.rule_tests.cases import cases

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path


class Played:
    """The facts of one test, with times as minutes since its start."""

    def __init__(self, root: Path, *events: str) -> None:
        text = "\n".join(f"      - {one}" for one in events)
        [case] = cases(
            root,
            f"labels: {{environment: p, region: eu}}\ntests:\n  - name: a\n    events:\n{text}\n"
            "    expect: [{at: 0m, incidents: []}]\n",
        )
        self.start = case.start
        self.facts = list(Script(case, LabelPolicy()).facts())

    def minute(self, moment: datetime | None) -> float | None:
        return None if moment is None else (moment - self.start) / timedelta(minutes=1)

    @property
    def alerts(self) -> Sequence[AlertEvent]:
        return [one for one in self.facts if isinstance(one, AlertEvent)]

    @property
    def told(self) -> list[tuple[float | None, str, float | None, float | None]]:
        return [
            (self.minute(one.received_at), one.status, self.minute(one.starts_at), self.minute(one.ends_at))
            for one in self.alerts
        ]


def test_an_alert_has_the_labels_of_the_file_and_its_own(tmp_path: Path) -> None:
    played = Played(
        tmp_path, "{at: 1m, firing: {alertname: A, service: s, region: us}, annotations: {summary: hm}}"
    )
    [alert] = played.alerts
    assert alert.labels == {"environment": "p", "region": "us", "alertname": "A", "service": "s"}
    assert (alert.name, alert.service, alert.environment, alert.summary) == ("A", "s", "p", "hm")
    assert played.told == [(1, "firing", 1, None)]


def test_an_alert_keeps_its_start_until_it_ends(tmp_path: Path) -> None:
    played = Played(
        tmp_path,
        "{at: 0m, firing: {a: b}, repeat: every 2m x3}",
        "{at: 5m, ended: {a: b}}",
        "{at: 7m, firing: {a: b}}",
    )
    assert played.told == [
        (0, "firing", 0, None),
        (2, "firing", 0, None),
        (4, "firing", 0, None),
        (5, "resolved", 0, 5),
        (7, "firing", 7, None),
    ]
    assert played.alerts[0].event_id == played.alerts[1].event_id != played.alerts[4].event_id


def test_what_flaps_ends_before_it_fires_again(tmp_path: Path) -> None:
    played = Played(tmp_path, "{at: 0m, firing: {a: b}, for: 2m, repeat: every 2m x2}")
    assert played.told == [
        (0, "firing", 0, None),
        (2, "resolved", 0, 2),
        (2, "firing", 2, None),
        (4, "resolved", 2, 4),
    ]


def test_an_end_without_a_beginning_is_heard_as_it_is(tmp_path: Path) -> None:
    assert Played(tmp_path, "{at: 3m, ended: {a: b}}").told == [(3, "resolved", 3, 3)]


def test_the_number_of_a_repeat_is_in_its_texts(tmp_path: Path) -> None:
    played = Played(
        tmp_path, '{at: 0m, firing: {pod: "p-{n}"}, annotations: {summary: "the {n}"}, repeat: every 1m x2}'
    )
    assert [(one.labels["pod"], one.summary) for one in played.alerts] == [("p-1", "the 1"), ("p-2", "the 2")]


def test_a_lag_lies_between_the_beginning_and_the_news(tmp_path: Path) -> None:
    played = Played(
        tmp_path,
        "{at: 5m, firing: {a: b}, lag: 2m}",
        "{at: 6m, ended: {a: b}, lag: 5m}",
        "{at: 9m, change: {id: c, service: s}, lag: 4m}",
    )
    assert played.told == [(5, "firing", 3, None), (6, "resolved", 3, 3)]
    change = played.facts[-1]
    assert isinstance(change, Change)
    assert (played.minute(change.time), played.minute(change.received_at)) == (5, 9)


def test_a_change_has_every_field_of_the_contract(tmp_path: Path) -> None:
    played = Played(
        tmp_path,
        '{at: 1m, repeat: every 1m x2, change: {id: "c-{n}", type: config, service: s, version: 2, '
        "previous_version: 1, author: ada, url: u, summary: hm, scope: {region: eu}, took: 3m, "
        "rolls_back: b, waves: [{after: 0m, share: 0.1}, {after: 2m, share: 1, targets: [eu]}]}}",
    )
    one, other = played.facts
    assert isinstance(one, Change)
    assert isinstance(other, Change)
    assert (one.change_id, other.change_id, one.kind) == ("c-1", "c-2", ChangeKind.CONFIG)
    assert (one.version, one.previous_version, one.author, one.environment) == ("2", "1", "ada", "p")
    assert (one.scope, one.rolls_back, played.minute(one.ended_at)) == ({"region": "eu"}, "b", 4)
    assert [(played.minute(wave.time), wave.share, wave.targets) for wave in one.waves] == [
        (1, 0.1, ()),
        (3, 1, ("eu",)),
    ]


def test_a_change_may_be_of_another_environment(tmp_path: Path) -> None:
    [change] = Played(tmp_path, "{at: 0m, change: {id: c, service: s, environment: q}}").facts
    assert isinstance(change, Change)
    assert (change.environment, change.ended_at) == ("q", None)


def test_what_happens_at_once_happens_in_the_order_of_the_text(tmp_path: Path) -> None:
    facts = Played(
        tmp_path,
        "{at: 2m, resolve: all}",
        "{at: 1m, firing: {a: b}}",
        "{at: 1m, change: {id: c, service: s}}",
    ).facts
    assert [type(one) for one in facts] == [AlertEvent, Change, Resolve]


def test_waves_are_in_order_however_they_are_written(tmp_path: Path) -> None:
    waves = "[{after: 60m, share: 0.9}, {after: 0m, share: 0.1}]"
    played = Played(tmp_path, f"{{at: 1m, change: {{id: d, service: s, waves: {waves}}}}}")
    [made] = [one for one in played.facts if isinstance(one, Change)]
    assert [(played.minute(wave.time), wave.share) for wave in made.waves] == [(1, 0.1), (61, 0.9)]
