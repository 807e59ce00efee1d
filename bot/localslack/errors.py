"""The one exception of the workspace: an error name as Slack gives it."""

from collections.abc import Sequence
from typing import Any


class SlackError(Exception):
    """A request that Slack would answer with `{"ok": false, "error": error, **fields}`."""

    def __init__(self, error: str, **fields: Any) -> None:
        super().__init__(error)
        self.error = error
        self.fields = fields

    def body(self) -> dict[str, Any]:
        """Return the JSON body of the answer."""
        return {"ok": False, "error": self.error, **self.fields}


def invalid(error: str, problems: Sequence[str]) -> SlackError:
    """Return `error` with Slack's list of what is wrong, each problem as `text [json-pointer:/path]`."""
    messages = [f"[ERROR] {problem}" for problem in problems]
    return SlackError(error, errors=list(problems), response_metadata={"messages": messages})


def missing(*names: str) -> SlackError:
    """Return the error for required arguments that were not given."""
    return invalid("invalid_arguments", [f"missing required field: {name}" for name in names])
