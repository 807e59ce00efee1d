"""Silences and maintenance windows: asked for by people, announced by changes, mirrored from Alertmanager."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from bot.app.transactions import transact
from bot.domain.alert import UNKNOWN
from bot.domain.decisions import TimelineEntry
from bot.domain.effects import say
from bot.domain.errors import InvalidInputError
from bot.domain.maintenance import BY_A_CHANGE
from bot.domain.quieting import LONGEST_COMMENT, LONGEST_QUIET, Quiet, QuietKind
from bot.domain.timer import Timer, TimerKind
from bot.domain.wording import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from bot.app.ports import Clock, Ids, Person, Store, UnitOfWork
    from bot.domain.matchers import Matcher

MOST_MATCHERS: Final = 32
OURS: Final = "tocsin"
_NOTHING_NAMED: Final = {"service": UNKNOWN, "environment": UNKNOWN}


@dataclass(frozen=True, slots=True)
class SilenceDesk:
    """The verbs of people; what they end early is considered again at once."""

    store: Store
    clock: Clock
    ids: Ids

    async def silence(
        self,
        matchers: Sequence[Matcher],
        length: timedelta,
        person: Person,
        comment: str = "",
        incident: str | None = None,
    ) -> Quiet:
        """Keep alerts that match quiet from now on, for so long.

        Where it is asked for in an incident (by id or name), its timeline and its channel tell everybody.

        Raises:
            InvalidInputError: it would silence everything, or for longer than 30 days, or for no time.
            NotFoundError: there is no such incident.
        """
        check_matchers(matchers)
        if not timedelta(0) < length <= LONGEST_QUIET:
            raise InvalidInputError("for", "is no time that can be silenced", "use 1 minute to 30 days")
        now = self.clock()
        quiet = Quiet(
            id=self.ids(),
            kind=QuietKind.SILENCE,
            matchers=tuple(matchers),
            starts_at=now,
            ends_at=now + length,
            by=person.mention,
            comment=one_line(comment, LONGEST_COMMENT),
            source=OURS,
        )

        async def work(uow: UnitOfWork) -> Quiet:
            await put(uow, [quiet])
            if incident is not None:
                await _announce(uow, incident, quiet, now)
            return quiet

        return await transact(self.store, work)

    async def active(self) -> list[Quiet]:
        """Those that hold now or will, the first to end first, wherever they are from."""
        async with self.store.begin() as uow:
            return await uow.quiets.list(self.clock())

    async def expire(self, quiet_id: str, person: Person) -> Quiet:
        """End one now; one that has ended stays as it is.

        Raises:
            NotFoundError: there is none.
            InvalidInputError: it is an Alertmanager's, and has to be ended there.
        """

        async def work(uow: UnitOfWork) -> Quiet:
            quiet, now = await uow.quiets.get(quiet_id), self.clock()
            if is_mirrored(quiet):
                raise InvalidInputError("id", f"this silence is kept by {quiet.source}", "end it there")
            if quiet.ends_at <= now:
                return quiet
            note = one_line(f"{quiet.comment} (ended early by {person.mention})", LONGEST_COMMENT)
            ended = replace(quiet, ends_at=max(now, quiet.starts_at), comment=note)
            await put(uow, [ended])
            return ended

        return await transact(self.store, work)


def is_mirrored(quiet: Quiet) -> bool:
    """Whether an Alertmanager keeps it."""
    return quiet.source != OURS and not quiet.source.startswith(BY_A_CHANGE)


async def put(uow: UnitOfWork, quiets: Sequence[Quiet]) -> None:
    """Enter them, and look at each again when it ends: what it keeps quiet is considered then."""
    await uow.quiets.put(quiets)
    await uow.timers.set([Timer(TimerKind.RECONSIDER, quiet.cause, quiet.ends_at) for quiet in quiets])


async def _announce(uow: UnitOfWork, reference: str, quiet: Quiet, now: datetime) -> None:
    """Tell an incident that alerts are kept quiet, so that nobody wonders later why none came."""
    incident = await uow.incidents.get(reference)
    why = f": {quiet.comment}" if quiet.comment else "."
    text = f"{quiet.by} silenced {quiet} until {quiet.ends_at:%Y-%m-%d %H:%M} UTC{why}"
    await uow.incidents.tell([TimelineEntry(incident.id, now, "silenced", text, quiet.by)])
    await uow.outbox.add([say(incident.id, text, f"silence:{quiet.id}")])


async def mirror(uow: UnitOfWork, source: str, seen: Iterable[Quiet], now: datetime) -> int:
    """Make what is kept of a source what was seen there; gives how many were changed.

    One that is not there any more ends now.
    """
    known = {quiet.id: quiet for quiet in await uow.quiets.list(now, source)}
    wanted = {quiet.id: quiet for quiet in seen if quiet.ends_at > now}
    changed = [quiet for quiet in wanted.values() if known.get(quiet.id) != quiet]
    gone = [
        replace(quiet, starts_at=min(quiet.starts_at, now), ends_at=now)
        for quiet in known.values()
        if quiet.id not in wanted
    ]
    if changed or gone:
        await put(uow, [*changed, *gone])
    return len(changed) + len(gone)


def check_matchers(matchers: Sequence[Matcher]) -> None:
    """Make sure that a silence is about something.

    Raises:
        InvalidInputError: there are none or too many, or all of them hold for an alert that names nothing.
    """
    if not 1 <= len(matchers) <= MOST_MATCHERS:
        raise InvalidInputError("matchers", f"has {len(matchers)} entries", f"use 1 to {MOST_MATCHERS}")
    if all(matcher.matches(_NOTHING_NAMED) for matcher in matchers):
        raise InvalidInputError(
            "matchers", "would silence every alert", 'name at least one label, as in service="checkout"'
        )
