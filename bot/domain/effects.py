"""Effects: everything that Tocsin does to the world outside, as data with a key that names its cause."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final
from zlib import crc32

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from bot.domain.incident import Incident
    from bot.domain.view import IncidentView


class EffectKind(StrEnum):
    """What is to be done; delivery has one handler for each."""

    OPEN_CHANNEL = "slack.open_channel"
    STATUS_CARD = "slack.status_card"
    SUSPECTS_CARD = "slack.suspects_card"
    SET_TOPIC = "slack.set_topic"
    INVITE = "slack.invite"
    POST_NOTE = "slack.post_note"
    ANNOUNCE = "slack.announce"
    TELL = "slack.tell"
    POST_POSTMORTEM = "slack.post_postmortem"
    RUN_CARD = "slack.run_card"
    PAGE = "page"
    PUBLISH = "kafka.publish"
    START_PLAYBOOKS = "playbook.start"
    ADVANCE_RUN = "playbook.advance"


DECORATIONS: Final = frozenset({EffectKind.SET_TOPIC, EffectKind.INVITE, EffectKind.ANNOUNCE})
"""What is done round an incident's channel. None of it keeps what is shown in the channel waiting."""


@dataclass(frozen=True, slots=True)
class Effect:
    """One thing to do, at least once, so that people see it once.

    `key` is unique for its cause; effects of one `lane` are done in order, lanes run side by side. While an
    effect with the same `coalesce` still waits, another one is not added: the one that waits will show the
    newest state. `due_at` puts it off. Every value of `payload` is JSON. `first`: it begins its lane, so
    nothing can be before it.
    """

    key: str
    kind: EffectKind
    lane: str
    incident_id: str | None
    payload: Mapping[str, Any] = field(default_factory=dict)
    coalesce: str | None = None
    due_at: datetime | None = None
    first: bool = False


def slack_lane(incident_id: str) -> str:
    """The lane of all that is shown in an incident's channel, which decoration never holds up."""
    return f"slack:{incident_id}"


def status_card(incident: Incident, cause: str = "", due_at: datetime | None = None) -> Effect:
    """Show the incident's newest state in its living message.

    `cause` names what has happened to it where that is no change of the incident itself.
    """
    return Effect(
        key=f"status:{incident.id}:{cause or incident.version}",
        kind=EffectKind.STATUS_CARD,
        lane=slack_lane(incident.id),
        incident_id=incident.id,
        coalesce=f"status:{incident.id}",
        due_at=due_at,
    )


def suspects_card(incident_id: str, revision: int) -> Effect:
    """Show the incident's newest ranking; `revision` counts its rankings."""
    return Effect(
        key=f"suspects:{incident_id}:{revision}",
        kind=EffectKind.SUSPECTS_CARD,
        lane=slack_lane(incident_id),
        incident_id=incident_id,
        coalesce=f"suspects:{incident_id}",
    )


def set_topic(incident: Incident) -> Effect:
    """Put state and severity into the channel's topic."""
    return Effect(
        key=f"topic:{incident.id}:{incident.version}",
        kind=EffectKind.SET_TOPIC,
        lane=f"topic:{incident.id}",
        incident_id=incident.id,
        coalesce=f"topic:{incident.id}",
    )


def post_note(incident: Incident, text: str) -> Effect:
    """Say one sentence in the incident's channel, once for each version and text."""
    digest = crc32(text.encode("utf-8", "surrogatepass"))
    return Effect(
        key=f"note:{incident.id}:{incident.version}:{digest:08x}",
        kind=EffectKind.POST_NOTE,
        lane=slack_lane(incident.id),
        incident_id=incident.id,
        payload={"text": text},
    )


def post_postmortem(incident: Incident) -> Effect:
    """Post the draft of the postmortem."""
    return Effect(
        key=f"postmortem:{incident.id}:{incident.version}",
        kind=EffectKind.POST_POSTMORTEM,
        lane=slack_lane(incident.id),
        incident_id=incident.id,
    )


def say(incident_id: str, text: str, cause: str) -> Effect:
    """Say something in the incident's channel, once for each `cause`."""
    return Effect(
        key=f"say:{cause}",
        kind=EffectKind.POST_NOTE,
        lane=slack_lane(incident_id),
        incident_id=incident_id,
        payload={"text": text},
    )


def tell(to: str, text: str, cause: str) -> Effect:
    """Say something to a channel or a person (Slack's id, or `#name`), once for each `cause`."""
    key = f"tell:{cause}:{to}"
    return Effect(key=key, kind=EffectKind.TELL, lane=key, incident_id=None, payload={"to": to, "text": text})


def run_card(incident_id: str, run_id: str, cause: str) -> Effect:
    """Show a playbook run as it stands; `cause` names what happened to it."""
    return Effect(
        key=f"run-card:{run_id}:{cause}",
        kind=EffectKind.RUN_CARD,
        lane=slack_lane(incident_id),
        incident_id=incident_id,
        payload={"run": run_id},
        coalesce=f"run-card:{run_id}",
    )


def advance_run(incident_id: str, run_id: str, cause: str) -> Effect:
    """Take the next step of a playbook run; `cause` names what made it possible."""
    return Effect(
        key=f"advance:{run_id}:{cause}",
        kind=EffectKind.ADVANCE_RUN,
        lane=f"run:{run_id}",
        incident_id=incident_id,
        payload={"run": run_id},
    )


def page_once(incident: Incident, why: str, cause: str) -> Effect:
    """Wake somebody once for each `cause`: because Slack does not show the incident, say."""
    return Effect(
        key=f"page:{incident.id}:{cause}",
        kind=EffectKind.PAGE,
        lane=f"page:{incident.id}",
        incident_id=incident.id,
        payload={"why": why, "severity": str(incident.severity)},
    )


def page(incident: Incident, why: str) -> Effect:
    """Wake somebody."""
    return Effect(
        key=f"page:{incident.id}:{incident.version}",
        kind=EffectKind.PAGE,
        lane=f"page:{incident.id}",
        incident_id=incident.id,
        payload={"why": why, "severity": str(incident.severity)},
    )


def publish(incident: Incident, event: str) -> Effect:
    """Tell others on `tocsin.incidents.v1`; the incident's version is the sequence number."""
    return Effect(
        key=f"publish:{incident.id}:{incident.version}:{event}",
        kind=EffectKind.PUBLISH,
        lane=f"publish:{incident.id}",
        incident_id=incident.id,
        payload={"event": event, "sequence": incident.version, "state": str(incident.state)},
    )


def invite(incident: Incident, people: tuple[str, ...] = ()) -> Effect:
    """Invite the responders of the services that the incident has by then, and besides these people."""
    return Effect(
        key=f"invite:{incident.id}:{incident.version}",
        kind=EffectKind.INVITE,
        lane=f"invite:{incident.id}",
        incident_id=incident.id,
        payload={"people": list(people)} if people else {},
        coalesce=f"invite:{incident.id}",
    )


def open_channel(incident: Incident, lost: str = "", people: tuple[str, ...] = ()) -> Effect:
    """Open the incident's channel, and invite these people besides the responders.

    `lost` is the id of the one that cannot be posted to any more.
    """
    lost_one = {"lost": lost} if lost else {}
    return Effect(
        key=f"channel:{incident.id}:{lost or incident.version}",
        kind=EffectKind.OPEN_CHANNEL,
        lane=slack_lane(incident.id),
        incident_id=incident.id,
        payload={**lost_one, **({"people": list(people)} if people else {})},
    )


def shown_anew(view: IncidentView, channel_id: str) -> Iterator[Effect]:
    """What stood in a channel that was lost, for the one in its place; the card comes by itself."""
    incident = view.incident
    if view.ranking is not None:
        yield replace(suspects_card(incident.id, 0), key=f"suspects:{incident.id}:{channel_id}")
    for run in view.runs:
        if run.ended_at is None:
            yield run_card(incident.id, run.id, channel_id)


def decorations(incident: Incident, channel_id: str, people: tuple[str, ...] = ()) -> Iterator[Effect]:
    """Invite the responders, and these people, into a channel that has just opened, and set its topic.

    They merge with none that wait: such a one may be done before the channel is recorded, and then it does
    nothing.
    """
    for effect in (invite(incident, people), set_topic(incident)):
        yield replace(effect, key=f"{effect.coalesce}:{channel_id}", coalesce=None)


def opening(incident: Incident, playbooks: tuple[str, ...], people: tuple[str, ...] = ()) -> Iterator[Effect]:
    """What an incident that has just opened asks for: declaring first, status next.

    Decoration follows when the channel is there, in lanes of its own; `people` are invited besides the
    responders.
    """
    yield replace(open_channel(incident, people=people), first=True)
    yield status_card(incident)
    if playbooks:
        yield Effect(
            f"playbooks:{incident.id}",
            EffectKind.START_PLAYBOOKS,
            f"playbooks:{incident.id}",
            incident.id,
            {"playbooks": list(playbooks)},
        )


def announcements(incident: Incident, channels: tuple[str, ...], anew: str = "") -> Iterator[Effect]:
    """Tell other channels (names or ids) of the incident's own, each in a lane of its own.

    `anew` is the id of the channel that was opened in the place of one that was announced before.
    """
    for channel in dict.fromkeys(channels):
        key = f"announce:{incident.id}:{channel}" + (f":{anew}" if anew else "")
        yield Effect(key, EffectKind.ANNOUNCE, key, incident.id, {"channel": channel})
