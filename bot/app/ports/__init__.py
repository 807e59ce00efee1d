"""The ports: what the use cases ask of the store, of Kafka, of Slack and of the pager.

Each is a small Protocol; one suite of tests runs against its fake and against the real thing.
"""

from bot.app.ports.acting import Clock, Ids, IncidentPolicy, Person
from bot.app.ports.deciding import Activity, Board, Changes, EventLog, Inbox, Past, Quiets, Rankings, Verdicts
from bot.app.ports.outside import Cards, Chat, Message, OutRecord, Pager, Publisher
from bot.app.ports.records import (
    ChatRecords,
    DeadLetters,
    IncidentFilter,
    Incidents,
    PostedMessage,
    Quarantined,
    Runs,
)
from bot.app.ports.store import Store, UnitOfWork
from bot.app.ports.tracing import NO_TRACES, CallKind, Span, Tracer
from bot.app.ports.work import ClaimedEffect, ClaimedTimer, Hand, Hands, Outbox, Timers, Wake, no_hands

__all__ = [
    "NO_TRACES",
    "Activity",
    "Board",
    "CallKind",
    "Cards",
    "Changes",
    "Chat",
    "ChatRecords",
    "ClaimedEffect",
    "ClaimedTimer",
    "Clock",
    "DeadLetters",
    "EventLog",
    "Hand",
    "Hands",
    "Ids",
    "Inbox",
    "IncidentFilter",
    "IncidentPolicy",
    "Incidents",
    "Message",
    "OutRecord",
    "Outbox",
    "Pager",
    "Past",
    "Person",
    "PostedMessage",
    "Publisher",
    "Quarantined",
    "Quiets",
    "Rankings",
    "Runs",
    "Span",
    "Store",
    "Timers",
    "Tracer",
    "UnitOfWork",
    "Verdicts",
    "Wake",
    "no_hands",
]
