"""Range queries to Prometheus: they change nothing, so every failure but a refusal may be tried again."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode, urlsplit, urlunsplit

from bot.toolbox.web import JSON, Asked
from playbooks.errors import PermanentStepError, RetryableStepError, UncertainStepError
from playbooks.kinds.address import shown
from playbooks.toolbox import Series

if TYPE_CHECKING:
    from datetime import timedelta

    from bot.toolbox.web import Web

ANSWER_BYTES: Final = 8 * 2**20
_WELL: Final = range(200, 300)
_REFUSALS: Final = frozenset({400, 401, 403, 404, 405, 422})
_MESSAGE: Final = 300


@dataclass(frozen=True, slots=True)
class Prometheus:
    """The HTTP API of the Prometheus whose base URL a step names."""

    web: Web
    seconds: float = 30.0

    async def query_range(
        self, server: str, query: str, start: datetime, end: datetime, step: timedelta
    ) -> tuple[Series, ...]:
        """See `Toolbox.query_metric`; values that are not finite are left out."""
        asked = {
            "query": query,
            "start": f"{start.timestamp():.3f}",
            "end": f"{end.timestamp():.3f}",
            "step": f"{step.total_seconds():g}",
        }
        try:
            answer = await self.web.fetch(
                Asked("GET", _address(server, asked), self.seconds, ANSWER_BYTES, JSON)
            )
        except UncertainStepError as error:
            raise RetryableStepError(str(error)) from error
        where = shown(server)
        if answer.cut:
            raise PermanentStepError(f"{where}: the answer is larger than {ANSWER_BYTES} bytes; ask for less")
        document = _document(answer.text())
        if answer.status in _WELL and document.get("status") == "success":
            return _matrix(document.get("data"), where)
        said = str(document.get("error") or f"status {answer.status}")[:_MESSAGE]
        if answer.status in _REFUSALS:
            raise PermanentStepError(f"{where} refuses the query: {said}")
        raise RetryableStepError(f"{where} failed: {said}")


def _address(server: str, asked: dict[str, str]) -> str:
    parts = urlsplit(server)
    path = f"{parts.path.rstrip('/')}/api/v1/query_range"
    return urlunsplit((parts.scheme, parts.netloc, path, urlencode(asked), ""))


def _document(text: str) -> dict[str, Any]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def _matrix(data: Any, where: str) -> tuple[Series, ...]:
    try:
        if data["resultType"] != "matrix":
            raise PermanentStepError(f"{where} gave no range of values but a {data['resultType']}")
        return tuple(_series(one) for one in data["result"])
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise PermanentStepError(f"{where} gave an answer that is not Prometheus's") from error


def _series(one: dict[str, Any]) -> Series:
    points = tuple(
        (datetime.fromtimestamp(float(at), UTC), value)
        for at, text in one["values"]
        if math.isfinite(value := float(text))
    )
    return Series({str(name): str(value) for name, value in one["metric"].items()}, points)
