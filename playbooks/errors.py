"""What can go wrong with a playbook; how a step failed says whether it may be tried again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

_SET_IN: Final = {
    "settings": "variables, in tocsin.yaml",
    "service.links": "links of the service, in the catalogue",
    "changed.links": "links of the changed service, in the catalogue",
}
"""Where a person sets what begins with this."""


class PlaybookError(Exception):
    """Something is wrong with a playbook or its run."""


class TemplateSyntaxError(PlaybookError):
    """A template cannot be read."""


class UnknownVariableError(PlaybookError):
    """A template or condition names a variable that is not there; `nearest` is a similar one, or empty."""

    def __init__(self, name: str, nearest: str = "") -> None:
        self.name = name
        self.nearest = nearest
        place = next((place for start, place in _SET_IN.items() if name.startswith(f"{start}.")), "")
        hint = f" ({place})" if place else ""
        super().__init__(f"{name} is not set{hint}" + (f"; did you mean {nearest}?" if nearest else ""))


class TransitionError(PlaybookError):
    """The run's state does not allow this."""

    def __init__(self, step: str, state: str, event: str, possible: Iterable[str]) -> None:
        choices = ", ".join(sorted(possible)) or "nothing"
        super().__init__(f"{step}: {event} while {state}; possible now: {choices}")


class NotAllowedError(PlaybookError):
    """This person may not approve the step."""

    def __init__(self, step: str, by: str, allowed: Iterable[str]) -> None:
        super().__init__(f"{step}: {by} may not approve this; asked are {', '.join(allowed)}")


class StepFailedError(PlaybookError):
    """A step did not succeed. The message is shown to people: it holds no secret."""


class PermanentStepError(StepFailedError):
    """It was refused, or cannot work however often it is tried; nothing was done."""


class RetryableStepError(StepFailedError):
    """It is certain that nothing was done, and another attempt may work."""


class UncertainStepError(StepFailedError):
    """It may have been done: the reply was lost."""
