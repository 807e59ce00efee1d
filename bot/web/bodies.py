"""Reads request bodies: their size, their media type, JSON into a model."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final, TypeVar

from pydantic import BaseModel, ValidationError

from bot.ingest.document import read_json, require_object
from bot.web.problems import FieldProblem, ProblemError

if TYPE_CHECKING:
    from aiohttp import web

# Senders that name no type are meant too: what they send is judged when it is read.
_LENIENT: Final = frozenset({"", "application/octet-stream", "text/plain"})
Model = TypeVar("Model", bound=BaseModel)


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
    body = await request.read()
    document = require_object(read_json(body)) if body.strip() else {}
    try:
        return model.model_validate(document)
    except ValidationError as error:
        problems = [
            FieldProblem(".".join(map(str, one["loc"])), one["msg"])
            for one in error.errors(include_url=False, include_context=False, include_input=False)
        ]
        paths = ", ".join(problem.path for problem in problems)
        raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, f"not acceptable: {paths}", problems) from None
