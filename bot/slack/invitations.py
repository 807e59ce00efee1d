"""Turns names of people into Slack users and invites them; one bad name does not keep the others out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import structlog

from bot.domain.errors import RemoteMisconfiguredError, RemoteRefusedError
from bot.domain.people import Naming, naming
from bot.slack.outcomes import PeopleRefusedError, refused_people

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.slack.webapi import WebApi

log = structlog.get_logger(__name__)
IDS_A_CALL: Final = 100
_THERE_ALREADY: Final = frozenset({"already_in_channel", "cant_invite_self"})
_THE_CHANNELS_FAULT: Final = frozenset(
    {
        "channel_not_found",
        "is_archived",
        "method_not_supported_for_channel_type",
        "not_in_channel",
    }
)
_REFUSED: Final = (RemoteRefusedError, RemoteMisconfiguredError)

Whys = dict[str, str]
"""Who was refused, with Slack's error name or our own words."""


class Invitations:
    """Invites to one channel at a time.

    The ids of addresses are kept: where Slack asks for a pause amid many of them, the next attempt goes on
    instead of beginning anew. There are as many as the configuration names.
    """

    def __init__(self, api: WebApi) -> None:
        self._api = api
        self._ids: dict[str, str] = {}

    async def invite(self, channel_id: str, people: Sequence[str], own_id: str) -> Whys:
        """See `Chat.invite`; `own_id` is the bot's user, which is there already."""
        refused: Whys = {}
        named = await self._users(people, refused)
        users = [user for user in named if user != own_id]
        for start in range(0, len(users), IDS_A_CALL):
            whys = await self._batch(channel_id, users[start : start + IDS_A_CALL])
            refused |= {named[user]: why for user, why in whys.items() if why not in _THERE_ALREADY}
        for who, why in refused.items():
            self._ids.pop(who, None)
            log.warning("somebody could not be invited", who=who, why=why)
        return refused

    async def unknown(self, people: Sequence[str]) -> Whys:
        """See `Chat.unknown`; who has left is found no more."""
        refused: Whys = {}
        for user, person in (await self._users(people, refused)).items():
            # Members of a group are the group's affair.
            if person in people and naming(person) is Naming.USER and (why := await self._gone(user)):
                refused[person] = why
        return refused

    async def _gone(self, user_id: str) -> str:
        """Why somebody of this id is not there; empty for one who is."""
        try:
            user = (await self._api.read("users.info", user=user_id))["user"]
        except _REFUSED as error:
            return error.detail
        return "deactivated" if user.get("deleted") else ""

    async def _batch(self, channel_id: str, users: Sequence[str]) -> Whys:
        """Those who were refused, and why.

        Slack takes the others of the same call. Where it says no to the whole all the same, those whom it
        names are left out of the next call, and without names each half is tried by itself, so that a few
        calls are enough under any pace.
        """
        try:
            answer = await self._api.write(
                "conversations.invite", channel=channel_id, users=",".join(users), force=True
            )
        except RemoteMisconfiguredError as error:
            return dict.fromkeys(users, error.detail)
        except RemoteRefusedError as error:
            if error.detail in _THE_CHANNELS_FAULT:
                raise
            return await self._without(channel_id, users, error)
        return {user: why for user, why in refused_people(answer).items() if user in users}

    async def _without(self, channel_id: str, users: Sequence[str], error: RemoteRefusedError) -> Whys:
        if len(users) == 1:
            return {users[0]: error.detail}
        people = error.people if isinstance(error, PeopleRefusedError) else {}
        whys = {user: people[user] for user in users if user in people}
        rest = [user for user in users if user not in whys]
        half = len(rest) if whys else len(rest) // 2
        for part in (rest[:half], rest[half:]):
            if part:
                whys |= await self._batch(channel_id, part)
        return whys

    async def _users(self, people: Sequence[str], refused: Whys) -> dict[str, str]:
        """User ids without repetition, in the order of `people`, each with the name that was asked for.

        A member of a group goes by the id. Who cannot be found is entered in `refused`.
        """
        handles: dict[str, str] | None = None
        users: dict[str, str] = {}
        for person in (one.strip() for one in people):
            try:
                match naming(person):
                    case Naming.USER:
                        users.setdefault(person, person)
                    case Naming.GROUP:
                        _add(users, await self._members(person))
                    case Naming.HANDLE:
                        handles = await self._handles() if handles is None else handles
                        group = handles.get(person[1:].lower())
                        if group is None:
                            refused[person] = "no user group has this handle"
                        else:
                            _add(users, await self._members(group))
                    case Naming.ADDRESS:
                        users.setdefault(await self._by_email(person), person)
                    case None if person:
                        refused[person] = "neither an id, an e-mail address nor a @handle"
            except _REFUSED as error:
                refused[person] = error.detail
        return users

    async def _by_email(self, email: str) -> str:
        if email not in self._ids:
            answer = await self._api.read("users.lookupByEmail", email=email)
            self._ids[email] = str(answer["user"]["id"])
        return self._ids[email]

    async def _handles(self) -> dict[str, str]:
        answer = await self._api.read("usergroups.list")
        groups: Sequence[dict[str, Any]] = answer.get("usergroups") or ()
        return {str(group["handle"]).lower(): str(group["id"]) for group in groups}

    async def _members(self, group_id: str) -> list[str]:
        answer = await self._api.read("usergroups.users.list", usergroup=group_id)
        return [str(user) for user in answer.get("users") or ()]


def _add(users: dict[str, str], found: Sequence[str]) -> None:
    for user in found:
        users.setdefault(user, user)
