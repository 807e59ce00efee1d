"""Reads a call's arguments and token from wherever a client may put them."""

from typing import Any

from aiohttp import web

from bot.localslack.errors import SlackError

_BEARER = "bearer "


async def read_arguments(request: web.Request, *, takes_json: bool) -> tuple[dict[str, Any], str | None]:
    """Return the arguments without the token, and the token.

    The body wins over the query. A JSON body counts only for methods that take one, as at Slack.
    """
    args: dict[str, Any] = dict(request.query)
    if request.method == "POST":
        if request.content_type == "application/json":
            body = await _json_body(request)
            args.update(body if takes_json else {})
        elif request.content_type in {"application/x-www-form-urlencoded", "multipart/form-data"}:
            args.update(
                {key: value for key, value in (await request.post()).items() if isinstance(value, str)}
            )
    token = args.pop("token", None)
    header = request.headers.get("Authorization", "")
    if header[: len(_BEARER)].lower() == _BEARER:
        token = header[len(_BEARER) :].strip()
    return args, token


async def _json_body(request: web.Request) -> dict[str, Any]:
    try:
        body = await request.json()
    except ValueError:
        raise SlackError("invalid_json") from None
    if not isinstance(body, dict):
        raise SlackError("json_not_object")
    return body
