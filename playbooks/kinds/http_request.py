"""`http_request`: changes something by HTTP, once.

It carries an `Idempotency-Key`, the same for every attempt. Only where the server is declared to honour that
key (`honours_key`), or where `check` can tell whether it was done, is an attempt of unknown outcome repeated
without a person.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated, Any, Final, Literal

from pydantic import JsonValue

from playbooks.errors import PermanentStepError, RetryableStepError, UncertainStepError
from playbooks.kinds.address import SUCCESS, pick, shown, value_at, web_address
from playbooks.kinds.http_get import Pointer, Status
from playbooks.kinds.kind import Params, StepContext, StepKind
from playbooks.model import StepResult
from playbooks.template import Place, show
from playbooks.toolbox import HttpRequest, HttpResponse, Toolbox

_SEE_OTHER: Final = frozenset({HTTPStatus.FOUND, HTTPStatus.SEE_OTHER})
"""How many servers answer what they have accepted: the result is to be seen elsewhere."""
_UNCLEAR: Final = frozenset({HTTPStatus.REQUEST_TIMEOUT, *_SEE_OTHER, *SUCCESS, *range(100, 200)})


class Check(Params):
    """How to see that it was done: the value at `pick` in the JSON answer of `url` equals `equals`."""

    url: Annotated[str, Place.URL]
    headers: Annotated[Mapping[str, str], Place.HEADER] = {}
    pick: Pointer = ""
    equals: Annotated[JsonValue, Place.JSON]


class HttpRequestParams(Params):
    """What to send. Without `expect` every 2xx is success."""

    method: Literal["POST", "PUT", "PATCH", "DELETE"] = "POST"
    url: Annotated[str, Place.URL]
    headers: Annotated[Mapping[str, str], Place.HEADER] = {}
    body: Annotated[JsonValue, Place.JSON] = None
    pick: Pointer | None = None
    expect: tuple[Status, ...] = ()
    honours_key: bool = False
    check: Check | None = None


async def run(params: HttpRequestParams, context: StepContext, toolbox: Toolbox) -> StepResult:
    """Send it, and judge the answer."""
    url = web_address(params.url)
    response = await toolbox.http_request(
        HttpRequest(
            params.method,
            url,
            params.headers,
            params.body,
            context.idempotency_key,
            context.timeout.total_seconds(),
        )
    )
    _judge(params, response, f"{params.method} {shown(url)} answered {response.status}")
    text = f"{params.method} {shown(url)} answered {response.status}"
    data: dict[str, Any] = {"status": response.status}
    value = None if params.pick is None else pick(response, params.pick)
    if value is not None:
        data["value"] = value
        text += f": {show(value)[:300]}"
    return StepResult(text, data)


def _judge(params: HttpRequestParams, response: HttpResponse, text: str) -> None:
    status = response.status
    if status in params.expect or (not params.expect and status in SUCCESS):
        return
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        raise RetryableStepError(text)
    # A server that gave up half-way may have acted; a success of another kind did something.
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in _UNCLEAR:
        raise UncertainStepError(text)
    raise PermanentStepError(text)


async def check(params: HttpRequestParams, context: StepContext, toolbox: Toolbox) -> StepResult | None:
    """Look whether an earlier attempt did it."""
    if params.check is None:
        return None
    url = web_address(params.check.url)
    timeout = context.timeout.total_seconds()
    response = await toolbox.http_request(HttpRequest("GET", url, params.check.headers, timeout=timeout))
    if response.status not in SUCCESS:
        raise UncertainStepError(f"{shown(url)} answered {response.status}")
    try:
        found = value_at(response, params.check.pick)
    except LookupError as error:
        # A page to log in at, say: that it was not done is not what this answer means.
        raise UncertainStepError(f"{shown(url)}: {error}") from None
    if found != params.check.equals:
        return None
    return StepResult("had been done by an earlier attempt", {})


KIND = StepKind(
    name="http_request",
    summary="Change something by HTTP.",
    params=HttpRequestParams,
    run=run,
    results=frozenset({"status", "value"}),
    idempotent=lambda params: params.honours_key,
    checkable=lambda params: params.check is not None,
    check=check,
)
