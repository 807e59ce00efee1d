"""One transaction a verb: what loses a race against another writer is done again from its beginning."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

from bot.domain.errors import ConflictError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.app.ports import Store, UnitOfWork

T = TypeVar("T")
ATTEMPTS: Final = 5


async def transact(
    store: Store, work: Callable[[UnitOfWork], Awaitable[T]], *, attempts: int = ATTEMPTS
) -> T:
    """Do `work` in a transaction, from its beginning again where somebody else was faster.

    Raises:
        ConflictError: it lost every one of the `attempts`.
        StoreUnavailableError: as `Store.begin`.
    """
    for _ in range(attempts - 1):
        try:
            async with store.begin() as uow:
                return await work(uow)
        except ConflictError:
            continue
    async with store.begin() as uow:
        return await work(uow)
