from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.domain.distinguishing import distinguishing
from tests.domain.test_postmortem import occurrence

if TYPE_CHECKING:
    from bot.domain.alert import Occurrence


def alike(fingerprint: str, **labels: str) -> Occurrence:
    return replace(occurrence(fingerprint), name="DiskFull", service="db", labels=labels)


def test_alerts_of_one_name_and_service_are_told_apart_by_what_differs() -> None:
    one = alike("1", zone="a", instance="db-1", team="x", device="sda")
    other = alike("2", zone="b", instance="db-2", team="x")
    alone = replace(alike("3", instance="web-1"), service="web")
    assert distinguishing([one, other, alone]) == {
        one.key: (("instance", "db-1"), ("device", "sda")),
        other.key: (("instance", "db-2"),),
    }


def test_what_differs_in_nothing_is_not_told_apart() -> None:
    assert distinguishing([alike("1", team="x"), alike("2", team="x")]) == {}
    assert distinguishing([]) == {}


def test_without_the_usual_labels_the_others_count_by_name() -> None:
    one, other = alike("1", b="1", a="1", c="1"), alike("2", b="2", a="2", c="2")
    assert distinguishing([one, other])[one.key] == (("a", "1"), ("b", "1"))
