"""The verdict itself: what is exact passes, and whatever is missing, doubled or wrong has its line."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import pytest

from tests.crashes.faults import Course, planned
from tests.crashes.findings import Findings, Post, Published
from tests.crashes.verdict import violations

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.crashes.faults import Fault

FAULTS: Final = planned(1, datetime(2026, 3, 1, 12, 0, tzinfo=UTC), seconds=10.0, per_second=3.0)
NOTES: Final = {
    Course.FIRES_ON: (),
    Course.ENDS: ("note",),
    Course.RETURNS: ("note",),
    Course.IS_RESOLVED: ("note", "postmortem"),
}


def exact() -> Findings:
    """What there must be after `FAULTS`."""
    ids = [f"id{fault.number}" for fault in FAULTS]
    urgent = [f"id{fault.number}" for fault in FAULTS if fault.severity == "critical"]
    events = sorted({one.event.event_id for fault in FAULTS for one in fault.sendings})
    return Findings(
        incidents=[
            {
                "id": f"id{fault.number}",
                "environment": fault.environment,
                "services": list(fault.services),
                "state": fault.state,
                "alerts": fault.alerts,
            }
            for fault in FAULTS
        ],
        occurrences=[
            (*key, status, f"id{fault.number}")
            for fault in FAULTS
            for key, status in fault.occurrences().items()
        ],
        inbox=list(events),
        events=list(events),
        outbox=[
            {"key": f"publish:{one}:1:opened", "kind": "kafka.publish", "state": "done", "error": None}
            for one in ids
        ],
        owned=[{"incident_id": one, "channel_id": f"C{one}"} for one in ids],
        timeline=[
            *({"incident_id": one, "kind": "channel", "count": 1} for one in ids),
            *({"incident_id": one, "kind": "paged", "count": 1} for one in urgent),
        ],
        pages=urgent,
        channels=[f"C{one}" for one in ids],
        posts=[post for fault in FAULTS for post in _posts(fault)],
        published=[Published(f"publish:{one}:1:opened", one, 1, "opened") for one in ids],
        paged=[f"page:{one}:1" for one in urgent],
        dead_letters=0,
    )


def _posts(fault: Fault) -> list[Post]:
    purposes = ("status", "suspects", *NOTES[fault.course])
    return [Post(f"Cid{fault.number}", f"{purpose}:id{fault.number}") for purpose in purposes]


def test_the_plan_has_every_course_and_faults_that_span_partitions() -> None:
    assert {fault.course for fault in FAULTS} == set(Course)
    spanning = [fault for fault in FAULTS if len(fault.services) > 1]
    assert spanning
    assert all(len({one.partition for one in fault.sendings}) > 1 for fault in spanning)


def test_what_is_exact_has_no_violations() -> None:
    assert violations(FAULTS, exact()) == []


def test_a_repeated_page_or_record_under_the_same_key_is_none_twice() -> None:
    found = exact()
    repeated = replace(found, paged=found.paged * 2, published=[*found.published, found.published[0]])
    assert violations(FAULTS, repeated) == []


@pytest.mark.parametrize(
    ("spoil", "line"),
    [
        (lambda f: replace(f, inbox=f.inbox[1:]), "inbox: 1 missing"),
        (lambda f: replace(f, events=[*f.events, f.events[0]]), "event log: 1 too much"),
        (lambda f: replace(f, occurrences=f.occurrences[1:]), "alert: 1 missing"),
        (lambda f: replace(f, dead_letters=2), "dead letters: 2"),
        (lambda f: replace(f, incidents=f.incidents[1:]), "incident: 1 missing"),
        (lambda f: replace(f, incidents=[*f.incidents, f.incidents[0]]), "incident: 1 too much"),
        (lambda f: replace(f, incidents=_with(f.incidents, state="lost")), "incident of fault 0: lost"),
        (lambda f: replace(f, incidents=_with(f.incidents, alerts=9)), "incident of fault 0: counts 9"),
        (lambda f: replace(f, occurrences=_elsewhere(f)), "alerts of fault 0 belong to"),
        (lambda f: replace(f, outbox=_with(f.outbox, state="dead")), "effect publish:id0:1:opened: dead"),
        (lambda f: replace(f, channels=[*f.channels, "C-again"]), "channel: 1 too much"),
        (lambda f: replace(f, owned=f.owned[1:]), "owner of a channel: 1 missing"),
        (lambda f: replace(f, timeline=_with(f.timeline, count=2)), "told of its channel: 1 too much"),
        (lambda f: replace(f, posts=[*f.posts, f.posts[0]]), "message status:id0: 2 times"),
        (lambda f: replace(f, posts=f.posts[1:]), "messages of fault 0"),
        (lambda f: replace(f, posts=[Post("Cid1", f.posts[0].key), *f.posts[1:]]), "message status:id0: in"),
        (lambda f: replace(f, paged=f.paged[1:]), "page: 1 missing"),
        (lambda f: replace(f, paged=[*f.paged, "page:id0:other"]), "page: 1 too much"),
        (lambda f: replace(f, pages=[*f.pages, f.pages[0]]), "record of a page: 1 too much"),
        (lambda f: replace(f, published=f.published[1:]), "published event: 1 missing"),
        (lambda f: replace(f, published=_out_of_order(f)), "published event late: after 1"),
    ],
)
def test_every_violation_has_its_line(spoil: Callable[[Findings], Findings], line: str) -> None:
    noticed = violations(FAULTS, spoil(exact()))
    assert any(one.startswith(line) for one in noticed), noticed


def _with(rows: list[dict[str, object]], **changed: object) -> list[dict[str, object]]:
    return [{**rows[0], **changed}, *rows[1:]]


def _elsewhere(found: Findings) -> list[tuple[str, datetime, str, str]]:
    first = found.occurrences[0]
    return [(*first[:3], "id-other"), *found.occurrences[1:]]


def _out_of_order(found: Findings) -> list[Published]:
    return [*found.published, Published("late", found.published[0].incident, 0, "escalated")]
