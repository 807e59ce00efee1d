"""What Slack's answer means for an effect: come back later, look before trying again, or give up. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from bot.domain.errors import (
    RateLimitedError,
    RemoteMisconfiguredError,
    RemoteRefusedError,
    RemoteUnavailableError,
)

if TYPE_CHECKING:
    from bot.domain.errors import TocsinError

DEFAULT_RETRY_AFTER: Final = 30.0
LONGEST_RETRY_AFTER: Final = 3600.0
_OK: Final = 200
_TOO_MANY: Final = 429
_SERVER_ERRORS: Final = 500


class PeopleRefusedError(RemoteRefusedError):
    """The other side answered that it will not do this for some people."""

    def __init__(self, detail: str, people: Mapping[str, str]) -> None:
        self.people = people
        super().__init__(detail)


UNSURE: Final = frozenset(
    {
        "accesslimited",
        "fatal_error",
        "internal_error",
        "request_timeout",
        "service_unavailable",
        "update_failed",
    }
)
"""Slack failed on its own side, and may have acted before it did."""

RATE_LIMITED: Final = frozenset({"ratelimited", "rate_limited", "message_limit_exceeded"})

OPERATIONAL: Final = frozenset(
    {
        "access_denied",
        "account_inactive",
        "app_access_restricted",
        "ekm_access_denied",
        "enterprise_is_restricted",
        "external_channel_migrating",
        "invalid_auth",
        "missing_scope",
        "no_permission",
        "not_allowed_token_type",
        "not_authed",
        "org_login_required",
        "restricted_action",
        "team_access_not_granted",
        "team_added_to_org",
        "token_expired",
        "token_revoked",
        "two_factor_setup_required",
    }
)
"""An administrator can put these right, or they pass, so what was wanted must not be given up."""


def failure(status: int, headers: Mapping[str, str], body: Any) -> TocsinError | None:
    """The error that a response stands for; None where the call went well.

    `body` is the decoded JSON, or anything else where there was none (a 503 may carry HTML or nothing).
    """
    error = str(body.get("error") or "") if isinstance(body, dict) else ""
    if status == _TOO_MANY or error in RATE_LIMITED:
        return RateLimitedError(retry_after(headers), "ratelimited")
    if status >= _SERVER_ERRORS or error in UNSURE:
        return RemoteUnavailableError(error or f"HTTP {status}")
    if error:
        return _refusal(error, refused_people(body))
    if isinstance(body, dict) and body.get("ok") is True:
        return None
    if status == _OK:
        return RemoteUnavailableError("the answer was not Slack's")
    return RemoteMisconfiguredError(f"HTTP {status} without an answer of Slack's; is SLACK_API_URL right")


def _refusal(error: str, people: Mapping[str, str]) -> TocsinError:
    if people:
        return PeopleRefusedError(error, people)
    return RemoteMisconfiguredError(error) if error in OPERATIONAL else RemoteRefusedError(error)


def refused_people(body: Any) -> dict[str, str]:
    """The users that an answer names as refused, each with Slack's error name; none where it names none."""
    told = body.get("errors") if isinstance(body, Mapping) else None
    each = [one for one in told if isinstance(one, Mapping)] if isinstance(told, list) else []
    return {str(one["user"]): str(one.get("error") or "refused") for one in each if one.get("user")}


def retry_after(headers: Mapping[str, str]) -> float:
    """The pause in seconds that Slack asked for, an hour at most; half a minute where it cannot be read."""
    text = next((value for name, value in headers.items() if name.lower() == "retry-after"), "")
    try:
        seconds = float(text)
    except ValueError:
        return DEFAULT_RETRY_AFTER
    return min(seconds, LONGEST_RETRY_AFTER) if seconds >= 0 else DEFAULT_RETRY_AFTER  # also for NaN


def outcome_name(error: TocsinError | None) -> str:
    """The label under which a call is counted."""
    match error:
        case None:
            return "ok"
        case RateLimitedError():
            return "ratelimited"
        case RemoteUnavailableError():
            return "unavailable"
        case RemoteMisconfiguredError():
            return "misconfigured"
        case _:
            return "refused"
