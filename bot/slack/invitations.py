"""Turns names of people into Slack users and invites them; one bad name does not keep the others out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import structlog

from bot.domain.errors import RemoteRefusedError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.slack.webapi import WebApi

log = structlog.get_logger(__name__)
IDS_A_CALL: Final = 100
_USER_ID: Final = re.compile(r"[UW][A-Z0-9]{2,}")
_GROUP_ID: Final = re.compile(r"S[A-Z0-9]{2,}")
_THERE_ALREADY: Final = frozenset({"already_in_channel", "cant_invite_self"})
_THE_CHANNELS_FAULT: Final = frozenset(
    {
        "channel_not_found",
        "is_archived",
        "method_not_supported_for_channel_type",
        "not_in_channel",
    }
)


class Invitations:
    """Invites to one channel at a time; `own_id` is the bot's user, which is there already."""

    def __init__(self, api: WebApi, own_id: str) -> None:
        self._api = api
        self._own_id = own_id

    async def invite(self, channel_id: str, people: Sequence[str]) -> None:
        """See `Chat.invite`."""
        users = [user for user in await self._users(people) if user != self._own_id]
        for start in range(0, len(users), IDS_A_CALL):
            batch = users[start : start + IDS_A_CALL]
            refused = await self._try(channel_id, batch)
            if refused is None:
                continue
            for user in batch:
                alone = refused if len(batch) == 1 else await self._try(channel_id, [user])
                if alone is not None:
                    _report(user, alone)

    async def _try(self, channel_id: str, users: Sequence[str]) -> str | None:
        """Slack's error name where it refused somebody, None where all are in."""
        try:
            await self._api.write("conversations.invite", channel=channel_id, users=",".join(users))
        except RemoteRefusedError as error:
            if error.detail in _THE_CHANNELS_FAULT:
                raise
            return error.detail
        return None

    async def _users(self, people: Sequence[str]) -> list[str]:
        """User ids without repetition, in the order of `people`."""
        handles: dict[str, str] | None = None
        users: dict[str, None] = {}
        for person in (one.strip() for one in people):
            if _USER_ID.fullmatch(person):
                users[person] = None
            elif _GROUP_ID.fullmatch(person):
                users.update(dict.fromkeys(await self._members(person)))
            elif person.startswith("@"):
                handles = await self._handles() if handles is None else handles
                group = handles.get(person[1:].lower())
                if group is None:
                    _report(person, "no user group has this handle")
                else:
                    users.update(dict.fromkeys(await self._members(group)))
            elif "@" in person:
                users.update(dict.fromkeys(await self._by_email(person)))
            elif person:
                _report(person, "neither an id, an e-mail address nor a @handle")
        return list(users)

    async def _by_email(self, email: str) -> list[str]:
        try:
            answer = await self._api.read("users.lookupByEmail", email=email)
        except RemoteRefusedError as error:
            _report(email, error.detail)
            return []
        return [str(answer["user"]["id"])]

    async def _handles(self) -> dict[str, str]:
        try:
            answer = await self._api.read("usergroups.list")
        except RemoteRefusedError as error:
            _report("user groups", error.detail)
            return {}
        groups: Sequence[dict[str, Any]] = answer.get("usergroups") or ()
        return {str(group["handle"]).lower(): str(group["id"]) for group in groups}

    async def _members(self, group_id: str) -> list[str]:
        try:
            answer = await self._api.read("usergroups.users.list", usergroup=group_id)
        except RemoteRefusedError as error:
            _report(group_id, error.detail)
            return []
        return [str(user) for user in answer.get("users") or ()]


def _report(who: str, why: str) -> None:
    if why not in _THERE_ALREADY:
        log.warning("somebody could not be invited", who=who, why=why)
