"""What stands before every method: token, required arguments, scopes."""

from collections.abc import Iterator

from bot.localslack.api.call import Call
from bot.localslack.api.conversations import KINDS
from bot.localslack.api.table import AnyOf, Method
from bot.localslack.errors import SlackError, missing
from bot.localslack.settings import AppSettings

EVERYWHERE = frozenset(
    [
        "not_authed",
        "invalid_auth",
        "not_allowed_token_type",
        "missing_scope",
        "invalid_arguments",
        "invalid_json",
        "json_not_object",
        "unknown_method",
        "ratelimited",
    ]
)


def check_token(method: Method, token: str | None, app: AppSettings) -> None:
    """Accept the kind of token that the method takes, or raise what Slack answers to the wrong one."""
    if not method.token:
        return
    if not token:
        raise SlackError("not_authed")
    if token not in {app.bot_token, app.app_token}:
        raise SlackError("invalid_auth")
    if not token.startswith(method.token):
        raise SlackError("not_allowed_token_type")


def check_required(method: Method, call: Call) -> None:
    """Raise `invalid_arguments` that names the required arguments which are missing."""
    absent = [name for name in method.required if call.args.get(name) is None]
    if absent:
        raise missing(*absent)


def check_scopes(method: Method, call: Call) -> None:
    """Raise `missing_scope`, with what is needed and what the app was granted."""
    granted = call.workspace.app.scopes
    for any_of in _needed(method, call):
        if any_of and not set(any_of) & set(granted):
            raise SlackError("missing_scope", needed=",".join(any_of), provided=",".join(granted))


def _needed(method: Method, call: Call) -> Iterator[AnyOf]:
    if isinstance(method.scopes, tuple):
        yield method.scopes
        return
    for kind in _kinds(call):
        yield method.scopes[kind]


def _kinds(call: Call) -> Iterator[str]:
    """Yield the kinds of channel that the call is about; public where that cannot be told."""
    channel = call.workspace.channels.get(call.text("channel"))
    if channel:
        yield channel.kind
    elif call.args.get("types"):
        yield from (KINDS.get(name, "public") for name in call.names("types"))
    else:
        yield "private" if call.flag("is_private") else "public"
