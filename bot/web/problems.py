"""Errors as problem details (RFC 9457), with the path of each field that is wrong."""

from __future__ import annotations

import html
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

import orjson
import structlog
from aiohttp import web

from bot.domain.errors import (
    ConflictError,
    InvalidInputError,
    NotFoundError,
    RetryableError,
    TocsinError,
    TransitionError,
)
from bot.web.keys import METRICS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.web.deps import Handler

CONTENT_TYPE: Final = "application/problem+json"
RETRY_AFTER: Final = {"Retry-After": "5"}
_STATUS: Final[dict[type[TocsinError], HTTPStatus]] = {
    InvalidInputError: HTTPStatus.BAD_REQUEST,
    NotFoundError: HTTPStatus.NOT_FOUND,
    TransitionError: HTTPStatus.CONFLICT,
    ConflictError: HTTPStatus.CONFLICT,
    RetryableError: HTTPStatus.SERVICE_UNAVAILABLE,
}

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """What is wrong with one field; an empty path is the whole body."""

    path: str
    problem: str


class ProblemError(Exception):
    """A request that is answered with a problem; with `closes`, its connection is of no more use."""

    def __init__(
        self,
        status: HTTPStatus,
        detail: str,
        errors: Sequence[FieldProblem] = (),
        headers: dict[str, str] | None = None,
        *,
        closes: bool = False,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.errors = tuple(errors)
        self.headers = headers or {}
        self.closes = closes


def problem_of(error: TocsinError) -> ProblemError:
    """How an error of ours is told to the outside."""
    kind = next((kind for kind in _STATUS if isinstance(error, kind)), None)
    status = _STATUS[kind] if kind else HTTPStatus.INTERNAL_SERVER_ERROR
    headers = RETRY_AFTER if status is HTTPStatus.SERVICE_UNAVAILABLE else {}
    if isinstance(error, InvalidInputError):
        problem = f"{error.problem} ({error.fix})" if error.fix else error.problem
        return ProblemError(status, str(error), [FieldProblem(error.path, problem)], headers)
    return ProblemError(status, str(error), (), headers)


def problem_response(problem: ProblemError) -> web.Response:
    """The answer in JSON."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": problem.status.phrase,
        "status": problem.status.value,
        "detail": problem.detail,
    }
    if problem.errors:
        body["errors"] = [{"path": one.path, "problem": one.problem} for one in problem.errors]
    return web.Response(
        status=problem.status,
        body=orjson.dumps(body),
        content_type=CONTENT_TYPE,
        headers=problem.headers,
    )


def page_response(problem: ProblemError) -> web.Response:
    """The answer to a browser; made by hand, because it must work where nothing else does."""
    title = f"{problem.status.value} {problem.status.phrase}"
    text = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f"<title>{title} · Tocsin</title>"
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<link rel="stylesheet" href="/static/console.css"></head><body><main class="narrow">'
        f"<h1>{title}</h1><p>{html.escape(problem.detail)}</p>"
        '<p><a href="/">All incidents</a></p></main></body></html>'
    )
    return web.Response(status=problem.status, text=text, content_type="text/html", headers=problem.headers)


@web.middleware
async def problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer every error as a problem: JSON for machines, a page for browsers."""
    try:
        return await handler(request)
    except ProblemError as error:
        problem = error
    except TocsinError as error:
        problem = problem_of(error)
    except web.HTTPException as error:
        if error.status < HTTPStatus.BAD_REQUEST:
            raise
        problem = _of_framework(request, error)
    except Exception:
        # The outcome is recorded: as a 500 for whoever asked, and here with its traceback.
        log.exception("request failed", method=request.method, path=request.rel_url.raw_path)
        problem = ProblemError(HTTPStatus.INTERNAL_SERVER_ERROR, "this is our fault, and it is in the log")
    response = page_response(problem) if _is_for_people(request) else problem_response(problem)
    if problem.closes:
        response.force_close()
    return response


def _of_framework(request: web.Request, error: web.HTTPException) -> ProblemError:
    status = HTTPStatus(error.status)
    if status is HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        request.app[METRICS].too_large.inc()
        mebibytes = request.client_max_size // 2**20
        return ProblemError(status, f"the body is over {mebibytes} MiB; split it")
    details = {
        HTTPStatus.NOT_FOUND: "there is nothing at this address",
        HTTPStatus.METHOD_NOT_ALLOWED: f"{request.method[:16]} is not possible here",
    }
    headers = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else {}
    return ProblemError(status, details.get(status, error.reason), (), headers)


def _is_for_people(request: web.Request) -> bool:
    return not request.path.startswith("/api/") and "text/html" in request.headers.get("Accept", "")
