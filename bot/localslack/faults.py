"""Failures on order: the next calls of a method go wrong in a chosen way."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Fault(BaseModel):
    """What goes wrong, and how often.

    `error`: answers `{"ok": false, "error": error}`. `ratelimited`: 429 with Retry-After. `unavailable`: a
    503 that is not JSON. `cut`: the connection ends without an answer. `hang`: so it does after `seconds`.
    With `executed` the call takes effect first, so that only its answer is lost; without, it never happens.
    """

    model_config = ConfigDict(extra="forbid")

    method: str = Field(description="a method's name, or * for any")
    kind: Literal["error", "ratelimited", "unavailable", "cut", "hang"]
    times: int = Field(default=1, ge=1)
    error: str = "internal_error"
    retry_after: int = Field(default=1, ge=0)
    seconds: float = Field(default=30.0, ge=0, le=300)
    executed: bool = False
    skip: int = Field(default=0, ge=0, description="how many calls go well before the first that fails")


class FaultPlan:
    """The faults that are still due, in the order in which they were asked for."""

    def __init__(self) -> None:
        self._due: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Plan a fault."""
        self._due.append(fault)

    def clear(self) -> None:
        """Forget every planned fault."""
        self._due.clear()

    def list(self) -> list[Fault]:
        """Return what is still due."""
        return list(self._due)

    def take(self, method: str) -> Fault | None:
        """Return the fault that this call meets, counting it off."""
        for place, fault in enumerate(self._due):
            if fault.method not in {method, "*"}:
                continue
            if fault.skip:
                self._due[place] = fault.model_copy(update={"skip": fault.skip - 1})
                return None
            left = fault.times - 1
            if left:
                self._due[place] = fault.model_copy(update={"times": left})
            else:
                del self._due[place]
            return fault
        return None
