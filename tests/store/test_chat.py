from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest

from bot.app.ports import PostedMessage
from bot.domain.errors import ConflictError
from bot.domain.view import ChannelRef

if TYPE_CHECKING:
    from bot.app.ports import Store

ONE, OTHER = str(uuid.uuid4()), str(uuid.uuid4())
CHANNEL = ChannelRef("T1", "C1", "inc-1-checkout")


async def test_a_channel_has_one_owner(store: Store) -> None:
    async with store.begin() as uow:
        assert await uow.chat.channel(ONE) is None
        await uow.chat.own_channel(ONE, CHANNEL)
        await uow.chat.own_channel(ONE, CHANNEL)
    with pytest.raises(ConflictError):
        async with store.begin() as uow:
            await uow.chat.own_channel(OTHER, CHANNEL)
    async with store.begin() as uow:
        await uow.chat.own_channel(OTHER, ChannelRef("T2", "C1", "other workspace"))
        assert await uow.chat.channel(ONE) == CHANNEL
        assert await uow.chat.owned(["C1", "C9"]) == {"C1"}


async def test_a_message_is_kept_by_its_purpose(store: Store) -> None:
    async with store.begin() as uow:
        assert await uow.chat.message(ONE, "status") is None
        await uow.chat.keep_message(ONE, PostedMessage("status", "C1", "1.1", "old"))
        await uow.chat.keep_message(ONE, PostedMessage("suspects", "C1", "2.2"))
        await uow.chat.keep_message(ONE, PostedMessage("status", "C1", "1.1", "new"))
    async with store.begin() as uow:
        assert await uow.chat.message(ONE, "status") == PostedMessage("status", "C1", "1.1", "new")
        assert await uow.chat.message(OTHER, "status") is None
