"""Reads request bodies: their size, their time, their media type, JSON into a model, forms."""

from __future__ import annotations

import asyncio
import contextlib
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, TypeVar
from urllib.parse import parse_qsl

from aiohttp import web
from pydantic import BaseModel, ValidationError

from bot.domain.errors import InvalidInputError
from bot.ingest.document import read_json, require_object, storable
from bot.web.keys import DEPS
from bot.web.problems import FieldProblem, ProblemError
from bot.web.room import HOLD
from playbooks.complaints import durations_shown

if TYPE_CHECKING:
    from collections.abc import Iterator


# Senders that name no type are meant too: what they send is judged when it is read.
_LENIENT: Final = frozenset({"", "application/octet-stream", "text/plain"})
_FORM: Final = "application/x-www-form-urlencoded"
_MOST_FIELDS: Final = 100
Model = TypeVar("Model", bound=BaseModel)


async def read_body(request: web.Request) -> bytes:
    """The whole body; a sender's takes room as it comes.

    Raises:
        ProblemError: 408 where it does not come in time; 400 where it breaks off or cannot be decompressed;
            503 where there is no room.
        web.HTTPRequestEntityTooLarge: 413.
    """
    limits = request.app[DEPS].limits
    hold = HOLD.get()
    _check_size(request.content_length or 0, limits.body_bytes)
    if hold is not None:
        hold.require(request.content_length or 0)
    body = bytearray()
    with _in_time(request):
        async with asyncio.timeout(limits.body_seconds):
            while True:
                async with asyncio.timeout(limits.stall_seconds):
                    chunk = await request.content.readany()
                if not chunk:
                    return bytes(body)
                if hold is not None:
                    hold.take(len(chunk))
                body += chunk
                _check_size(len(body), limits.body_bytes)


async def receive(request: web.Request) -> None:
    """Wait for the whole body, for a handler of others that reads it from the request.

    Raises:
        ProblemError: 408, 400.
        web.HTTPRequestEntityTooLarge: 413.
    """
    with _in_time(request):
        async with asyncio.timeout(request.app[DEPS].limits.body_seconds):
            await request.read()


def _check_size(size: int, limit: int) -> None:
    if size > limit:
        raise web.HTTPRequestEntityTooLarge(max_size=limit, actual_size=size)


@contextlib.contextmanager
def _in_time(request: web.Request) -> Iterator[None]:
    """Tell what can happen to a body on its way; the connection, in the middle of it, is closed then."""
    try:
        yield
    except TimeoutError:
        raise ProblemError(
            HTTPStatus.REQUEST_TIMEOUT, "the body did not come in time; send it again", closes=True
        ) from None
    except web.RequestPayloadError:
        request.content.feed_eof()  # else the server waits for the rest of what nobody can read
        detail = "the body cannot be decompressed, or broke off"
        raise ProblemError(HTTPStatus.BAD_REQUEST, detail, closes=True) from None
    except ConnectionError:
        detail = "the connection ended before the body"
        raise ProblemError(HTTPStatus.BAD_REQUEST, detail, closes=True) from None


async def read_form(request: web.Request) -> dict[str, str]:
    """The fields of a form of ours, each text storable; no body is an empty form.

    Raises:
        ProblemError: 415, and as `read_body`.
        InvalidInputError: it is no form.
    """
    if request.content_type.lower() not in {_FORM, *_LENIENT}:
        raise ProblemError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"send the form as {_FORM}")
    body = await read_body(request)
    try:
        fields = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError as error:  # an unreadable byte is one too
        raise InvalidInputError("", "is no form in UTF-8", "fill in the page") from error
    return {storable(name): storable(value) for name, value in fields}


def require_json(request: web.Request) -> None:
    """Refuse a body that says itself that it is no JSON.

    Raises:
        ProblemError: 415.
    """
    media_type = request.content_type.lower()
    if media_type in _LENIENT or media_type.endswith(("/json", "+json")):
        return
    raise ProblemError(
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"{media_type[:64]} is not read here; send application/json"
    )


async def read_model(request: web.Request, model: type[Model]) -> Model:
    """The body as a model; no body is an empty object.

    Raises:
        ProblemError: 415; 422 with the path of every field that is wrong.
        InvalidInputError: it is no JSON object.
    """
    require_json(request)
    body = await read_body(request)
    document = require_object(read_json(body)) if body.strip() else {}
    try:
        return model.model_validate(document)
    except ValidationError as error:
        problems = [
            FieldProblem(".".join(map(str, one["loc"])), durations_shown(one["msg"]))
            for one in error.errors(include_url=False, include_context=False, include_input=False)
        ]
        paths = ", ".join(problem.path for problem in problems)
        raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, f"not acceptable: {paths}", problems) from None
