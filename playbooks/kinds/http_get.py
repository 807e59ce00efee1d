"""`http_get`: looks an address up and changes nothing."""

from collections.abc import Mapping
from typing import Annotated, Any, Final

from pydantic import Field

from playbooks.errors import PermanentStepError
from playbooks.kinds.address import pick, shown, web_address
from playbooks.kinds.kind import Params, StepContext, StepKind
from playbooks.model import StepResult
from playbooks.template import Place, show
from playbooks.toolbox import HttpRequest, Toolbox

_WELL: Final = range(200, 400)  # a redirect that is left standing is an answer too

Status = Annotated[int, Field(ge=100, le=599)]
Pointer = Annotated[str, Field(pattern=r"^(/.*)?$")]


class HttpGetParams(Params):
    """What to look at: `pick` names a value in a JSON answer; a status outside of `expect` fails the step.

    Without `expect` every status is a finding, and `steps.<name>.ok` says whether it was 2xx or 3xx.
    """

    url: Annotated[str, Place.URL]
    headers: Annotated[Mapping[str, str], Place.HEADER] = {}
    pick: Pointer | None = None
    expect: tuple[Status, ...] = ()


async def run(params: HttpGetParams, context: StepContext, toolbox: Toolbox) -> StepResult:
    """Ask, and say what the answer was."""
    url = web_address(params.url)
    timeout = context.timeout.total_seconds()
    response = await toolbox.http_request(HttpRequest("GET", url, params.headers, timeout=timeout))
    if params.expect and response.status not in params.expect:
        raise PermanentStepError(f"{shown(url)} answered {response.status}, expected {show(params.expect)}")
    text = f"{shown(url)} answered {response.status} in {response.elapsed * 1000:.0f} ms"
    data: dict[str, Any] = {"status": response.status, "ok": response.status in _WELL}
    value = None if params.pick is None else pick(response, params.pick)
    if value is not None:
        data["value"] = value
        text += f": {show(value)[:300]}"
    return StepResult(text, data)


KIND = StepKind(
    name="http_get",
    summary="Look an address up.",
    params=HttpGetParams,
    run=run,
    results=frozenset({"status", "ok", "value"}),
)
