"""The read model of incidents: all that hangs on some of them, in one round trip."""

from __future__ import annotations

from collections import defaultdict
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

from bot.app.run_story import summarize
from bot.app.storyline import NEWEST, latest, storyline
from bot.domain.decisions import TimelineEntry
from bot.domain.view import ChannelRef, IncidentView, PageRecord
from bot.store.rows import OCCURRENCE, OCCURRENCE_COLUMNS, occurrence_of
from bot.store.runs import read_playbook, run_of
from bot.store.serialise import ranking_of
from bot.store.united import Part, United
from bot.store.verdicts import VERDICT, VERDICT_COLUMNS, verdicts_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bot.domain.alert import AlertKey, Occurrence
    from bot.domain.incident import Incident
    from bot.domain.suspects import Ranking
    from bot.domain.verdicts import Verdict
    from bot.domain.view import RunSummary
    from bot.store.session import Session

_THESE: Final = "incident_id = ANY($1::uuid[])"
_PARTS: Final = United(
    Part(
        "alert",
        (*OCCURRENCE_COLUMNS, "passed_over"),
        f"""
        SELECT {OCCURRENCE}, greatest(s.many - {NEWEST + 1}, 0) AS passed_over
        FROM (
            SELECT o.source, o.fingerprint, o.starts_at,
                row_number() OVER (PARTITION BY o.incident_id, o.source, o.fingerprint
                                   ORDER BY o.starts_at DESC) AS newest,
                count(*) OVER (PARTITION BY o.incident_id, o.source, o.fingerprint) AS many
            FROM occurrences o WHERE o.{_THESE}
        ) s JOIN occurrences o USING (source, fingerprint, starts_at)
        WHERE s.newest <= {NEWEST} OR s.newest = s.many
        """,
    ),
    Part(
        "line",
        ("incident_id", "number", "time", "kind", "text", "source"),
        f"""
        SELECT t.incident_id::text AS incident_id, t.id, t.time, t.kind, t.text, t.source
        FROM timeline t WHERE t.{_THESE}
        """,
    ),
    Part(
        "ranking",
        ("incident_id", "body"),
        f"""
        SELECT DISTINCT ON (r.incident_id) r.incident_id::text AS incident_id, r.body
        FROM rankings r WHERE r.{_THESE} ORDER BY r.incident_id, r.revision DESC
        """,
    ),
    Part(
        "run",
        ("incident_id", "number", "body", "source"),
        f"""
        SELECT r.incident_id::text AS incident_id, r.number, r.body, d.source
        FROM runs r LEFT JOIN definitions d ON d.hash = r.definition_hash WHERE r.{_THESE}
        """,
    ),
    Part(
        "channel",
        ("incident_id", "team_id", "channel_id", "name"),
        f"""
        SELECT c.incident_id::text AS incident_id, c.team_id, c.channel_id, c.name
        FROM channels c WHERE c.{_THESE}
        """,
    ),
    Part(
        "page",
        ("incident_id", "number", "time", "why"),
        f"""
        SELECT p.incident_id::text AS incident_id, p.id, p.time, p.why FROM pages p WHERE p.{_THESE}
        """,
    ),
    Part("verdict", VERDICT_COLUMNS, f"SELECT {VERDICT} FROM verdicts v WHERE v.{_THESE}"),
)


async def views(session: Session, incidents: Sequence[Incident]) -> list[IncidentView]:
    """Everything about each of them, in their order."""
    if not incidents:
        return []
    around = _Around(await _PARTS.fetch(session, [incident.id for incident in incidents]))
    return [around.view(incident) for incident in incidents]


class _Around:
    """What hangs on some incidents, by incident."""

    def __init__(self, rows: Mapping[str, list[dict[str, Any]]]) -> None:
        self._occurrences: dict[str, list[Occurrence]] = defaultdict(list)
        self._passed_over: dict[str, dict[AlertKey, int]] = defaultdict(dict)
        for row in rows["alert"]:
            one = occurrence_of(row)
            self._occurrences[row["incident_id"]].append(one)
            self._passed_over[row["incident_id"]][one.key] = row["passed_over"]
        self._timeline: dict[str, list[TimelineEntry]] = defaultdict(list)
        for row in _in_order(rows["line"]):
            line = TimelineEntry(row["incident_id"], row["time"], row["kind"], row["text"], row["source"])
            self._timeline[line.incident_id].append(line)
        self._rankings: dict[str, Ranking] = {
            row["incident_id"]: ranking_of(row["incident_id"], row["body"]) for row in rows["ranking"]
        }
        self._runs: dict[str, list[RunSummary]] = defaultdict(list)
        for row in _in_order(rows["run"]):
            summary = summarize(run_of(row["body"]), read_playbook(row["source"]))
            self._runs[row["incident_id"]].append(summary)
        self._channels = {
            row["incident_id"]: ChannelRef(row["team_id"], row["channel_id"], row["name"])
            for row in rows["channel"]
        }
        self._pages: dict[str, list[PageRecord]] = defaultdict(list)
        for row in _in_order(rows["page"]):
            self._pages[row["incident_id"]].append(PageRecord(row["time"], row["why"]))
        self._verdicts: dict[str, list[Verdict]] = verdicts_of(_in_order(rows["verdict"]))

    def view(self, incident: Incident) -> IncidentView:
        occurrences = self._occurrences[incident.id]
        return IncidentView(
            incident=incident,
            alerts=latest(occurrences),
            timeline=storyline(self._timeline[incident.id], occurrences, self._passed_over[incident.id]),
            ranking=self._rankings.get(incident.id),
            runs=tuple(self._runs[incident.id]),
            channel=self._channels.get(incident.id),
            pages=tuple(self._pages[incident.id]),
            verdicts=tuple(self._verdicts.get(incident.id, ())),
        )


def _in_order(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(rows, key=itemgetter("number"))
