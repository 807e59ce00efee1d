"""Whom an incident would reach: people and channels of the configuration, looked up before one opens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.domain.people import Naming, naming

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.app.ports import Chat
    from bot.domain.catalog import Catalog
    from bot.domain.rules import RuleSet


@dataclass(frozen=True, slots=True)
class Reach:
    """Who is invited somewhere, and who is told something: channels by id or name, people by id."""

    invited: tuple[str, ...]
    told: tuple[str, ...]


def reach_of(rules: RuleSet, catalog: Catalog, owners: Iterable[str]) -> Reach:
    """All that is named, once each, in its order; `owners` are those of the installation."""
    invited = [person for rule in rules.rules for person in rule.invite]
    invited += [person for service in catalog.services.values() for person in service.responders]
    told = [target for rule in rules.rules for target in (*rule.announce, *rule.owners)]
    return Reach(tuple(dict.fromkeys(one.strip() for one in invited)), tuple(dict.fromkeys([*told, *owners])))


async def out_of_reach(chat: Chat, reach: Reach) -> list[str]:
    """A sentence for each of them whom Slack does not know, or where we cannot speak."""
    people = [one for one in reach.told if naming(one) is Naming.USER]
    said = [f"{who} would not be invited: {why}" for who, why in (await chat.unknown(reach.invited)).items()]
    said += [f"{who} would hear of nothing: {why}" for who, why in (await chat.unknown(people)).items()]
    for channel in reach.told:
        if channel not in people and (why := await _mute(chat, channel)):
            said.append(f"{channel} would hear of nothing: {why}")
    return said


async def _mute(chat: Chat, channel: str) -> str:
    """Why we cannot speak there; empty where we can."""
    found: str | None = channel
    if channel.startswith("#") or not channel.isupper():
        found = await chat.find_channel(channel.removeprefix("#"))
    if found is None:
        return "no public channel has this name"
    return "" if await chat.can_post(found) else "the app is not in it, or it is archived"
