"""Incidents as the read model gives them: one plain example, and hostile ones for property tests."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from bot.domain.alert import AlertStatus, Occurrence
from bot.domain.change import Change, ChangeKind
from bot.domain.incident import Incident, Reason, Severity, State
from bot.domain.suspects import LaterTrouble, Ranking, Suspect, Term
from bot.domain.verdicts import Judgement, Verdict, key_of
from bot.domain.view import ChannelRef, IncidentView, PageRecord, RunSummary, StepSummary

if TYPE_CHECKING:
    from collections.abc import Sequence

NOW = datetime(2026, 3, 4, 3, 12, tzinfo=UTC)
MANY = 25
"""Examples of a property over whole views, which are dear to make."""


def incident(**changes: Any) -> Incident:
    """A triggered incident of the checkout."""
    given: dict[str, Any] = {
        "id": "0195",
        "title": "Checkout fails",
        "state": State.TRIGGERED,
        "severity": Severity.CRITICAL,
        "environment": "production",
        "rule": "default",
        "reason": Reason("first_alert", "HighErrorRate fires on checkout and nothing is open for it"),
        "services": ("checkout",),
        "opened_at": NOW,
        "onset": NOW - timedelta(minutes=2),
        "last_alert_at": NOW,
        "number": 12,
        "firing": 1,
        "alerts": 1,
    }
    return Incident(**(given | changes))


def alert(**changes: Any) -> Occurrence:
    """A firing alert of the checkout."""
    given: dict[str, Any] = {
        "source": "alertmanager",
        "fingerprint": "f1",
        "starts_at": NOW - timedelta(minutes=2),
        "status": AlertStatus.FIRING,
        "ends_at": None,
        "name": "HighErrorRate",
        "service": "checkout",
        "environment": "production",
        "labels": {"alertname": "HighErrorRate"},
        "annotations": {"summary": "5 % of requests fail", "runbook_url": "https://runbooks.example/errors"},
        "generator_url": "https://prometheus.example/graph?g0.expr=a&b",
        "received_at": NOW,
    }
    return Occurrence(**(given | changes))


def change(**changes: Any) -> Change:
    """A deploy of the checkout ten minutes ago."""
    given: dict[str, Any] = {
        "change_id": "deploy-77",
        "source": "argocd",
        "kind": ChangeKind.DEPLOY,
        "service": "checkout",
        "environment": "production",
        "time": NOW - timedelta(minutes=6),
        "received_at": NOW - timedelta(minutes=6),
        "summary": "New payment client",
        "version": "v42",
        "previous_version": "v41",
        "author": "grace",
        "url": "https://ci.example/77",
    }
    return Change(**(given | changes))


def ranking(**changes: Any) -> Ranking:
    """One suspect at 72 %."""
    terms = (Term("delay", 2.1, "4 minutes before the first alert"), Term("kind", -0.4, "deploys are common"))
    given: dict[str, Any] = {
        "incident_id": "0195",
        "at": NOW,
        "suspects": (Suspect(change(), 0.72, terms),),
        "no_change": 0.21,
        "no_change_reasons": (Term("prior", 0.3, "a third of all incidents follow no change"),),
        "considered": 3,
        "shown": True,
    }
    return Ranking(**(given | changes))


def verdict(**changes: Any) -> Verdict:
    """Ada's word that the deploy caused it."""
    given: dict[str, Any] = {
        "id": "v1",
        "incident_id": "0195",
        "judgement": Judgement.CAUSED,
        "change": change(),
        "person": "U1",
        "by": "@ada",
        "via": "slack",
        "at": NOW + timedelta(minutes=3),
    }
    return Verdict(**(given | changes))


def run(**changes: Any) -> RunSummary:
    """A run that waits for approval at its second step."""
    given: dict[str, Any] = {
        "id": "run-1",
        "playbook": "first-look",
        "title": "First look",
        "state": "waiting_approval",
        "started_at": NOW,
        "ended_at": None,
        "steps": (
            StepSummary("look", "Look at the error rate", "succeeded", "5.2 %"),
            StepSummary("restart", "Restart the checkout", "waiting_approval", "Restart it?", "approve"),
        ),
    }
    return RunSummary(**(given | changes))


def view(**changes: Any) -> IncidentView:
    """All of it together; keywords of the incident go through `of`."""
    given: dict[str, Any] = {
        "incident": incident(),
        "alerts": (alert(),),
        "timeline": (),
        "ranking": ranking(),
        "runs": (run(),),
        "channel": ChannelRef("T1", "C1", "inc-12-checkout-fails"),
    }
    return IncidentView(**(given | changes))


_NASTY = st.sampled_from(
    [
        "<!channel>",
        "@here",
        "&amp;",
        "*b*",
        "`c`",
        "~s~",
        "\n\n\n",
        "\r",
        "<@U1>",
        "|",
        "^",
        "\u202e",
        "🔥",
        "\x00",
    ]
)
hostile = st.one_of(
    st.text(max_size=40),
    st.lists(_NASTY, max_size=12).map("".join),
    st.builds(lambda part, times: part * times, _NASTY, st.integers(500, 4000)),
    st.just(""),
)
urls = st.one_of(
    hostile,
    st.builds(lambda tail: f"https://example.com/{tail}", hostile),
    st.integers(1, 900).map(lambda n: "https://example.com/?" + "&a=b" * n),
)
moments = st.datetimes(datetime(2001, 1, 1), datetime(2090, 1, 1)).map(lambda m: m.replace(tzinfo=UTC))  # noqa: DTZ001 - the strategy wants naive bounds
_incidents = st.builds(
    incident,
    title=hostile,
    state=st.sampled_from(State),
    severity=st.sampled_from(Severity),
    environment=hostile,
    rule=hostile,
    reason=st.builds(Reason, hostile, hostile),
    services=st.lists(hostile, max_size=60).map(tuple),
    opened_at=moments,
    onset=moments,
    acknowledged_at=st.none() | moments,
    acknowledged_by=hostile,
    monitoring_at=st.none() | moments,
    resolved_at=st.none() | moments,
    resolved_by=hostile,
    storm=st.booleans(),
    firing=st.integers(0, 500),
)
_texts = st.dictionaries(
    st.sampled_from(["summary", "runbook_url", "dashboard", "panelURL", "severity"]), st.one_of(hostile, urls)
)
_alerts = st.builds(
    alert,
    name=hostile,
    service=hostile,
    status=st.sampled_from(AlertStatus),
    starts_at=moments,
    ends_at=st.none() | moments,
    labels=_texts,
    annotations=_texts,
    generator_url=urls,
)
_terms = st.lists(st.builds(Term, hostile, st.floats(-9, 9), hostile), max_size=9).map(tuple)
_changes = st.builds(
    change,
    change_id=hostile,
    kind=st.sampled_from(ChangeKind),
    service=hostile,
    time=moments,
    summary=hostile,
    version=hostile,
    previous_version=hostile,
    author=hostile,
    url=urls,
)
_later = st.builds(
    LaterTrouble,
    since=st.just(NOW),
    services=st.lists(hostile, min_size=1, max_size=200).map(tuple),
    probability=st.floats(0, 1),
    former=st.none() | st.builds(Suspect, _changes, st.floats(0, 1), _terms),
)
_rankings = st.builds(
    ranking,
    suspects=st.lists(
        st.builds(Suspect, _changes, st.floats(0, 1), _terms),
        max_size=8,
        unique_by=lambda one: key_of(one.change),
    ).map(tuple),
    no_change=st.floats(0, 1),
    no_change_reasons=_terms,
    considered=st.integers(0, 10_000),
    shown=st.booleans(),
    calibrated=st.booleans(),
    later=st.none() | _later,
)
_verdicts = st.one_of(
    st.builds(
        verdict,
        judgement=st.sampled_from([Judgement.CAUSED, Judgement.DID_NOT]),
        change=_changes,
        person=st.sampled_from(["U1", "U2"]) | hostile,
        by=hostile,
        at=moments,
    ),
    st.builds(verdict, judgement=st.just(Judgement.NO_CHANGE), change=st.none(), by=hostile, at=moments),
)
_STEP_STATES = ("pending", "waiting_approval", "running", "succeeded", "failed", "unknown", "new word")
_steps = st.builds(
    StepSummary,
    hostile,
    hostile,
    st.sampled_from(_STEP_STATES),
    hostile,
    st.sampled_from(["", "approve", "decide"]),
)
runs = st.builds(
    run,
    id=hostile,
    playbook=hostile,
    title=hostile,
    state=st.sampled_from(["running", "succeeded", "needs_person"]) | hostile,
    started_at=st.none() | moments,
    ended_at=st.none() | moments,
    steps=st.lists(_steps, max_size=60).map(tuple),
)


def _with_ids(verdicts: Sequence[Verdict]) -> tuple[Verdict, ...]:
    return tuple(replace(one, id=f"v{number}") for number, one in enumerate(verdicts))


def _crowd(one: Occurrence, size: int) -> tuple[Occurrence, ...]:
    return tuple(replace(one, fingerprint=str(number)) for number in range(size))


views = st.builds(
    view,
    incident=_incidents,
    alerts=st.lists(_alerts, max_size=8).map(tuple) | st.builds(_crowd, _alerts, st.just(500)),
    ranking=st.none() | _rankings,
    pages=st.lists(st.builds(PageRecord, moments, hostile), max_size=3).map(tuple),
    verdicts=st.lists(_verdicts, max_size=6).map(_with_ids),
)
