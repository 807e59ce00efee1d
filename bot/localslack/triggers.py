"""Trigger ids: proof that a user just did something, good for one modal within three seconds."""

from bot.localslack.errors import SlackError
from bot.localslack.workspace import Workspace

_KEPT = 1_000


class Triggers:
    """The trigger ids that were given out and whether they have been used."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._given: dict[str, tuple[str, float]] = {}
        self._used: set[str] = set()

    def new(self, user: str) -> str:
        """Return a trigger id for what this user just did."""
        number = self._workspace.timestamps.next().replace(".", "")
        trigger = f"{number}.20000001.{self._workspace.ids('x').lower()}"
        self._given[trigger] = (user, self._workspace.clock())
        while len(self._given) > _KEPT:
            oldest = next(iter(self._given))
            del self._given[oldest]
            self._used.discard(oldest)
        return trigger

    def exchange(self, trigger: str) -> str:
        """Return the user behind a trigger id and use it up, or raise `*_trigger_id`."""
        if trigger not in self._given:
            raise SlackError("invalid_trigger_id")
        user, given = self._given[trigger]
        if trigger in self._used:
            raise SlackError("exchanged_trigger_id")
        if self._workspace.clock() - given > self._workspace.settings.trigger_lifetime:
            raise SlackError("expired_trigger_id")
        self._used.add(trigger)
        return user
