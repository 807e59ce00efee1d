"""Compares what is there with what the faults must have come to: exact sets, one line a violation. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any, Final

from tests.crashes.faults import Course

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator, Sequence

    from tests.crashes.faults import Fault
    from tests.crashes.findings import Findings

_SHOWN: Final = 5


def violations(faults: Sequence[Fault], found: Findings) -> list[str]:
    """Everything that is missing, too much or wrong; empty where all is exact."""
    return [
        *_alerts(faults, found),
        *_incidents(faults, found),
        *_effects(found),
        *_channels(found),
        *_messages(faults, found),
        *_pages(faults, found),
        *_published(found),
    ]


def _alerts(faults: Sequence[Fault], found: Findings) -> Iterator[str]:
    events = {one.event.event_id for fault in faults for one in fault.sendings}
    yield from _same("inbox", events, found.inbox)
    yield from _same("event log", events, found.events)
    expected = {(*key, status) for fault in faults for key, status in fault.occurrences().items()}
    yield from _same("alert", expected, [one[:3] for one in found.occurrences])
    if found.dead_letters:
        yield f"dead letters: {found.dead_letters}"


def _incidents(faults: Sequence[Fault], found: Findings) -> Iterator[str]:
    places = [(row["environment"], frozenset(row["services"])) for row in found.incidents]
    yield from _same("incident", [fault.place for fault in faults], places)
    by_place = dict(zip(places, found.incidents, strict=True))
    owners: dict[str, set[str]] = defaultdict(set)
    for fingerprint, _, _, incident_id in found.occurrences:
        owners[fingerprint.partition("-")[0]].add(incident_id)
    for fault in faults:
        if (row := by_place.get(fault.place)) is None:
            continue
        if row["state"] != fault.state:
            yield f"incident of fault {fault.number}: {row['state']}, not {fault.state}"
        if row["alerts"] != fault.alerts:
            yield f"incident of fault {fault.number}: counts {row['alerts']} alerts, not {fault.alerts}"
        if owners[str(fault.number)] != {row["id"]}:
            yield f"alerts of fault {fault.number} belong to {sorted(map(str, owners[str(fault.number)]))}"


def _effects(found: Findings) -> Iterator[str]:
    for row in found.outbox:
        if row["state"] != "done":
            yield f"effect {row['key']}: {row['state']} ({row['error']})"


def _channels(found: Findings) -> Iterator[str]:
    yield from _same("channel", [row["channel_id"] for row in found.owned], found.channels)
    incidents = [row["id"] for row in found.incidents]
    yield from _same("owner of a channel", incidents, [row["incident_id"] for row in found.owned])
    yield from _same("told of its channel", incidents, _told(found, "channel"))


def _messages(faults: Sequence[Fault], found: Findings) -> Iterator[str]:
    keys = Counter(post.key for post in found.posts)
    yield from (f"message {key}: {count} times" for key, count in keys.items() if count > 1)
    home = {row["incident_id"]: row["channel_id"] for row in found.owned}
    for post in found.posts:
        if post.channel != home.get(_incident_of(post.key)):
            yield f"message {post.key or 'without a key'}: in the wrong channel"
    kinds: dict[str, Counter[str]] = defaultdict(Counter)
    for post in found.posts:
        kinds[_incident_of(post.key)][post.key.partition(":")[0]] += 1
    by_place = {(row["environment"], frozenset(row["services"])): row["id"] for row in found.incidents}
    for fault in faults:
        told = dict(kinds[by_place.get(fault.place, "")])
        expected = {"status": 1, "suspects": 1}
        if fault.course is Course.RETURNS:
            told.pop("note", None)  # how often all alerts have ended at once is a matter of time
        elif fault.course is not Course.FIRES_ON:
            expected["note"] = 1
        if fault.course is Course.IS_RESOLVED:
            expected["postmortem"] = 1
        if told != expected:
            yield f"messages of fault {fault.number} ({fault.course}): {told}, not {expected}"


def _pages(faults: Sequence[Fault], found: Findings) -> Iterator[str]:
    critical = {fault.place for fault in faults if fault.severity == "critical"}
    urgent = [
        row["id"] for row in found.incidents if (row["environment"], frozenset(row["services"])) in critical
    ]
    # The pager knows a page by its key, so one that came twice under the same key rang once.
    yield from _same("page", urgent, [_incident_of(key) for key in set(found.paged)])
    yield from _same("record of a page", urgent, found.pages)
    yield from _same("told of its page", urgent, _told(found, "paged"))


def _published(found: Findings) -> Iterator[str]:
    effects = {row["key"] for row in found.outbox if row["kind"] == "kafka.publish"}
    yield from _same("published event", effects, {one.id for one in found.published})
    latest: dict[str, int] = {}
    known: set[str] = set()
    for one in found.published:
        if one.id not in known and one.sequence < latest.get(one.incident, 0):
            yield f"published event {one.id}: after {latest[one.incident]}"
        known.add(one.id)
        latest[one.incident] = max(one.sequence, latest.get(one.incident, 0))
    opened = {(one.id, one.incident) for one in found.published if one.event == "opened"}
    yield from _same("opening", [row["id"] for row in found.incidents], [incident for _, incident in opened])


def _told(found: Findings, kind: str) -> Iterator[str]:
    for row in found.timeline:
        if row["kind"] == kind:
            yield from [row["incident_id"]] * row["count"]


def _incident_of(key: str) -> str:
    return key.partition(":")[2].partition(":")[0]


def _same(what: str, expected: Iterable[Hashable], actual: Iterable[Hashable]) -> Iterator[str]:
    """The multisets are equal, or a line says what is missing and what is too much."""
    wanted, there = Counter(expected), Counter(actual)
    for word, difference in (("missing", wanted - there), ("too much", there - wanted)):
        if difference:
            yield f"{what}: {difference.total()} {word}: {_some(difference)}"


def _some(difference: Counter[Any]) -> str:
    return ", ".join(str(one) for one in list(difference)[:_SHOWN])
