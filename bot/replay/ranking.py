"""Weighs the suspects of one incident of a replay, as the live ranker does."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.domain.correlation import rank, suspect_services
from bot.domain.evidence import evidence_of
from bot.domain.news import says_the_same, shows_the_same
from bot.replay.happenings import Cause, Ranked

if TYPE_CHECKING:
    from datetime import datetime

    from bot.domain.catalog import Catalog
    from bot.domain.correlation import Parameters
    from bot.replay.world import World


def weigh(
    world: World, incident_id: str, at: datetime, cause: Cause, *, catalog: Catalog, parameters: Parameters
) -> Ranked:
    """Rank the incident as of `at`, and remember what was said of it."""
    incident, members = world.incidents[incident_id], world.members.get(incident_id, {})
    # The live ranker does not ask what fired before while an incident opens: there is no time.
    keys = () if cause is Cause.OPENED else {key for key, _ in members}
    evidence = evidence_of(incident, members.values(), at, world.firings.before(incident, keys))
    pace = world.paces.pace(at, parameters.look_back)
    services = suspect_services(evidence, catalog, parameters, pace)
    look_back = timedelta(seconds=parameters.look_back)
    candidates = world.changes.candidates(evidence, services, look_back)
    ranking = rank(evidence, candidates, catalog, parameters, pace)
    known = world.rankings.get(incident_id)
    if not says_the_same(known, ranking):
        world.rankings[incident_id] = ranking
    return Ranked(at, incident_id, ranking, cause, not shows_the_same(known, ranking))
